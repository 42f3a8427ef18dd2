"""File names of results: templates, and the selection of unused names if files exist."""

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from math import ceil
from pathlib import Path
from string import Formatter
from typing import Literal

from engine.errors import N_, InvalidSetting, check
from engine.imaging.codecs.formats import WRITABLE
from engine.system.files import MAX_NAME_BYTES, truncate, truncate_name

TOKENS = ("name", "scale", "model", "width", "height", "index", "date", "ext")
IfExists = Literal["skip", "number", "overwrite"]
IF_EXISTS_CHOICES = ("skip", "number", "overwrite")
_NUMBERS = ("width", "height", "index")  # can be padded with zeros: {index:04}
_FORBIDDEN = re.compile(r'[/\\:*?"<>|\x00-\x1f]')  # characters that are invalid in file names on some systems


@dataclass(frozen=True)
class OutputSize:
    """Scale factor of a result, its size in px, and the name of the model that produces it."""

    scale_factor: float
    width: int
    height: int
    model: str


@dataclass(frozen=True)
class Naming:
    """Rules for the file names of results.

    Attributes
    ----------
    template : template with tokens in braces, such as `{name}_x{scale}`. Numbers can be padded with zeros:
        `{index:04}`
    extension : file extension of all results, such as ".png". If it is empty, each result has the extension of its
        source, or ".png" if the format of the source cannot be written
    scale : scale factor, or None if it depends on the size of each image
    model : name of the model, or None if it depends on the size of each image
    day : local date for the token `{date}`
    extensions : file extensions of the results of single images, by absolute path. They override `extension`
    """

    template: str
    extension: str
    scale: float | None
    model: str | None
    day: date
    extensions: Mapping[Path, str] = field(default_factory=dict)

    def for_file(self, source: Path) -> "Naming":
        """Return the rules for the image with this absolute path."""
        extension = self.extensions.get(source)
        return replace(self, extension=extension) if extension else self

    @property
    def needs_size(self) -> bool:
        """Whether the names depend on the sizes of the images."""
        unknown = {"width", "height"}
        unknown |= set() if self.scale else {"scale"}
        unknown |= {"model"} if self.model is None else set()
        return bool(_tokens(self.template) & unknown)

    def result_extension(self, source: str) -> str:
        """Return the file extension of the result for the name of a source, such as ".png"."""
        source_extension = f".{source.rpartition('.')[2]}"
        return self.extension or (source_extension if source_extension.lower() in WRITABLE else ".png")

    def result_name(self, source: str, index: int, output_size: OutputSize | None = None) -> str:
        """Return the file name of a result.

        Parameters
        ----------
        source : file name of the source
        index : position of the image in the batch, counted from 1
        output_size : size of the result. Required if `needs_size` is true, unless the size is unknown
        """
        stem = source.rpartition(".")[0]
        extension = self.result_extension(source)
        size = output_size or OutputSize(self.scale or 0, 0, 0, self.model or "")
        fill = partial(self._fill, index=index, size=size, extension=extension)
        result = fill(stem or source)
        excess = len(os.fsencode(result)) - MAX_NAME_BYTES
        if excess > 0:  # shorten the name of the source at each place where it is used
            uses = max(1, sum(field == "name" for _, field, *_ in Formatter().parse(self.template)))
            result = fill(truncate(stem or source, len(os.fsencode(stem or source)) - ceil(excess / uses)))
        return result

    def _fill(self, name: str, *, index: int, size: OutputSize, extension: str) -> str:
        """Return the template with its tokens replaced and the file extension appended."""
        filled = self.template.format(
            name=name,
            scale=f"{size.scale_factor:.4g}",
            model=self.model if self.model is not None else size.model,
            width=size.width,
            height=size.height,
            index=index,
            date=self.day.isoformat(),
            ext=extension[1:],
        )
        result = filled if "ext" in _tokens(self.template) else f"{filled}{extension}"
        return _FORBIDDEN.sub("-", result)


def check_template(template: str, extension: str) -> None:
    """Raise InvalidSetting if a template gives invalid file names or has an unsupported extension."""
    _check_template(template)
    check(
        not extension or extension in WRITABLE,
        N_("Images can't be saved in the format “{format}”. Choose one of these formats: {known}."),
        format=extension[1:],
        known=", ".join(kind[1:] for kind in WRITABLE),
    )


class NameAllocator:
    """Allocates unused file names in the output folder.

    Parameters
    ----------
    if_exists : what to do if a file exists and is not an earlier result of the same image
    sources : files that are never overwritten
    """

    def __init__(self, if_exists: IfExists, sources: Iterable[Path]) -> None:
        self._if_exists = if_exists
        self._sources = {_key(path) for path in sources}
        self._allocated = set(self._sources)

    def reserve(self, path: Path) -> None:
        """Mark a path as used, so that `allocate` does not return it."""
        self._allocated.add(_key(path))

    def allocate(self, preferred_path: Path, previous_path: Path | None = None) -> Path | None:
        """Return the path for a result, and mark it as used. Return None if the image is skipped.

        Parameters
        ----------
        preferred_path : path for the result. If it cannot be used, a number is added to its name
        previous_path : path of an earlier result of the same image. It is replaced, unless `if_exists` is "number"
        """
        path, number = preferred_path, 1
        if self._if_exists == "number":
            previous_path = None
        while True:
            exists = os.path.lexists(path)
            if not (_key(path) in self._allocated or (exists and self._links_to_source(path))):
                if path == previous_path or self._if_exists == "overwrite" or not exists:
                    self.reserve(path)
                    return path
                if self._if_exists == "skip":
                    return None
            number += 1
            path = preferred_path.with_name(truncate_name(preferred_path.stem, f" ({number}){preferred_path.suffix}"))

    def _links_to_source(self, path: Path) -> bool:
        """Return whether a path is a link to a source. Writing to it would overwrite the source."""
        return path.is_symlink() and _key(path.resolve()) in self._sources


def _tokens(template: str) -> set[str]:
    """Return the names of all tokens in a template."""
    return {field for _, field, _, _ in Formatter().parse(template) if field is not None}


def _check_template(template: str) -> None:
    """Raise InvalidSetting if a template gives invalid file names."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        message = N_("The name template “{template}” has unmatched braces. Write tokens as in {example}.")
        raise InvalidSetting(message, template=template, example="{name}_x{scale}") from error
    tokens = [(field, padding or "", conversion) for _, field, padding, conversion in parts if field is not None]
    check(
        all(field in TOKENS and not conversion for field, _, conversion in tokens),
        N_("The name template “{template}” has an unknown token. Use only these tokens: {tokens}."),
        template=template,
        tokens=" ".join(f"{{{token}}}" for token in TOKENS),
    )
    check(
        all(not padding or (field in _NUMBERS and re.fullmatch(r"0\d", padding)) for field, padding, _ in tokens),
        N_("The name template “{template}” has an invalid number format. Pad numbers with zeros, as in {example}."),
        template=template,
        example="{index:04}",
    )
    check(
        not _FORBIDDEN.search("".join(literal for literal, *_ in parts)),
        N_(
            "The name template “{template}” has a character that isn't allowed in file names. Don't use these "
            "characters: {characters}."
        ),
        template=template,
        characters='/ \\ : * ? " < > |',
    )
    check(
        not {"name", "index"}.isdisjoint(field for field, _, _ in tokens),
        N_("The name template “{template}” gives all results the same name. Add {name} or {index}."),
        template=template,
        name="{name}",
        index="{index}",
    )
    check(
        "{ext}" not in template or template.rstrip().endswith(".{ext}"),
        N_("The name template “{template}” has the file extension in the wrong place. Write {extension} at the end."),
        template=template,
        extension=".{ext}",
    )


def _key(path: Path) -> str:
    """Return a key that is the same for paths that differ only in case or Unicode normalization.

    Some file systems do not distinguish such paths.
    """
    return unicodedata.normalize("NFC", str(path)).casefold()
