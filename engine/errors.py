"""Errors of the engine, and message ids that are translated only when they are shown.

An error has a message id (`message`) and the values of its placeholders (`facts`). `str(error)` is the English
sentence; `translated` returns it in another language.
"""

from collections.abc import Callable, Mapping

Translate = Callable[[str], str]


class Message(str):
    """A message id that can be translated. A plain `str`, such as a file name, is never translated."""

    __slots__ = ()


class Plural(Message):
    """A message id with a plural form: the English text for `number`, and both forms for the translator."""

    __slots__ = ("number", "plural", "singular")
    singular: str
    plural: str
    number: int


class LazyMessage(str):
    """A formatted message: the English text, with the message id and the values that a translation needs."""

    __slots__ = ("facts", "message")
    message: Message
    facts: Mapping[str, object]


def N_(message: str) -> Message:
    """Mark a message id for translation without translating it, as gettext's ``N_``."""
    return Message(message)


def N_plural(singular: str, plural: str, number: int) -> Plural:
    """Mark a message id with a plural form, as gettext's ``ngettext`` without the translation."""
    message = Plural(singular if number == 1 else plural)
    message.singular, message.plural, message.number = singular, plural, number
    return message


def lazy_format(message: Message, **facts: object) -> LazyMessage:
    """Format a message that is itself a value in an error or an event; it is translated when shown."""
    formatted = LazyMessage(message.format(**facts))
    formatted.message, formatted.facts = message, facts
    return formatted


def translate_fact(fact: object, translate: Translate) -> object:
    """Return a value for display: messages are translated, other values are returned unchanged."""
    if isinstance(fact, LazyMessage):
        return _format_translated(fact.message, fact.facts, translate)
    return translate(fact) if isinstance(fact, Message) else fact


def _format_translated(message: Message, facts: Mapping[str, object], translate: Translate) -> str:
    """Translate a message and the messages among its values, and format it."""
    return translate(message).format(**{name: translate_fact(fact, translate) for name, fact in facts.items()})


class EngineError(Exception):
    """Base class of the engine's errors. Subclasses set `message`, a template for the facts."""

    message = N_("Something went wrong.")

    def __init__(self, **facts: object) -> None:
        super().__init__(facts)
        self.facts = facts

    def translated(self, translate: Translate = str) -> str:
        """Return the message in another language; `translate` maps a message id to its translation."""
        return _format_translated(self.message, self.facts, translate)

    def __str__(self) -> str:
        return self.translated()


class ImageUnreadable(EngineError):
    """A file that cannot be decoded as an image."""

    message = N_("{name} could not be read: {reason}")


class ImageTooLarge(EngineError):
    """An image whose header states more pixels than the limit. Nothing was decoded."""

    message = N_(
        "{name} says it is {width} x {height} pixels, more than the limit of {limit} megapixels; it was not opened."
    )


class OutputTooLarge(EngineError):
    """An upscaled image would exceed the limit on pixels. Raised before any work."""

    message = N_(
        "Enlarged {scale} times this would be {width} x {height} pixels, more than the limit of {limit} megapixels."
    )


class ImageTooSmall(EngineError):
    """A ground truth that is too small to be downscaled or scored."""

    message = N_("{name} is {width} x {height} pixels, too small for this; it needs at least {least} on each side.")


class Unwritable(EngineError):
    """A file that could not be written. An existing file of that name is unchanged."""

    message = N_("{name} could not be written: {reason}")


class ImageUnwritable(Unwritable):
    """An image that could not be written."""


class WouldLoseData(ImageUnwritable):
    """An image with data that the file format cannot store."""

    message = N_("{name} could not be written: {format} cannot hold {what}; {advice}.")


class NoSpace(ImageUnwritable):
    """The disk has too little free space for an image. Raised before any work."""

    message = N_("{name} could not be written: it takes {needed} MB or more, and the disk has {free} MB left.")


class NotEnoughMemory(EngineError):
    """An image or a result that does not fit into the free memory. Raised before any work."""

    message = N_("{name} has {width} x {height} pixels and takes about {needed} MB of memory; {free} MB are free.")


class ModelUnwritable(Unwritable):
    """A model that could not be written."""


class ModelNotSaved(ModelUnwritable):
    """A trained model that could not be saved in the model library; the run still has it."""

    message = N_(
        "The trained model could not be saved in {folder}: {reason} It is still in {path}. Free space there or choose "
        "another folder for models, then save the model again."
    )


class FileExists(EngineError):
    """A file that would be overwritten. Raised before any work."""

    message = N_("{name} already exists. Choose another name, or allow it to be overwritten.")


class TrainingExists(FileExists):
    """A model that would be overwritten although its run can be resumed."""

    message = N_("{name} already exists, and its training can be resumed. Resume it, or choose another name.")


class SizeMismatch(EngineError):
    """A ground truth whose size differs from the size of the upscaled image."""

    message = N_(
        "The ground truth is {truth} pixels, but the picture enlarged by {scale} is {output}; they must be equal."
    )


class BadRequest(EngineError):
    """A setting that is out of range. Raised before any work."""

    message = N_("{setting} is {value}, but it must be {allowed}.")


class ModelUnknown(EngineError):
    """A model name that matches no model."""

    message = N_('There is no model "{name}". Known models: {known}.')


class ArchitectureScaleMismatch(EngineError):
    """An architecture that has no model for a scale factor."""

    message = N_("There is no {arch} model for a scale of {scale}, only for {known}; choose one of these scales.")


class NoModelForScale(EngineError):
    """No model supports a scale factor."""

    message = N_("There is no model for a scale of {scale}. Scales with a model: {known}.")


class ModelScaleMismatch(EngineError):
    """A model used at a scale factor that it was not trained for."""

    message = N_('The model "{name}" was trained for a scale of {trained}, not {scale}; choose a model for {scale}.')


class RecipeUnreadable(EngineError):
    """A stored training recipe that is damaged or of a newer version."""

    message = N_("The training recipe can't be read: {reason}")


class WeightsUnusable(EngineError):
    """A weights file that is damaged or is not an SRCNN model."""

    message = N_("{name} is not a usable SRCNN model: {reason}")


class ModelNameUnusable(EngineError):
    """A name that is not allowed for a model."""

    message = N_('A model cannot be called "{name}": {reason}')


class ModelNotInLibrary(EngineError):
    """A model that cannot be renamed or deleted because it is not in the user's library."""

    message = N_('"{name}" is not one of your own models; only those can be renamed or deleted.')


class ExtraMissing(EngineError):
    """An optional dependency that is not installed."""

    message = N_('This needs the package {package}; install it with: pip install "srcnn-studio[{extra}]".')


class NoImages(EngineError):
    """A folder without a usable image."""

    message = N_("There is no usable picture in {folder}. {reason}")


class SourceUnreadable(NoImages):
    """A file or folder that cannot be read as a source of images."""

    message = N_("{folder} could not be read: {reason}")


class PatchFileUnusable(EngineError):
    """An HDF5 file that is not a patch set, or not one for this model."""

    message = N_("{name} cannot be trained on. {reason}")


class DownloadFailed(EngineError):
    """A file that none of its addresses provided. Files downloaded before it are kept."""

    message = N_(
        "{name} could not be downloaded: {reason} Try again later, or put your own copy into {folder}; "
        "what is there already is kept."
    )


class NotDownloaded(EngineError):
    """A published set that was requested by name but is not downloaded."""

    message = N_("{name} is not on this machine yet; fetch it with: srcnn data fetch {name}.")


class DeviceUnknown(EngineError):
    """A device name that does not exist."""

    message = N_('There is no device "{name}". Use auto, cpu, cuda or mps.')


class OutOfMemory(EngineError):
    """Out of memory even with the smallest tile."""

    message = N_("Memory ran out even at {tile} px tiles. Close other programs or choose the CPU.")


class TrainingDiverged(EngineError):
    """The loss is not finite."""

    message = N_(
        "The loss became {loss} at step {step}; training was stopped and the best model so far is kept. "
        "Try a lower learning rate."
    )


class WeightsDiverged(TrainingDiverged):
    """The weights are not finite. No checkpoint was written since."""

    message = N_(
        "The weights are not finite at step {step}. Training was stopped, and the best model and the last good "
        "checkpoint are kept. Try a lower learning rate."
    )


class TrainingSuspended(EngineError):
    """A run that was stopped on request and left a checkpoint."""

    message = N_("Training stopped after step {step}. Its checkpoint is {path}.")


class NothingToResume(EngineError):
    """A run to resume that has no checkpoint."""

    message = N_("There is no run to go on with: {name} is not in {folder}; start without resuming.")


class TrainingRunning(EngineError):
    """A run that another process is training."""

    message = N_("{name} is in training already, in another window or program; wait for it, or stop it there.")


class RunsUnreadable(EngineError):
    """A folder of runs that cannot be listed."""

    message = N_("The trainings in {folder} could not be listed: {reason}")


class TrainingPeerLost(EngineError):
    """Another process of a distributed training has ended."""

    message = N_("Another process of this training has gone, or it was told to stop. Start it again with --resume.")


class CheckpointUnusable(EngineError):
    """A checkpoint that is damaged or belongs to another run."""

    message = N_("{name} cannot be gone on with: {reason}")


class ImageFailed(EngineError):
    """An image of a batch that failed with an unexpected error. The batch continues."""

    message = N_("{name} could not be enlarged: {reason}")


class FolderUnwritable(EngineError):
    """An output folder that cannot be written to. Raised before any work."""

    message = N_("Nothing can be written in {folder}: {reason}")


class BatchStopped(EngineError):
    """A batch that stopped because of an error that affects all images. Finished images are kept."""

    message = N_("The batch stopped at {name}: {reason} What is done is kept; start it again to do the rest.")


class BatchRunning(EngineError):
    """An output folder that another batch is writing to."""

    message = N_("A batch into {folder} is running already; wait for it, or choose another destination.")


class JournalUnusable(EngineError):
    """A batch journal that cannot be read or written."""

    message = N_("The batch's journal in {folder} cannot be used: {reason}")


class TableUnwritable(Unwritable):
    """An evaluation table that could not be written."""


class ReportUnwritable(Unwritable):
    """A batch report that could not be written."""


class BatchPeerLost(EngineError):
    """Another process of a distributed batch has ended."""

    message = N_("Another process of this batch has gone, or it was told to stop. Start it again to do the rest.")


def check(ok: bool, setting: str, value: object, allowed: str) -> None:
    """Raise BadRequest unless `ok`. `allowed` describes the accepted values."""
    if not ok:
        raise BadRequest(setting=setting, value=value if isinstance(value, Message) else str(value), allowed=allowed)
