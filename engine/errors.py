"""The engine's exceptions, and messages that are translated only when they are displayed.

An exception has a message id (`message`) and the values of its placeholders (`facts`). `str(error)` returns the
English text, and `error.translated_message` returns the text in another language.
"""

from collections.abc import Callable, Mapping

Translate = Callable[[str], str]


class Message(str):
    """Message id that can be translated, as opposed to a plain `str`, such as a file name."""

    __slots__ = ()


class Plural(Message):
    """Message id with a plural form.

    The string itself is the English text for `number`. The attributes contain what a translation needs.
    """

    __slots__ = ("number", "plural", "singular")
    singular: str
    plural: str
    number: int


class LazyMessage(str):
    """Formatted message that can still be translated.

    The string itself is the English text. The attributes contain the message id and the values of its placeholders.
    """

    __slots__ = ("facts", "message")
    message: Message
    facts: Mapping[str, object]


def N_(message: str) -> Message:
    """Mark a message id for translation without translating it, as ``N_`` does in gettext."""
    return Message(message)


def N_plural(singular: str, plural: str, number: int) -> Plural:
    """Mark a message id with a plural form for translation, without translating it."""
    message = Plural(singular if number == 1 else plural)
    message.singular, message.plural, message.number = singular, plural, number
    return message


def lazy_format(message: Message, **facts: object) -> LazyMessage:
    """Format a message in English so that it can be translated later, when it is displayed.

    It can be used as a value in an exception or an event.
    """
    formatted = LazyMessage(message.format(**facts))
    formatted.message, formatted.facts = message, facts
    return formatted


def translate_fact(fact: object, translate: Translate) -> object:
    """Return the translation of a value if it is a message; otherwise the value itself.

    Parameters
    ----------
    fact : value of a placeholder
    translate : function that maps a message id to its translation
    """
    if isinstance(fact, LazyMessage):
        return _format_translated(fact.message, fact.facts, translate)
    return translate(fact) if isinstance(fact, Message) else fact


def _format_translated(message: Message, facts: Mapping[str, object], translate: Translate) -> str:
    """Return a message in another language. Those of its values that are messages are translated too."""
    return translate(message).format(**{name: translate_fact(fact, translate) for name, fact in facts.items()})


class EngineError(Exception):
    """Base class of the engine's exceptions.

    Subclasses set `message`, whose placeholders are filled in with the keyword arguments of the constructor.
    """

    message = N_("Something went wrong.")

    def __init__(self, **facts: object) -> None:
        super().__init__(facts)
        self.facts = facts

    def translated_message(self, translate: Translate = str) -> str:
        """Return the text of the error in another language.

        Parameters
        ----------
        translate : function that maps a message id to its translation; by default, the text stays in English
        """
        return _format_translated(self.message, self.facts, translate)

    def __str__(self) -> str:
        return self.translated_message()


class ImageUnreadable(EngineError):
    """Raised when a file cannot be read or decoded as an image."""

    message = N_("{name} could not be read: {reason}")


class ImageTooLarge(EngineError):
    """Raised before decoding when an image has more pixels than the limit, according to its header."""

    message = N_(
        "{name} says it is {width} x {height} pixels, more than the limit of {limit} megapixels; it was not opened."
    )


class OutputTooLarge(EngineError):
    """Raised before processing starts when the result would have more pixels than the limit."""

    message = N_(
        "Enlarged {scale} times this would be {width} x {height} pixels, more than the limit of {limit} megapixels."
    )


class ImageTooSmall(EngineError):
    """Raised when an image is too small to be used as a ground truth, or to be downscaled."""

    message = N_("{name} is {width} x {height} pixels, too small for this; it needs at least {least} on each side.")


class Unwritable(EngineError):
    """Raised when a file cannot be written. An existing file with that name is not changed."""

    message = N_("{name} could not be written: {reason}")


class ImageUnwritable(Unwritable):
    """Raised when an image cannot be written."""


class WouldLoseData(ImageUnwritable):
    """Raised when an image has data that the file format cannot store, such as transparency."""

    message = N_("{name} could not be written: {format} cannot hold {what}; {advice}.")


class NoSpace(ImageUnwritable):
    """Raised before processing starts when the disk has too little free space for the result."""

    message = N_("{name} could not be written: it takes {needed} MB or more, and the disk has {free} MB left.")


class NotEnoughMemory(EngineError):
    """Raised before decoding or processing when an image does not fit into the free memory."""

    message = N_("{name} has {width} x {height} pixels and takes about {needed} MB of memory; {free} MB are free.")


class ModelUnwritable(Unwritable):
    """Raised when a model cannot be written."""


class ModelNotSaved(ModelUnwritable):
    """Raised when a trained model cannot be saved in the model library. It is still stored in its run."""

    message = N_(
        "The trained model could not be saved in {folder}: {reason} It is still in {path}. Free space there or choose "
        "another folder for models, then save the model again."
    )


class FileExists(EngineError):
    """Raised before processing starts when a file would be overwritten without permission."""

    message = N_("{name} already exists. Choose another name, or allow it to be overwritten.")


class TrainingExists(FileExists):
    """Raised when a new training would overwrite a model whose own training can still be resumed."""

    message = N_("{name} already exists, and its training can be resumed. Resume it, or choose another name.")


class SizeMismatch(EngineError):
    """Raised when the ground truth does not have the same size as the result."""

    message = N_(
        "The ground truth is {truth} pixels, but the picture enlarged by {scale} is {output}; they must be equal."
    )


class BadRequest(EngineError):
    """Raised before processing starts when a setting has a value that is not allowed."""

    message = N_("{setting} is {value}, but it must be {allowed}.")


class ModelUnknown(EngineError):
    """Raised when no model has the requested name."""

    message = N_('There is no model "{name}". Known models: {known}.')


class ArchitectureScaleMismatch(EngineError):
    """Raised when the selected architecture has no model for the scale factor."""

    message = N_("There is no {arch} model for a scale of {scale}, only for {known}; choose one of these scales.")


class NoModelForScale(EngineError):
    """Raised when there is no model of any architecture for the scale factor."""

    message = N_("There is no model for a scale of {scale}. Scales with a model: {known}.")


class ModelScaleMismatch(EngineError):
    """Raised when the selected model was trained for another scale factor."""

    message = N_('The model "{name}" was trained for a scale of {trained}, not {scale}; choose a model for {scale}.')


class RecipeUnreadable(EngineError):
    """Raised when a stored training recipe is damaged or was written by a newer version of the program."""

    message = N_("The training recipe can't be read: {reason}")


class WeightsUnusable(EngineError):
    """Raised when a weights file is damaged or does not contain an SRCNN model."""

    message = N_("{name} is not a usable SRCNN model: {reason}")


class ModelNameUnusable(EngineError):
    """Raised when a model cannot have the requested name."""

    message = N_('A model cannot be called "{name}": {reason}')


class ModelNotInLibrary(EngineError):
    """Raised when a model cannot be renamed or deleted because it is not in the user's model library."""

    message = N_('"{name}" is not one of your own models; only those can be renamed or deleted.')


class ExtraMissing(EngineError):
    """Raised when a feature needs an optional dependency that is not installed."""

    message = N_('This needs the package {package}; install it with: pip install "srcnn-studio[{extra}]".')


class NoImages(EngineError):
    """Raised when a folder contains no usable image."""

    message = N_("There is no usable picture in {folder}. {reason}")


class SourceUnreadable(NoImages):
    """Raised when a source of images, a file or a folder, cannot be read."""

    message = N_("{folder} could not be read: {reason}")


class PatchFileUnusable(EngineError):
    """Raised when an HDF5 file contains no patches, or patches that do not match the model."""

    message = N_("{name} cannot be trained on. {reason}")


class DownloadFailed(EngineError):
    """Raised when a file could not be downloaded from any of its addresses.

    Files that were downloaded before are kept.
    """

    message = N_(
        "{name} could not be downloaded: {reason} Try again later, or put your own copy into {folder}; "
        "what is there already is kept."
    )


class NotDownloaded(EngineError):
    """Raised when a published image set is requested by name but has not been downloaded."""

    message = N_("{name} is not on this machine yet; fetch it with: srcnn data fetch {name}.")


class DeviceUnknown(EngineError):
    """Raised when a device name is not one of the supported names."""

    message = N_('There is no device "{name}". Use auto, cpu, cuda or mps.')


class OutOfMemory(EngineError):
    """Raised when a device runs out of memory even with the smallest tile size."""

    message = N_("Memory ran out even at {tile} px tiles. Close other programs or choose the CPU.")


class TrainingDiverged(EngineError):
    """Raised when training stops because the loss is infinite or NaN."""

    message = N_(
        "The loss became {loss} at step {step}; training was stopped and the best model so far is kept. "
        "Try a lower learning rate."
    )


class WeightsDiverged(TrainingDiverged):
    """Raised when training stops because a weight is infinite or NaN. The last checkpoint is still valid."""

    message = N_(
        "The weights are not finite at step {step}. Training was stopped, and the best model and the last good "
        "checkpoint are kept. Try a lower learning rate."
    )


class TrainingSuspended(EngineError):
    """Raised when training was stopped at the user's request, after a checkpoint was written."""

    message = N_("Training stopped after step {step}. Its checkpoint is {path}.")


class NothingToResume(EngineError):
    """Raised when training cannot be resumed because there is no checkpoint."""

    message = N_("There is no run to go on with: {name} is not in {folder}; start without resuming.")


class TrainingRunning(EngineError):
    """Raised when another process is already training the same model."""

    message = N_("{name} is in training already, in another window or program; wait for it, or stop it there.")


class RunsUnreadable(EngineError):
    """Raised when the folder of training runs cannot be listed."""

    message = N_("The trainings in {folder} could not be listed: {reason}")


class TrainingPeerLost(EngineError):
    """Raised when another process of a distributed training has ended."""

    message = N_("Another process of this training has gone, or it was told to stop. Start it again with --resume.")


class CheckpointUnusable(EngineError):
    """Raised when a checkpoint is damaged or belongs to another run."""

    message = N_("{name} cannot be gone on with: {reason}")


class ImageFailed(EngineError):
    """Error that is recorded when an image of a batch fails unexpectedly. The batch continues."""

    message = N_("{name} could not be enlarged: {reason}")


class FolderUnwritable(EngineError):
    """Raised before processing starts when the output folder is not writable."""

    message = N_("Nothing can be written in {folder}: {reason}")


class BatchStopped(EngineError):
    """Raised when a batch stops because the other images would fail too. Finished images are kept."""

    message = N_("The batch stopped at {name}: {reason} What is done is kept; start it again to do the rest.")


class BatchRunning(EngineError):
    """Raised when another batch is already writing to the output folder."""

    message = N_("A batch into {folder} is running already; wait for it, or choose another destination.")


class JournalUnusable(EngineError):
    """Raised when the journal of a batch cannot be read or written."""

    message = N_("The batch's journal in {folder} cannot be used: {reason}")


class TableUnwritable(Unwritable):
    """Raised when a table of evaluation results cannot be written."""


class ReportUnwritable(Unwritable):
    """Raised when the report of a batch cannot be written."""


class BatchPeerLost(EngineError):
    """Raised when another process of a distributed batch has ended."""

    message = N_("Another process of this batch has gone, or it was told to stop. Start it again to do the rest.")


def check(condition: bool, setting: str, value: object, allowed: str) -> None:
    """Raise BadRequest if a setting has a value that is not allowed.

    Parameters
    ----------
    condition : whether the value is allowed
    setting : name of the setting, for the error message
    value : value of the setting
    allowed : description of the allowed values
    """
    if not condition:
        raise BadRequest(setting=setting, value=value if isinstance(value, Message) else str(value), allowed=allowed)
