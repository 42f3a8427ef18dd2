"""What can go wrong, said in one plain sentence each.

An error carries facts (`facts`) and a message id (`message`): `str(error)` is the English sentence, and a
translator passed to `sentence` gives it in another language. What a person should do belongs in the sentence.
"""

from collections.abc import Callable, Mapping

Translate = Callable[[str], str]


class Message(str):
    """A message id: words of ours, to be translated; other strings, such as a file's name, are not."""

    __slots__ = ()


class Plural(Message):
    """A message that depends on a number: its English form for that number, and both forms for a translator."""

    __slots__ = ("many", "number", "one")
    one: str
    many: str
    number: int


class Phrase(str):
    """A message whose blanks are filled: itself in English, and what it takes to say it in another language."""

    __slots__ = ("facts", "message")
    message: Message
    facts: Mapping[str, object]


def mark(message: str) -> Message:
    """Mark a message id for translation without translating it (gettext's N_)."""
    return Message(message)


def mark_plural(one: str, many: str, number: int) -> Plural:
    """Mark a message that depends on a number for translation (gettext's ngettext, without translating)."""
    plural = Plural(one if number == 1 else many)
    plural.one, plural.many, plural.number = one, many, number
    return plural


def fill(message: Message, **facts: object) -> Phrase:
    """Fill the blanks of a message that is itself a fact: of an error, or of an event."""
    phrase = Phrase(message.format(**facts))
    phrase.message, phrase.facts = message, facts
    return phrase


def in_words(fact: object, translate: Translate) -> object:
    """A fact as it is said in the language of `translate`; what is no message of ours stays as it is."""
    if isinstance(fact, Phrase):
        return _filled(fact.message, fact.facts, translate)
    return translate(fact) if isinstance(fact, Message) else fact


def _filled(message: Message, facts: Mapping[str, object], translate: Translate) -> str:
    """Translate a message and the facts that are messages themselves, and fill its blanks."""
    return translate(message).format(**{name: in_words(fact, translate) for name, fact in facts.items()})


class EngineError(Exception):
    """Anything the engine refuses or fails at. Subclasses set `message`, a template filled from the facts."""

    message = mark("Something went wrong.")

    def __init__(self, **facts: object) -> None:
        super().__init__(facts)
        self.facts = facts

    def sentence(self, translate: Translate = str) -> str:
        """The sentence in the language of `translate`, which maps a message id to its translation."""
        return _filled(self.message, self.facts, translate)

    def __str__(self) -> str:
        return self.sentence()


class PictureUnreadable(EngineError):
    """A file that is not a picture this program can decode."""

    message = mark("{name} could not be read: {reason}")


class PictureTooLarge(EngineError):
    """A picture whose header promises more pixels than are accepted; nothing was decoded."""

    message = mark(
        "{name} says it is {width} x {height} pixels, more than the limit of {limit} megapixels; it was not opened."
    )


class OutputTooLarge(EngineError):
    """An enlargement that would be larger than is accepted; no work was done for it."""

    message = mark(
        "Enlarged {scale} times this would be {width} x {height} pixels, more than the limit of {limit} megapixels."
    )


class PictureTooSmall(EngineError):
    """A ground truth too small to be reduced or scored."""

    message = mark("{name} is {width} x {height} pixels, too small for this; it needs at least {least} on each side.")


class Unwritable(EngineError):
    """A file that could not be written; what was under its name before is still there."""

    message = mark("{name} could not be written: {reason}")


class PictureUnwritable(Unwritable):
    """A picture that could not be written."""


class PictureWouldLose(PictureUnwritable):
    """A picture that the format asked for cannot hold as it is."""

    message = mark("{name} could not be written: {format} cannot hold {what}; {advice}.")


class NoSpace(PictureUnwritable):
    """A disk too full for a picture; no work was done for it."""

    message = mark("{name} could not be written: it takes {needed} MB or more, and the disk has {free} MB left.")


class NotEnoughMemory(EngineError):
    """A picture or an enlargement that free memory does not hold; no work was done for it."""

    message = mark("{name} has {width} x {height} pixels and takes about {needed} MB of memory; {free} MB are free.")


class ModelUnwritable(Unwritable):
    """A model that could not be written."""


class ModelNotSaved(ModelUnwritable):
    """A trained model that could not be put among the user's own; it is still where it was trained."""

    message = mark(
        "The trained model could not be saved in {folder}: {reason} It is still in {path}. Free space there or choose "
        "another folder for models, then save the model again."
    )


class FileExists(EngineError):
    """A file that would be overwritten, found before any work."""

    message = mark("{name} already exists. Choose another name, or allow it to be overwritten.")


class TrainingExists(FileExists):
    """A model that would be overwritten and whose training can be resumed."""

    message = mark("{name} already exists, and its training can be resumed. Resume it, or choose another name.")


class SizesDiffer(EngineError):
    """A ground truth whose size is not the size of the enlarged picture."""

    message = mark(
        "The ground truth is {truth} pixels, but the picture enlarged by {scale} is {output}; they must be equal."
    )


class BadRequest(EngineError):
    """A setting outside what is possible, found before any work began."""

    message = mark("{setting} is {value}, but it must be {allowed}.")


class ModelUnknown(EngineError):
    """A model name that is in no folder."""

    message = mark('There is no model "{name}". Known models: {known}.')


class ArchitectureForOtherScale(EngineError):
    """An architecture that has no model for a scale."""

    message = mark("There is no {arch} model for a scale of {scale}, only for {known}; choose one of these scales.")


class NoModelForScale(EngineError):
    """No model can enlarge by this factor."""

    message = mark("There is no model for a scale of {scale}. Scales with a model: {known}.")


class ModelForOtherScale(EngineError):
    """A model used at a scale it was not trained for."""

    message = mark('The model "{name}" was trained for a scale of {trained}, not {scale}; choose a model for {scale}.')


class RecipeUnreadable(EngineError):
    """A stored training recipe that is damaged, or that a newer version stored."""

    message = mark("The training recipe can't be read: {reason}")


class WeightsUnusable(EngineError):
    """A weights file that is damaged or holds something else."""

    message = mark("{name} is not a usable SRCNN model: {reason}")


class ModelNameUnusable(EngineError):
    """A name that a model cannot be given."""

    message = mark('A model cannot be called "{name}": {reason}')


class ModelNotOwn(EngineError):
    """A model that was to be renamed or deleted, but is not the person's own."""

    message = mark('"{name}" is not one of your own models; only those can be renamed or deleted.')


class ExtraMissing(EngineError):
    """A package that only few need, and that is not installed."""

    message = mark('This needs the package {package}; install it with: pip install "srcnn-studio[{extra}]".')


class NoPictures(EngineError):
    """A folder without a single usable picture."""

    message = mark("There is no usable picture in {folder}. {reason}")


class SourceUnreadable(NoPictures):
    """A file or folder to take pictures from that cannot be looked at."""

    message = mark("{folder} could not be read: {reason}")


class PatchFileUnusable(EngineError):
    """An HDF5 file that is no patch set, or not one for this network."""

    message = mark("{name} cannot be trained on. {reason}")


class DownloadFailed(EngineError):
    """A file that could be had from none of its addresses; what was downloaded before it stays."""

    message = mark(
        "{name} could not be downloaded: {reason} Try again later, or put your own copy into {folder}; "
        "what is there already is kept."
    )


class NotDownloaded(EngineError):
    """A published set that was asked for by name, but is not on this machine."""

    message = mark("{name} is not on this machine yet; fetch it with: srcnn data fetch {name}.")


class DeviceUnknown(EngineError):
    """A device name that is not one of the kinds."""

    message = mark('There is no device "{name}". Use auto, cpu, cuda or mps.')


class OutOfMemory(EngineError):
    """Even the smallest tile did not fit."""

    message = mark("Memory ran out even at {tile} px tiles. Close other programs or choose the CPU.")


class TrainingDiverged(EngineError):
    """The loss stopped being a number."""

    message = mark(
        "The loss became {loss} at step {step}; training was stopped and the best model so far is kept. "
        "Try a lower learning rate."
    )


class WeightsDiverged(TrainingDiverged):
    """The weights stopped being numbers; nothing was written since they did."""

    message = mark(
        "The weights are not finite at step {step}. Training was stopped, and the best model and the last good "
        "checkpoint are kept. Try a lower learning rate."
    )


class TrainingSuspended(EngineError):
    """A training that was asked to stop and left a checkpoint to resume from."""

    message = mark("Training stopped after step {step}. Its checkpoint is {path}.")


class NothingToResume(EngineError):
    """A run that was to go on, but left no checkpoint."""

    message = mark("There is no run to go on with: {name} is not in {folder}; start without resuming.")


class TrainingRunning(EngineError):
    """A run that another window or program is at work on."""

    message = mark("{name} is in training already, in another window or program; wait for it, or stop it there.")


class RunsUnreadable(EngineError):
    """A folder of runs that cannot be looked into."""

    message = mark("The trainings in {folder} could not be listed: {reason}")


class TrainingPeerLost(EngineError):
    """Another process of a training by several has gone."""

    message = mark("Another process of this training has gone, or it was told to stop. Start it again with --resume.")


class CheckpointUnusable(EngineError):
    """A checkpoint that is damaged, or of another run."""

    message = mark("{name} cannot be gone on with: {reason}")


class PictureFailed(EngineError):
    """A picture of a batch that failed in a way nobody foresaw; the others go on."""

    message = mark("{name} could not be enlarged: {reason}")


class FolderUnwritable(EngineError):
    """A destination in which nothing can be written; no picture was begun."""

    message = mark("Nothing can be written in {folder}: {reason}")


class BatchStopped(EngineError):
    """A batch that cannot go on for a reason that is no picture's; what is done stays done."""

    message = mark("The batch stopped at {name}: {reason} What is done is kept; start it again to do the rest.")


class BatchRunning(EngineError):
    """A destination that another batch is writing into."""

    message = mark("A batch into {folder} is running already; wait for it, or choose another destination.")


class JournalUnusable(EngineError):
    """The record of what a batch has done cannot be read or written."""

    message = mark("The batch's journal in {folder} cannot be used: {reason}")


class TableUnwritable(Unwritable):
    """An evaluation's table that could not be written."""


class ReportUnwritable(Unwritable):
    """A batch's report that could not be written."""


class BatchPeerLost(EngineError):
    """Another process of a batch has gone."""

    message = mark("Another process of this batch has gone, or it was told to stop. Start it again to do the rest.")


def require(ok: bool, setting: str, value: object, allowed: str) -> None:
    """Raise BadRequest for a setting that is not as allowed."""
    if not ok:
        raise BadRequest(setting=setting, value=value if isinstance(value, Message) else str(value), allowed=allowed)
