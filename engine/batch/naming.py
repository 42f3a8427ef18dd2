"""What a result is called: a template with tokens, and a free name where the one it gives is taken."""

import os
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from math import ceil
from pathlib import Path
from string import Formatter
from typing import Literal

from engine.errors import BadRequest, Message, mark
from engine.imaging.codecs.formats import WRITABLE
from engine.system.files import LONGEST_NAME, cut, fitting_name

TOKENS = ("name", "scale", "model", "width", "height", "index", "date", "ext")
Collision = Literal["skip", "number", "overwrite"]
COLLISIONS = ("skip", "number", "overwrite")
_NUMBERS = ("width", "height", "index")  # may be padded with zeros: {index:04}
_FORBIDDEN = re.compile(r'[/\\:*?"<>|\x00-\x1f]')  # in a file name, on one system or another


@dataclass(frozen=True)
class Grown:
    """How many times larger a picture becomes, the size it has then, px, and the model that upscales it."""

    times: float
    width: int
    height: int
    model: str


@dataclass(frozen=True)
class Naming:
    """How results are named.

    Attributes
    ----------
    template : with tokens in braces, `{name}_x{scale}`; a number may be padded, `{index:04}`
    ending : of every result, ".png"; empty for that of its source
    scale : the factor, or None if each picture has its own
    model : the model's name, or None if it depends on each picture's size
    day : the day the batch was planned
    """

    template: str
    ending: str
    scale: float | None
    model: str | None
    day: date

    @property
    def needs_size(self) -> bool:
        """Whether the header of every picture has to be read for its name."""
        unknown = {"width", "height"}
        unknown |= set() if self.scale else {"scale"}
        unknown |= {"model"} if self.model is None else set()
        return bool(_tokens(self.template) & unknown)

    def name(self, source: str, index: int, grown: "Grown | None" = None) -> str:
        """The name of a result.

        Parameters
        ----------
        source : its picture's own name
        index : its picture's place in the batch, from 1
        grown : how large the result becomes, if `needs_size` and it is known
        """
        stem, _, own = source.rpartition(".")
        ending = self.ending or (f".{own}" if f".{own.lower()}" in WRITABLE else ".png")
        made = grown or Grown(self.scale or 0, 0, 0, self.model or "")
        fill = partial(self._filled, index=index, made=made, ending=ending)
        whole = fill(stem or source)
        over = len(os.fsencode(whole)) - LONGEST_NAME
        if over > 0:  # the source's name is cut, wherever and however often it stands
            often = max(1, sum(field == "name" for _, field, *_ in Formatter().parse(self.template)))
            whole = fill(cut(stem or source, len(os.fsencode(stem or source)) - ceil(over / often)))
        return whole

    def _filled(self, name: str, *, index: int, made: "Grown", ending: str) -> str:
        """The template with its tokens filled in, and an ending."""
        filled = self.template.format(
            name=name,
            scale=f"{made.times:.4g}",
            model=self.model if self.model is not None else made.model,
            width=made.width,
            height=made.height,
            index=index,
            date=self.day.isoformat(),
            ext=ending[1:],
        )
        whole = filled if "ext" in _tokens(self.template) else f"{filled}{ending}"
        return _FORBIDDEN.sub("-", whole)


def check(template: str, ending: str) -> None:
    """Raise BadRequest for a template that gives no file name, or an ending that no picture can be written under."""
    bad = _what_is_wrong(template)
    if bad is not None:
        raise BadRequest(setting=mark("The name template"), value=template or '""', allowed=bad)
    if ending and ending not in WRITABLE:
        known = ", ".join(kind[1:] for kind in WRITABLE)
        raise BadRequest(setting=mark("The format"), value=ending[1:], allowed=known)


class Names:
    """Which names are taken in the destination, by files there and by those to come.

    Parameters
    ----------
    policy : what to do where a file of that name is there already, which this program did not make of the same picture
    sources : are never written over, whatever the policy
    """

    def __init__(self, policy: Collision, sources: Iterable[Path]) -> None:
        self._policy = policy
        self._sources = {_key(path) for path in sources}
        self._given = set(self._sources)

    def keep(self, path: Path) -> None:
        """Take a name that was chosen before."""
        self._given.add(_key(path))

    def choose(self, wanted: Path, ours: Path | None = None) -> Path | None:
        """The name wanted, or a numbered one if that is taken; None to leave the picture out.

        `ours` is the earlier result of the same picture, which may be replaced unless results are numbered.
        """
        path, number = wanted, 1
        if self._policy == "number":
            ours = None
        while True:
            exists = os.path.lexists(path)
            if not (_key(path) in self._given or (exists and self._leads_to_source(path))):
                if path == ours or self._policy == "overwrite" or not exists:
                    self.keep(path)
                    return path
                if self._policy == "skip":
                    return None
            number += 1
            path = wanted.with_name(fitting_name(wanted.stem, f" ({number}){wanted.suffix}"))

    def _leads_to_source(self, path: Path) -> bool:
        """Whether it is a link to a picture that is to be enlarged: writing goes through links."""
        return path.is_symlink() and _key(path.resolve()) in self._sources


def _tokens(template: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(template) if field is not None}


def _what_is_wrong(template: str) -> Message | None:
    """What a template has to be and is not."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        return mark("one with every brace closed, such as {name}_x{scale}")
    named = [(field, padding or "", conversion) for _, field, padding, conversion in parts if field is not None]
    if any(field not in TOKENS or conversion for field, _, conversion in named):
        return mark("made of the tokens {name} {scale} {model} {width} {height} {index} {date} {ext}")
    if any(padding and not (field in _NUMBERS and re.fullmatch(r"0\d", padding)) for field, padding, _ in named):
        return mark("one with numbers padded by zeros only, such as {index:04}")
    words = "".join(literal for literal, *_ in parts)
    if _FORBIDDEN.search(words):
        return mark('a file name, without / \\ : * ? " < > |')
    if not {"name", "index"} & {field for field, _, _ in named}:
        return mark("one that tells pictures apart, by {name} or {index}")
    ends = template.rstrip().endswith(".{ext}") or "{ext}" not in template
    return None if ends else mark("one where .{ext} comes last, if it is there")


def _key(path: Path) -> str:
    """The same for names that some systems take to be one: they differ by case, or by how an accent is written."""
    return unicodedata.normalize("NFC", str(path)).casefold()
