"""Suggest output options or file formats if an image cannot be saved without losing data.

Each suggestion is tested before it is added to the error.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from engine.errors import N_, ImageUnwritable, LazyMessage, Message, Remedy, WouldLoseData, lazy_format
from engine.imaging.codecs.formats import FORMATS_BY_NAME, OutputOptions

_FORMATS = ("png", "tif", "webp", "avif")  # suggested formats in order of preference
_SENTENCES: dict[str, Message] = {
    "bits": N_("Choose 8 bits per channel."),
    "background": N_("Choose a background color."),
    "lossless": N_("Allow lossy compression."),
}
_Convert = Callable[[str, OutputOptions], object]


def add_remedies(error: WouldLoseData, file_name: str, options: OutputOptions, convert: _Convert) -> None:
    """Set `remedies` and `advice` of an error.

    Parameters
    ----------
    error : error to change
    file_name, options : file name and output options that caused the error
    convert : function that raises ImageUnwritable if the image cannot be saved with the given file name and options
    """
    changes = _changed_options(error, file_name, options, convert)
    names = [name for name in _FORMATS if _can_save(name, file_name, options, convert)]
    error.remedies = (*([Remedy(changes)] if changes else []), *(Remedy({"format": name}) for name in names))
    sentences: list[Message | LazyMessage] = [_sentence(field, value) for field, value in changes.items()]
    titles = ", ".join(FORMATS_BY_NAME[name].title for name in names)
    if titles:
        message = (
            N_("You can also choose another format: {formats}.")
            if changes
            else N_("Choose another format: {formats}.")
        )
        sentences.append(lazy_format(message, formats=titles))
    error.advice = tuple(sentences)


def _changed_options(
    error: WouldLoseData, file_name: str, options: OutputOptions, convert: _Convert
) -> Mapping[str, object]:
    """Return changes to `options` with which the image can be saved in the same format, if any."""
    changes: dict[str, object] = {}
    while error.fix and not error.fix.keys() & changes.keys():
        changes |= error.fix
        try:
            convert(file_name, replace(options, **changes))  # type: ignore[arg-type] # checked by OutputOptions
        except WouldLoseData as other:
            error = other
        else:
            return changes
    return {}


def _can_save(name: str, file_name: str, options: OutputOptions, convert: _Convert) -> bool:
    """Return whether the image can be saved with the same options in the format `name`."""
    path = str(Path(file_name).with_suffix(FORMATS_BY_NAME[name].extensions[0]))
    with suppress(ImageUnwritable):
        convert(path, replace(options, format=name))
        return True
    return False


def _sentence(field: str, value: object) -> Message:
    """Return a sentence that suggests setting an output option to a value."""
    if field == "strip":
        return N_("Remove the metadata.") if value else N_("Keep the metadata.")
    return _SENTENCES[field]
