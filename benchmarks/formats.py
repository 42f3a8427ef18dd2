"""Prints docs/formats.md: what every format keeps of every kind of picture, found by writing and reading each.

python -m benchmarks.formats > docs/formats.md
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import corpus
from engine.errors import EngineError, PictureUnwritable
from engine.imaging.codecs import image_files, metadata
from engine.imaging.codecs.image_files import Picture

NAMES = ("a.png", "a.jpg", "a.tif", "a.webp", "a.avif", "a.gif", "a.bmp")
TEXT = Path(__file__).parent / "formats.in.md"
WRONG = "**WRONG**"
CLOSE = 8  # mean levels of 255 between a picture and its lossy file


class Notes:
    """The sentences that refuse something, numbered as they come."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def mark(self, refused: EngineError) -> str:
        """A sentence's number."""
        said = str(refused)
        if said not in self.said:
            self.said.append(said)
        return f"[{self.said.index(said) + 1}]"


def page() -> str:
    """The whole page."""
    notes = Notes()
    written, read = "\n".join(written_table(notes)), "\n".join(read_table(notes))
    sentences = "\n".join(f"{number}. {said}" for number, said in enumerate(notes.said, start=1))
    text = TEXT.read_text(encoding="utf-8")
    for place, content in (("{written}", written), ("{read}", read), ("{sentences}", sentences)):
        text = text.replace(place, content)
    return text


def written_table(notes: Notes) -> list[str]:
    """A row for every format and mode that is written."""
    lines = [
        "| file | picture | pixels | alpha | ICC | EXIF | XMP | DPI | orientation | frames |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in NAMES:
        for title, picture in corpus.modes().items():
            cells = " | ".join(row(name, picture, notes))
            lines.append(f"| {name.removeprefix('a.')} | {title} | {cells} |")
    return lines


def row(name: str, picture: Picture, notes: Notes) -> list[str]:
    """What survives of one picture in one format."""
    try:
        plain = again(picture, name)
    except PictureUnwritable as refused:
        return [f"refused {notes.mark(refused)}"] + ["-"] * 7
    checks: list[Callable[[Picture, str, Picture], str]] = [_icc, _exif, _xmp, _dpi, _orientation]
    cells = [_pixels(picture, plain), _alpha(picture, plain)]
    for check in checks:
        try:
            cells.append(check(picture, name, plain))
        except PictureUnwritable as refused:
            cells.append(f"refused {notes.mark(refused)}")
    return [*cells, _frames(picture, plain)]


def again(picture: Picture, name: str) -> Picture:
    """A picture after it was written and read."""
    return image_files.decode(corpus.file_of(picture, name), name)


def difference(one: np.ndarray, other: np.ndarray, seen: np.ndarray | None = None) -> float:
    """Mean difference in levels of 255 where `seen`; a gray picture may have become three equal channels."""
    if one.dtype != other.dtype or one.shape[:2] != other.shape[:2]:
        return float("inf")
    other = np.broadcast_to(other, one.shape) if other.shape[2] == 1 else other
    one = np.broadcast_to(one, other.shape) if one.shape[2] == 1 else one
    apart = np.abs(one.astype(np.float64) - other) * (255 / np.iinfo(one.dtype).max)
    return float(apart.mean() if seen is None else apart[seen].mean())


def _pixels(picture: Picture, plain: Picture) -> str:
    seen = None if picture.alpha is None else picture.alpha > np.iinfo(picture.alpha.dtype).max // 2
    apart = max(
        difference(one.pixels, other.pixels, seen)
        for one, other in zip((picture, *picture.frames), (plain, *plain.frames), strict=False)
    )
    if apart > CLOSE:
        return WRONG
    if apart:
        return "close"
    return "exact" if plain.pixels.shape == picture.pixels.shape else "exact, as RGB"


def _alpha(picture: Picture, plain: Picture) -> str:
    if picture.alpha is None:
        return "-" if plain.alpha is None else WRONG
    if plain.alpha is None:
        return WRONG
    apart = difference(picture.alpha[:, :, None], plain.alpha[:, :, None])
    if not apart:
        return "exact"
    half = np.iinfo(picture.alpha.dtype).max // 2
    if apart < 2:
        return "close"
    return "on or off" if np.array_equal(picture.alpha > half, plain.alpha > half) else WRONG


def _icc(picture: Picture, name: str, plain: Picture) -> str:
    profile = corpus.profile(picture.pixels.shape[2])
    kept = again(replace(picture, icc=profile), name)
    if kept.icc == profile:
        return "same bytes" if difference(kept.pixels, plain.pixels) == 0 else WRONG
    moved = difference(kept.pixels, plain.pixels)  # the colours themselves are tested against Little CMS elsewhere
    return "to sRGB" if kept.icc is None and 1 < moved < 40 else WRONG


def _exif(picture: Picture, name: str, plain: Picture) -> str:
    stored = metadata.upright_exif(corpus.camera_exif())
    kept = again(replace(picture, exif=stored), name).exif
    if kept == metadata.sized_exif(stored, plain.width, plain.height):
        return "kept"
    return "kept" if kept and _camera(kept) == _camera(stored or b"", plain) else WRONG


def _camera(exif: bytes, size: Picture | None = None) -> dict[int, object]:
    """What a camera said, with nested directories; of `size`, what it should say."""
    stored = Image.Exif()
    stored.load(exif)
    found: dict[int, object] = {corpus.MAKE: stored.get(corpus.MAKE)}
    found |= {key: value for tag in (corpus.EXIF_IFD, corpus.GPS_IFD) for key, value in stored.get_ifd(tag).items()}
    found[corpus.EXPOSURE] = float(found[corpus.EXPOSURE])  # type: ignore[arg-type]
    return found | ({corpus.WIDTH_TAG: size.width, corpus.HEIGHT_TAG: size.height} if size else {})


def _xmp(picture: Picture, name: str, plain: Picture) -> str:
    return "same bytes" if again(replace(picture, xmp=corpus.XMP), name).xmp == corpus.XMP else WRONG


def _dpi(picture: Picture, name: str, plain: Picture) -> str:
    dpi = again(replace(picture, dpi=(300.0, 240.0)), name).dpi
    return "kept" if dpi and np.allclose(dpi, (300, 240), atol=0.05) else WRONG


def _orientation(picture: Picture, name: str, plain: Picture) -> str:
    """Stored as lying on its side, a picture is read upright, and says so from then on."""
    if name == "a.tif":  # a TIFF's own tag counts, and this program always writes it upright
        return "upright" if _tiff_is_upright() else WRONG
    turned = again(replace(picture, exif=corpus.camera_exif(6)), name)
    upright = np.rot90(plain.pixels, -1)
    reset = metadata.orientation(turned.exif, None) == 1
    return "upright" if reset and difference(turned.pixels, upright) < CLOSE else WRONG


def _tiff_is_upright() -> bool:
    """8 and 16 bits, which different libraries read."""
    made = []
    for bits in (8, 16):
        pixels = corpus.texture(3, bits)
        content = corpus.tiff(pixels, photometric="rgb", extratags=[(corpus.ORIENTATION, 3, 1, 6, True)])
        read = image_files.decode(content, "turned.tif")
        made.append(np.array_equal(read.pixels, np.rot90(pixels, -1)))
    return all(made)


def _frames(picture: Picture, plain: Picture) -> str:
    if not picture.frames:
        return "-" if not plain.frames else WRONG
    times = [[frame.duration_ms for frame in (made, *made.frames)] for made in (picture, plain)]
    if times[0] != times[1] or picture.plays != plain.plays:
        return WRONG
    return "all, timing, loop" if picture.is_animation else "all"


def read_table(notes: Notes) -> list[str]:
    """A row for every kind of file that becomes something else."""
    lines = ["| file | becomes |", "|---|---|"]
    for title, (name, content) in corpus.only_read().items():
        try:
            made = image_files.decode(content, name)
        except EngineError as refused:
            lines.append(f"| {title} | refused {notes.mark(refused)} |")
            continue
        kind = "gray" if made.is_gray else "RGB"
        alpha = " and alpha" if made.alpha is not None else ""
        lines.append(f"| {title} | {kind}{alpha}, {made.bits} bits{', as sRGB' if made.icc else ''} |")
    return lines


if __name__ == "__main__":
    sys.stdout.write(page())
