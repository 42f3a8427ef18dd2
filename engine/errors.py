"""The engine's exceptions, and messages that are translated only when they are displayed.

An exception has a message id (`message`) and the values of its placeholders (`facts`). `str(error)` returns the
English text, and `error.translated_message` returns the text in another language. A message consists of whole
sentences: what happened, why, and what to do next. A fact named `reason` is also one or more whole sentences.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Translate = Callable[[str], str]


class Message(str):
    """Message id that can be translated, as opposed to a plain `str`, such as a file name."""

    __slots__ = ()


class Plural(Message):
    """Message id with a plural form.

    The string itself is the English text for `number`. The attributes select the text in another language.
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


def translate_value(value: object, translate: Translate) -> object:
    """Translate a value if it is a message. Return other values unchanged.

    Parameters
    ----------
    value : value of a placeholder
    translate : function that maps a message id to its translation
    """
    if isinstance(value, LazyMessage):
        return _format_translated(value.message, value.facts, translate)
    return translate(value) if isinstance(value, Message) else value


def _format_translated(message: Message, facts: Mapping[str, object], translate: Translate) -> str:
    """Format a message in another language. Values that are messages are also translated."""
    return translate(message).format(**{name: translate_value(value, translate) for name, value in facts.items()})


class EngineError(Exception):
    """Base class of the engine's exceptions.

    Subclasses set `message`, whose placeholders are filled in with the keyword arguments of the constructor.
    """

    message = N_("An unexpected error occurred. Try again, or report the problem.")

    def __init__(self, **facts: object) -> None:
        super().__init__(facts)
        self.facts = facts

    def translated_message(self, translate: Translate = str) -> str:
        """Return the error message in another language.

        Parameters
        ----------
        translate : function that maps a message id to its translation; by default, the text stays in English
        """
        return _format_translated(self.message, self.facts, translate)

    def __str__(self) -> str:
        return self.translated_message()


class ImageUnreadable(EngineError):
    """Raised when a file cannot be read or decoded as an image."""

    message = N_("{name} can't be read. {reason}")


class ImageTooLarge(EngineError):
    """Raised before decoding when an image has more pixels than the limit, according to its header."""

    message = N_(
        "{name} has {width} × {height} pixels, which exceeds the limit of {limit} megapixels. Use a smaller image."
    )


class OutputTooLarge(EngineError):
    """Raised before processing starts when the result would have more pixels than the limit."""

    message = N_(
        "At a scale factor of {scale}, the result would have {width} × {height} pixels, which exceeds the "
        "limit of {limit} megapixels. Choose a smaller scale factor."
    )


class ImageTooSmall(EngineError):
    """Raised when an image is too small to be used as a ground truth, or to be downscaled."""

    message = N_(
        "{name} has {width} × {height} pixels, which is too small. Use an image with at least {least} pixels on "
        "each side."
    )


class Unwritable(EngineError):
    """Raised when a file cannot be written. An existing file with that name is not changed."""

    message = N_("{name} can't be written. {reason}")


class ImageUnwritable(Unwritable):
    """Raised when an image cannot be written."""


@dataclass(frozen=True)
class Remedy:
    """Change of output options that allows a refused image to be saved.

    Attributes
    ----------
    changes : fields of `engine.imaging.codecs.formats.OutputOptions` and their new values, such as {"bits": 8}. For
        "format", the value is a new file extension
    """

    changes: Mapping[str, object]


class WouldLoseData(ImageUnwritable):
    """Raised when an image has data that the file format cannot store, such as transparency.

    Attributes
    ----------
    fix : fields of `OutputOptions` and values that avoid this error. The image may still be refused for a different
        reason
    remedies : changes that allow the image to be saved. The first is the closest to the user's options
    advice : sentences that describe the remedies
    """

    fix: Mapping[str, object] = {}
    remedies: tuple[Remedy, ...] = ()
    advice: tuple[Message | LazyMessage, ...] = ()

    def translated_message(self, translate: Translate = str) -> str:
        text = super().translated_message(translate)
        for sentence in self.advice:
            text += ("" if text.endswith("。") else " ") + str(translate_value(sentence, translate))
        return text


class NoSpace(ImageUnwritable):
    """Raised before processing starts when the disk has too little free space for the result."""

    message = N_(
        "{name} can't be written. The file needs at least {needed} MB, but the disk has only {free} MB of "
        "free space. Free up some space or choose another disk."
    )


class DiskTooSmall(EngineError):
    """Raised before a batch starts when the disk has too little free space for its results."""

    message = N_(
        "The results need at least {needed} MB, but the disk of {folder} has only {free} MB of free space. Free some "
        "space, or choose another disk or a smaller scale factor."
    )


class NotEnoughMemory(EngineError):
    """Raised before decoding or processing when an image does not fit into the free memory."""

    message = N_(
        "{name} has {width} × {height} pixels and needs about {needed} MB of memory, but only {free} MB "
        "is available. Close other apps, or choose a smaller image or scale factor."
    )


class ModelUnwritable(Unwritable):
    """Raised when a model cannot be written."""


class ModelNotSaved(ModelUnwritable):
    """Raised when a trained model cannot be saved in the model library. It is still stored in its run."""

    message = N_(
        "The trained model can't be saved in {folder}. {reason} The model is still available in {path}. "
        "Fix the problem or choose another folder for models, then save the model again."
    )


class FileExists(EngineError):
    """Raised before processing starts when a file would be overwritten without permission."""

    message = N_("{name} already exists. Choose another name or allow overwriting.")


class TrainingExists(FileExists):
    """Raised when a new training would overwrite the model of a training that can still be resumed."""

    message = N_("{name} already exists, and its training can be resumed. Resume the training or choose another name.")


class SizeMismatch(EngineError):
    """Raised when the ground truth does not have the same size as the result."""

    message = N_(
        "The ground truth has {truth} pixels, but at a scale factor of {scale}, the result has {output} "
        "pixels. Choose a ground truth with the same size as the result."
    )


class InvalidSetting(EngineError):
    """Raised before processing starts when a setting has an invalid value or contradicts another setting.

    Each rule has its own message, see `check`.
    """

    def __init__(self, message: Message, **facts: object) -> None:
        super().__init__(**facts)
        self.message = message


class ModelUnknown(EngineError):
    """Raised when no model has the requested name."""

    message = N_("There is no model named “{name}”. Choose one of these models: {known}.")


class ArchitectureScaleMismatch(EngineError):
    """Raised when the selected architecture has no model for the scale factor."""

    message = N_("There is no {arch} model for a scale factor of {scale}. Choose one of these scale factors: {known}.")


class NoModelForScale(EngineError):
    """Raised when there is no model of any architecture for the scale factor."""

    message = N_("There is no model for a scale factor of {scale}. Choose one of these scale factors: {known}.")


class ModelScaleMismatch(EngineError):
    """Raised when the selected model was trained for a different scale factor."""

    message = N_(
        "The model “{name}” is trained for a scale factor of {trained}, not {scale}. Choose another model or a "
        "scale factor of {trained}."
    )


class RecipeUnreadable(EngineError):
    """Raised when a stored training recipe is damaged or was written by a newer version of the program."""

    message = N_("The training recipe can't be read. {reason}")


class ConfigUnreadable(EngineError):
    """Raised when a configuration file for training cannot be used."""

    message = N_("{name} can't be used to configure the training. {reason}")


class ConfigUnwritable(EngineError):
    """Raised when a configuration file for training cannot be written."""

    message = N_("{name} can't be saved. {reason}")


class WeightsUnusable(EngineError):
    """Raised when a weights file is damaged or does not contain a supported model."""

    message = N_("{name} can't be used as a model. {reason}")


class ModelNameUnusable(EngineError):
    """Raised when a model cannot have the requested name."""

    message = N_("“{name}” can't be used as the name of a model. {reason}")


class ModelNotInLibrary(EngineError):
    """Raised when a model cannot be renamed or deleted because it is not in the user's model library."""

    message = N_(
        "“{name}” isn't in your model library, so it can't be renamed or deleted. Choose a model that you "
        "trained or imported."
    )


class ExtraMissing(EngineError):
    """Raised when a feature needs an optional dependency that is not installed."""

    message = N_(
        "This feature needs the package {package}, which isn't installed. "
        'To install it, run: pip install "srcnn-studio[{extra}]".'
    )


class NoImages(EngineError):
    """Raised when a folder contains no usable image."""

    message = N_("{folder} contains no usable images. {reason}")


class SubfolderSkipped(EngineError):
    """Warning that the images of a subfolder are not used for training."""

    message = N_("The subfolder {name} is ignored. To use its images, move them into the folder of the training set.")


class SourceUnreadable(NoImages):
    """Raised when a folder of images or an image file cannot be read."""

    message = N_("{folder} can't be read. {reason}")


class PatchFileUnusable(EngineError):
    """Raised when an HDF5 file contains no patches, or when its patches do not match the model."""

    message = N_("{name} can't be used for training. {reason}")


class DownloadFailed(EngineError):
    """Raised when a file could not be downloaded from any of its addresses.

    Files that were downloaded before are kept.
    """

    message = N_(
        "{name} can't be downloaded. {reason} Try again later, or copy the file to {folder} yourself. Files that "
        "are already downloaded are kept."
    )


class NotDownloaded(EngineError):
    """Raised when a published image set is requested by name but has not been downloaded."""

    message = N_("The download {name} is missing or incomplete. Download it, then try again.")


class DeviceUnknown(EngineError):
    """Raised when a device name is not one of the supported names."""

    message = N_("“{name}” isn't a supported device. Choose auto, cpu, cuda, mps, or vulkan.")


class OutOfMemory(EngineError):
    """Raised when a device runs out of memory even with the smallest tile size."""

    message = N_(
        "There isn't enough memory, even with tiles of {tile} px. Close other apps. If the device is a "
        "GPU, choose the CPU instead."
    )


class TrainingDiverged(EngineError):
    """Raised when training stops because the loss is infinite or NaN."""

    message = N_(
        "The loss became {loss} at step {step}, so training stopped. The best model so far is kept. Try a lower "
        "learning rate."
    )


class WeightsDiverged(TrainingDiverged):
    """Raised when training stops because a weight is infinite or NaN. The last checkpoint is still valid."""

    message = N_(
        "Some weights became infinite or undefined at step {step}, so training stopped. The best model and the "
        "last valid checkpoint are kept. Try a lower learning rate."
    )


class TrainingSuspended(EngineError):
    """Raised when training was stopped at the user's request, after a checkpoint was written."""

    message = N_("Training stopped after step {step}. You can resume it from the checkpoint {path}.")


class NothingToResume(EngineError):
    """Raised when training cannot be resumed because there is no checkpoint."""

    message = N_("There is nothing to resume, because {name} isn't in {folder}. Start a new run.")


class TrainingRunning(EngineError):
    """Raised when another process is already training the same model."""

    message = N_(
        "{name} is already being trained in another window or process. Wait for that training to finish, or stop it."
    )


class RunsUnreadable(EngineError):
    """Raised when the folder of training runs cannot be listed."""

    message = N_("The training runs in {folder} can't be listed. {reason}")


class TrainingPeerLost(EngineError):
    """Raised when another process of a distributed training has ended."""

    message = N_("Training stopped because one of its processes ended. Resume the training to continue.")


class CheckpointUnusable(EngineError):
    """Raised when a checkpoint is damaged or belongs to another run."""

    message = N_("Training can't be resumed from {name}. {reason}")


class ImageFailed(EngineError):
    """Error of an image that fails unexpectedly in a batch. The batch continues."""

    message = N_("{name} can't be upscaled. {reason}")


class FolderUnwritable(EngineError):
    """Raised before processing starts when the output folder is not writable."""

    message = N_("The results can't be written to {folder}. {reason}")


class BatchStopped(EngineError):
    """Raised when a batch stops because the other images would fail too. Finished images are kept."""

    message = N_(
        "The batch stopped at {name}. {reason} Finished results are kept. Start the batch again to process the "
        "remaining images."
    )


class BatchRunning(EngineError):
    """Raised when another batch is already writing to the output folder."""

    message = N_(
        "Another batch is already writing to {folder}. Wait for it to finish, or choose another output folder."
    )


class JournalUnusable(EngineError):
    """Raised when the journal of a batch cannot be read or written."""

    message = N_("The batch journal in {folder} can't be used. {reason}")


class TableUnwritable(Unwritable):
    """Raised when a table of evaluation results cannot be written."""


class ReportUnwritable(Unwritable):
    """Raised when the report of a batch cannot be written."""


class BatchPeerLost(EngineError):
    """Raised when another process of a distributed batch has ended."""

    message = N_(
        "The batch stopped because one of its processes ended. Start the batch again to process the remaining images."
    )


def check(condition: bool, message: Message, **facts: object) -> None:
    """Raise InvalidSetting if a condition for valid settings is false.

    Parameters
    ----------
    condition : whether the settings are valid
    message : whole sentences that state what is wrong and which values are allowed
    facts : values of the placeholders in the message
    """
    if not condition:
        raise InvalidSetting(message, **facts)
