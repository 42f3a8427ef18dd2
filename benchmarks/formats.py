"""Generate docs/formats.md: the pixel formats and metadata that each file format preserves.

Each cell is determined by writing an image and reading it back.

python -m benchmarks.formats > docs/formats.md
"""

import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image

from engine.errors import EngineError, ImageUnwritable
from engine.imaging.codecs import encoding, formats, image_files, metadata, photoshop
from engine.imaging.codecs import exif as exif_tags
from engine.imaging.codecs.image_files import READABLE, SAME_AS_SOURCE, Image
from engine.imaging.color_space import ColorSpace
from tests import corpus

FILE_NAMES = ("a.png", "a.jpg", "a.tif", "a.webp", "a.avif", "a.jxl", "a.gif", "a.bmp")
TEMPLATE = Path(__file__).parent / "formats.in.md"
WRONG = "**WRONG**"
CLOSE = 8  # largest mean difference of a lossy file, in levels of 255
COMMENT, PROMPT = "drawn by hand", (("parameters", "a harbor, 20 steps"), ("Author", "Zoë"))
DISPLAY_P3, PQ = ColorSpace(12, 13), ColorSpace(9, 16)
IPTC = photoshop.pack_iptc_record(b"\x1c\x02\x78\x00\x04Quay")


class Footnotes:
    """Footnotes of the page, numbered in order of appearance."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def reference(self, message: object) -> str:
        """Add a message if it is new, and return its reference, such as "[1]"."""
        text = str(message)
        if text not in self.messages:
            self.messages.append(text)
        return f"[{self.messages.index(text) + 1}]"


def build_page() -> str:
    """Return the content of docs/formats.md."""
    notes = Footnotes()
    tables = {
        "{pixels}": pixels_table(notes),
        "{metadata}": metadata_table(notes),
        "{conversions}": conversions_table(notes),
        "{read}": read_table(notes),
    }
    text = TEMPLATE.read_text(encoding="utf-8")
    for place, lines in tables.items():
        text = text.replace(place, "\n".join(lines))
    sentences = "\n".join(f"{number}. {message}" for number, message in enumerate(notes.messages, start=1))
    return text.replace("{sentences}", sentences)


def to_table(head: list[str], rows: Iterable[list[str]]) -> list[str]:
    """Return the lines of a Markdown table."""
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]


def join_distinct(cells: Iterable[str]) -> str:
    """Join the distinct results of several images into one table cell."""
    return "<br>".join(dict.fromkeys(cells)) or "-"


def pixels_table(notes: Footnotes) -> list[str]:
    """Return a Markdown table of the pixel formats that each writable file format preserves."""
    rows = {name: pixels_row(name, notes) for name in FILE_NAMES}
    head = ["Format", *rows[FILE_NAMES[0]]]
    return to_table(head, [[_title(name), *map(join_distinct, row.values())] for name, row in rows.items()])


def pixels_row(name: str, notes: Footnotes) -> dict[str, list[str]]:
    """Return the results of writing each kind of image in a file format, by kind.

    An image with an alpha channel has a result for the kind "Alpha", and another one for its colors.
    """
    row: dict[str, list[str]] = {kind: [] for kind in ("Gray", "RGB", "16 bits", "Alpha", "Animation", "Pages")}
    for title, image in corpus.images_by_mode().items():
        kind = next(kind for kind in ("16 bits", "Animation", "Pages", "Gray", "RGB") if kind.lower() in title.lower())
        try:
            plain = round_trip(image, name)
        except ImageUnwritable as refused:
            if image.alpha is None:
                row[kind].append(f"refused {notes.reference(refused)}")
            elif kind in ("Gray", "RGB"):
                row["Alpha"].append(f"refused {notes.reference(refused)}")
            continue
        row[kind].append(_pixels(image, plain))
        if (frames := _frames(image, plain)) == WRONG:
            row[kind].append(frames)
        if (alpha := _alpha(image, plain)) != "-":
            row["Alpha"].append(alpha)
    return row


def metadata_table(notes: Footnotes) -> list[str]:
    """Return a Markdown table of the metadata that each writable file format preserves."""
    checks = {
        "ICC": _icc,
        "Color space": _color_space,
        "HDR": _hdr,
        "EXIF": _exif,
        "XMP": _xmp,
        "Resolution": _dpi,
        "Orientation": _orientation,
        "IPTC": _iptc,
        "Comment": _comment,
        "PNG text": _texts,
    }
    rows = []
    for name in FILE_NAMES:
        row: dict[str, list[str]] = {title: [] for title in checks}
        for image in corpus.images_by_mode().values():
            try:
                plain = round_trip(image, name)
            except ImageUnwritable:
                continue
            for title, check in checks.items():
                try:
                    row[title].append(check(image, name, plain, notes))
                except ImageUnwritable as refused:
                    row[title].append(f"refused {notes.reference(refused)}")
        rows.append([_title(name), *map(join_distinct, row.values())])
    return to_table(["Format", *checks], rows)


def conversions_table(notes: Footnotes) -> list[str]:
    """Return a Markdown table of the conversions from each readable format to each writable one."""
    rows = []
    for title, image in sources().items():
        rows.append([title, *(conversion(image, name, notes) for name in FILE_NAMES)])
    return to_table(["From", *(f"to {_title(name)}" for name in FILE_NAMES)], rows)


def sources() -> dict[str, Image]:
    """Return an image for each readable format, by title, with all metadata that the format can store."""
    images = {}
    for name in FILE_NAMES:
        stored = formats.WRITABLE[Path(name).suffix].metadata
        rich = Image(
            corpus.texture(3),
            icc=corpus.profile(3) if formats.WRITABLE[Path(name).suffix].supports_profile else None,
            exif=exif_tags.reset_orientation(corpus.camera_exif()) if "exif" in stored else None,
            xmp=corpus.XMP if "xmp" in stored else None,
            dpi=(300.0, 240.0) if "dpi" in stored else None,
            text=PROMPT if "text" in stored else (),
            comments=(COMMENT,) if "comments" in stored else (),
            photoshop=IPTC if {"photoshop", "text"} & stored else None,
        )
        images[_title(name)] = round_trip(rich, name)
    for name, content in corpus.read_only_formats().values():
        title = READABLE.get(Path(name).suffix, "")
        if title and title not in {kind.name for kind in formats.WRITABLE.values()}:
            try:
                image = image_files.decode(content, name)
            except EngineError:
                continue
            images.setdefault(title, image)
    return images


def conversion(image: Image, name: str, notes: Footnotes) -> str:
    """Return the table cell for a conversion: "all", or references to messages about what is lost."""
    try:
        result = round_trip(image, name)
        converted = encoding.convert_for_format(image, name, SAME_AS_SOURCE)
    except ImageUnwritable as refused:
        return f"refused {notes.reference(refused)}"
    stored = b"".join(
        [result.xmp or b"", *(text.encode() for text in result.comments), *(text.encode() for _, text in result.text)]
    )
    texts = [*image.comments, *(text for _, text in image.text)]
    kept = {
        "pixels": image.icc is not None or _pixels(image, result) != WRONG,
        "icc": image.icc == result.icc or result.icc is None,
        "exif": image.exif is None or _camera(image.exif).items() <= _camera(result.exif or b"").items(),
        "xmp": image.xmp is None or b"Nobody's" in (result.xmp or b""),
        "dpi": image.dpi is None or np.allclose(image.dpi, result.dpi or (0, 0), atol=0.05),
        "photoshop": image.photoshop == result.photoshop,
        "text": all(text.encode() in stored for text in texts),
    }
    named = " ".join(map(str, converted.not_kept))
    lost = [part for part, is_kept in kept.items() if not is_kept]
    if any({"photoshop": "IPTC", "text": "text metadata"}.get(part, "-") not in named for part in lost):
        return WRONG
    return " ".join(map(notes.reference, converted.not_kept)) or "all"


def _title(name: str) -> str:
    return formats.WRITABLE[Path(name).suffix].title


def round_trip(image: Image, name: str) -> Image:
    """Write an image and read it back."""
    return image_files.decode(corpus.encode_image(image, name), name)


def difference(one: np.ndarray, other: np.ndarray, seen: np.ndarray | None = None) -> float:
    """Return the mean absolute difference of two images on a scale from 0 to 255.

    Gray images are converted to RGB if necessary. If the sizes or dtypes differ, the result is infinity.

    Parameters
    ----------
    seen : mask of the pixels to compare, or None for all pixels
    """
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


def _icc(image: Image, name: str, plain: Image, notes: Footnotes) -> str:
    profile = corpus.profile(image.pixels.shape[2])
    result = round_trip(replace(image, icc=profile), name)
    if result.icc == profile:
        return "kept" if difference(result.pixels, plain.pixels) == 0 else WRONG
    moved = difference(result.pixels, plain.pixels)  # other tests compare the colors with Little CMS
    return "to sRGB" if result.icc is None and 1 < moved < 40 else WRONG


def _color_space(image: Image, name: str, plain: Image, notes: Footnotes) -> str:
    result = round_trip(replace(image, color_space=DISPLAY_P3), name)
    if result.color_space == DISPLAY_P3:
        return "kept"
    if result.icc is not None:
        return "as ICC"
    is_converted = image.is_gray or 1 < difference(result.pixels, plain.pixels) < 40
    return "to sRGB" if result.color_space is None and is_converted else WRONG


def _hdr(image: Image, name: str, plain: Image, notes: Footnotes) -> str:
    return "kept" if round_trip(replace(image, color_space=PQ), name).color_space == PQ else WRONG


def _exif(image: Image, name: str, plain: Image, notes: Footnotes) -> str:
    stored = exif_tags.reset_orientation(corpus.camera_exif())
    result_exif = round_trip(replace(image, exif=stored), name).exif
    if result_exif == exif_tags.update_size(stored, plain.width, plain.height):
        return "kept"
    return "kept" if result_exif and _camera(result_exif) == _camera(stored or b"", plain) else WRONG


def _camera(exif: bytes, size: Image | None = None) -> dict[int, object]:
    """Return the EXIF tags of the camera, including nested directories.

    If `size` is given, the tags of the width and height are replaced with the size of this image.
    """
    stored = PIL.Image.Exif()
    stored.load(exif)
    camera_tags: dict[int, object] = {corpus.MAKE: stored.get(corpus.MAKE)}
    camera_tags |= {
        key: value for tag in (corpus.EXIF_IFD, corpus.GPS_IFD) for key, value in stored.get_ifd(tag).items()
    }
    camera_tags[corpus.EXPOSURE] = float(camera_tags[corpus.EXPOSURE])  # type: ignore[arg-type]
    return camera_tags | ({corpus.WIDTH_TAG: size.width, corpus.HEIGHT_TAG: size.height} if size else {})


def _xmp(image: Image, name: str, plain: Image, notes: Footnotes) -> str:
    return "kept" if round_trip(replace(image, xmp=corpus.XMP), name).xmp == corpus.XMP else WRONG


def _dpi(image: Image, name: str, plain: Image, notes: Footnotes) -> str:
    dpi = round_trip(replace(image, dpi=(300.0, 240.0)), name).dpi
    return "kept" if dpi and np.allclose(dpi, (300, 240), atol=0.05) else WRONG


def _orientation(image: Image, name: str, plain: Image, notes: Footnotes) -> str:
    """Return "upright" if an image is rotated according to its orientation tag and the tag is reset."""
    if name == "a.tif":  # a TIFF has its own tag, which the program always writes as upright
        return "upright" if _tiff_is_upright() else WRONG
    if name == "a.jxl":  # orientation is a field of the header, which the program never writes
        return "upright" if image_files.decode(corpus.ROTATED_JXL, name).pixels.shape == (16, 8, 3) else WRONG
    turned = round_trip(replace(image, exif=corpus.camera_exif(6)), name)
    upright = np.rot90(plain.pixels, -1)
    reset = metadata.read_orientation(turned.exif, None) == 1
    return "upright" if reset and difference(turned.pixels, upright) < CLOSE else WRONG


def _tiff_is_upright() -> bool:
    """Return whether a rotated TIFF is read upright, with 8 and with 16 bits per sample."""
    orientations = []
    for bits in (8, 16):
        pixels = corpus.texture(3, bits)
        content = corpus.tiff(pixels, photometric="rgb", extratags=[(corpus.ORIENTATION, 3, 1, 6, True)])
        read = image_files.decode(content, "turned.tif")
        orientations.append(np.array_equal(read.pixels, np.rot90(pixels, -1)))
    return all(orientations)


def _frames(image: Image, plain: Image) -> str:
    if not image.frames:
        return "all" if not plain.frames else WRONG
    times = [[frame.duration_ms for frame in (made, *made.frames)] for made in (image, plain)]
    if times[0] != times[1] or image.num_plays != plain.num_plays:
        return WRONG
    return "all"


def _iptc(image: Image, name: str, plain: Image, notes: Footnotes) -> str:
    stored = replace(image, photoshop=IPTC)
    return "kept" if round_trip(stored, name).photoshop == IPTC else _named(stored, name, notes)


def _comment(image: Image, name: str, plain: Image, notes: Footnotes) -> str:
    stored = replace(image, comments=(COMMENT,))
    result = round_trip(stored, name)
    if result.comments == (COMMENT,):
        return "kept"
    return "as text" if result.text == (("Comment", COMMENT),) else _moved(stored, result, [COMMENT], name, notes)


def _texts(image: Image, name: str, plain: Image, notes: Footnotes) -> str:
    stored = replace(image, text=PROMPT)
    result = round_trip(stored, name)
    return "kept" if result.text == PROMPT else _moved(stored, result, [text for _, text in PROMPT], name, notes)


def _moved(stored: Image, result: Image, texts: list[str], name: str, notes: Footnotes) -> str:
    """Return "in EXIF and XMP" if all texts were moved there, or references to messages about lost texts."""
    block, packet = result.exif or b"", result.xmp or b""
    utf_16 = [order for order in ("utf-16-le", "utf-16-be") if texts[0].encode(order) in block]
    if utf_16 and all(text.encode() in block for text in texts[1:]) and all(text.encode() in packet for text in texts):
        return "in EXIF and XMP"
    return _named(stored, name, notes)


def _named(stored: Image, name: str, notes: Footnotes) -> str:
    """Return references to the messages about metadata that is lost when an image is written."""
    messages = encoding.convert_for_format(stored, name, SAME_AS_SOURCE).not_kept
    return f"not kept {' '.join(map(notes.reference, messages))}" if messages else WRONG


def read_table(notes: Footnotes) -> list[str]:
    """Return a Markdown table of the file formats that can be read but not written."""
    rows = []
    for title, (name, content) in corpus.read_only_formats().items():
        try:
            image = image_files.decode(content, name)
        except EngineError as refused:
            rows.append([title, f"refused {notes.reference(refused)}"])
            continue
        kind = "gray" if image.is_gray else "RGB"
        alpha = " and alpha" if image.alpha is not None else ""
        rows.append([title, f"{kind}{alpha}, {image.bits} bits{', as sRGB' if image.icc else ''}"])
    return to_table(["File", "Result"], rows)


if __name__ == "__main__":
    sys.stdout.write(build_page())
