"""Print docs/formats.md: what each format preserves of each kind of image, determined by writing and reading it.

python -m benchmarks.formats > docs/formats.md
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image

from engine.errors import EngineError, ImageUnwritable
from engine.imaging.codecs import exif as exif_tags
from engine.imaging.codecs import image_files, metadata
from engine.imaging.codecs.image_files import Image
from tests import corpus

NAMES = ("a.png", "a.jpg", "a.tif", "a.webp", "a.avif", "a.gif", "a.bmp")
TEXT = Path(__file__).parent / "formats.in.md"
WRONG = "**WRONG**"
CLOSE = 8  # largest mean difference of a lossy file, in levels of 255


class Footnotes:
    """Numbered error messages, in order of appearance."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def mark(self, refused: EngineError) -> str:
        """Return the number of an error message."""
        message = str(refused)
        if message not in self.messages:
            self.messages.append(message)
        return f"[{self.messages.index(message) + 1}]"


def page() -> str:
    """Return the page."""
    notes = Footnotes()
    written, read = "\n".join(written_table(notes)), "\n".join(read_table(notes))
    sentences = "\n".join(f"{number}. {message}" for number, message in enumerate(notes.messages, start=1))
    text = TEXT.read_text(encoding="utf-8")
    for place, content in (("{written}", written), ("{read}", read), ("{sentences}", sentences)):
        text = text.replace(place, content)
    return text


def written_table(notes: Footnotes) -> list[str]:
    """Return a row for each format that can be written and each mode."""
    lines = [
        "| file | picture | pixels | alpha | ICC | EXIF | XMP | DPI | orientation | frames |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in NAMES:
        for title, image in corpus.modes().items():
            cells = " | ".join(row(name, image, notes))
            lines.append(f"| {name.removeprefix('a.')} | {title} | {cells} |")
    return lines


def row(name: str, image: Image, notes: Footnotes) -> list[str]:
    """Return what a format preserves of an image, as cells."""
    try:
        plain = again(image, name)
    except ImageUnwritable as refused:
        return [f"refused {notes.mark(refused)}"] + ["-"] * 7
    checks: list[Callable[[Image, str, Image], str]] = [_icc, _exif, _xmp, _dpi, _orientation]
    cells = [_pixels(image, plain), _alpha(image, plain)]
    for check in checks:
        try:
            cells.append(check(image, name, plain))
        except ImageUnwritable as refused:
            cells.append(f"refused {notes.mark(refused)}")
    return [*cells, _frames(image, plain)]


def again(image: Image, name: str) -> Image:
    """Write an image and read it back."""
    return image_files.decode(corpus.file_of(image, name), name)


def difference(one: np.ndarray, other: np.ndarray, seen: np.ndarray | None = None) -> float:
    """Return the mean difference in levels of 255 where `seen` is true. Gray may equal RGB."""
    if one.dtype != other.dtype or one.shape[:2] != other.shape[:2]:
        return float("inf")
    other = np.broadcast_to(other, one.shape) if other.shape[2] == 1 else other
    one = np.broadcast_to(one, other.shape) if one.shape[2] == 1 else one
    diff = np.abs(one.astype(np.float64) - other) * (255 / np.iinfo(one.dtype).max)
    return float(diff.mean() if seen is None else diff[seen].mean())


def _pixels(image: Image, plain: Image) -> str:
    visible = None if image.alpha is None else image.alpha > np.iinfo(image.alpha.dtype).max // 2
    diff = max(
        difference(one.pixels, other.pixels, visible)
        for one, other in zip((image, *image.frames), (plain, *plain.frames), strict=False)
    )
    if diff > CLOSE:
        return WRONG
    if diff:
        return "close"
    return "exact" if plain.pixels.shape == image.pixels.shape else "exact, as RGB"


def _alpha(image: Image, plain: Image) -> str:
    if image.alpha is None:
        return "-" if plain.alpha is None else WRONG
    if plain.alpha is None:
        return WRONG
    diff = difference(image.alpha[:, :, None], plain.alpha[:, :, None])
    if not diff:
        return "exact"
    half = np.iinfo(image.alpha.dtype).max // 2
    if diff < 2:
        return "close"
    return "on or off" if np.array_equal(image.alpha > half, plain.alpha > half) else WRONG


def _icc(image: Image, name: str, plain: Image) -> str:
    profile = corpus.profile(image.pixels.shape[2])
    result = again(replace(image, icc=profile), name)
    if result.icc == profile:
        return "same bytes" if difference(result.pixels, plain.pixels) == 0 else WRONG
    moved = difference(result.pixels, plain.pixels)  # other tests compare the colors with Little CMS
    return "to sRGB" if result.icc is None and 1 < moved < 40 else WRONG


def _exif(image: Image, name: str, plain: Image) -> str:
    stored = exif_tags.reset_orientation(corpus.camera_exif())
    result_exif = again(replace(image, exif=stored), name).exif
    if result_exif == exif_tags.update_size(stored, plain.width, plain.height):
        return "kept"
    return "kept" if result_exif and _camera(result_exif) == _camera(stored or b"", plain) else WRONG


def _camera(exif: bytes, size: Image | None = None) -> dict[int, object]:
    """Return EXIF tags including nested directories, with the expected width and height if `size` is given."""
    stored = PIL.Image.Exif()
    stored.load(exif)
    camera_tags: dict[int, object] = {corpus.MAKE: stored.get(corpus.MAKE)}
    camera_tags |= {
        key: value for tag in (corpus.EXIF_IFD, corpus.GPS_IFD) for key, value in stored.get_ifd(tag).items()
    }
    camera_tags[corpus.EXPOSURE] = float(camera_tags[corpus.EXPOSURE])  # type: ignore[arg-type]
    return camera_tags | ({corpus.WIDTH_TAG: size.width, corpus.HEIGHT_TAG: size.height} if size else {})


def _xmp(image: Image, name: str, plain: Image) -> str:
    return "same bytes" if again(replace(image, xmp=corpus.XMP), name).xmp == corpus.XMP else WRONG


def _dpi(image: Image, name: str, plain: Image) -> str:
    dpi = again(replace(image, dpi=(300.0, 240.0)), name).dpi
    return "kept" if dpi and np.allclose(dpi, (300, 240), atol=0.05) else WRONG


def _orientation(image: Image, name: str, plain: Image) -> str:
    """Return whether an image with a rotated orientation is read upright, with its orientation reset."""
    if name == "a.tif":  # a TIFF has its own tag, which the program always writes as upright
        return "upright" if _tiff_is_upright() else WRONG
    turned = again(replace(image, exif=corpus.camera_exif(6)), name)
    upright = np.rot90(plain.pixels, -1)
    reset = metadata.read_orientation(turned.exif, None) == 1
    return "upright" if reset and difference(turned.pixels, upright) < CLOSE else WRONG


def _tiff_is_upright() -> bool:
    """Check 8 and 16 bits, which different libraries read."""
    orientations = []
    for bits in (8, 16):
        pixels = corpus.texture(3, bits)
        content = corpus.tiff(pixels, photometric="rgb", extratags=[(corpus.ORIENTATION, 3, 1, 6, True)])
        read = image_files.decode(content, "turned.tif")
        orientations.append(np.array_equal(read.pixels, np.rot90(pixels, -1)))
    return all(orientations)


def _frames(image: Image, plain: Image) -> str:
    if not image.frames:
        return "-" if not plain.frames else WRONG
    times = [[frame.duration_ms for frame in (made, *made.frames)] for made in (image, plain)]
    if times[0] != times[1] or image.num_plays != plain.num_plays:
        return WRONG
    return "all, timing, loop" if image.is_animation else "all"


def read_table(notes: Footnotes) -> list[str]:
    """Return a row for each kind of file that can only be read."""
    lines = ["| file | becomes |", "|---|---|"]
    for title, (name, content) in corpus.only_read().items():
        try:
            image = image_files.decode(content, name)
        except EngineError as refused:
            lines.append(f"| {title} | refused {notes.mark(refused)} |")
            continue
        kind = "gray" if image.is_gray else "RGB"
        alpha = " and alpha" if image.alpha is not None else ""
        lines.append(f"| {title} | {kind}{alpha}, {image.bits} bits{', as sRGB' if image.icc else ''} |")
    return lines


if __name__ == "__main__":
    sys.stdout.write(page())
