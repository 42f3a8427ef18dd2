"""The supported file formats, what each can store, and the options for saving."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import N_, BadRequest, ImageUnwritable, WouldLoseData
from engine.system.files import truncate_name

Frames = Literal["animation", "pages"]


@dataclass(frozen=True)
class Format:
    """A writable file format and what it can store.

    Attributes
    ----------
    name : Pillow's name of the format
    extensions : file extensions, the preferred one first
    supports_16_bit : 16 bits per sample
    alpha : transparency
    gray : one-channel images; otherwise gray is stored as RGB
    frames : what several frames are stored as, or None
    profile : an ICC profile; otherwise colors are converted to sRGB
    metadata : those of "exif", "xmp" and "dpi" that can be stored
    lossless : "always", "chosen" if it is an option, or "never"
    max_side_px : the largest width and height
    min_size_ratio : the smallest likely file size, relative to the uncompressed pixels
    """

    name: str
    extensions: tuple[str, ...]
    supports_16_bit: bool = False
    alpha: bool = True
    gray: bool = True
    frames: Frames | None = None
    profile: bool = True
    metadata: frozenset[str] = frozenset(("exif", "xmp", "dpi"))
    lossless: Literal["always", "chosen", "never"] = "always"
    max_side_px: int = 2**31 - 1
    min_size_ratio: float = 0.1


_WRITABLE_FORMATS = (
    Format("PNG", (".png", ".apng"), supports_16_bit=True, frames="animation", min_size_ratio=0.2),
    Format("JPEG", (".jpg", ".jpeg"), alpha=False, lossless="never", max_side_px=65_535, min_size_ratio=0.05),
    Format("TIFF", (".tif", ".tiff"), supports_16_bit=True, frames="pages", min_size_ratio=0.2),
    Format(
        "WEBP",
        (".webp",),
        gray=False,
        frames="animation",
        lossless="chosen",
        max_side_px=16_383,
        min_size_ratio=0.02,
    ),
    Format("AVIF", (".avif",), gray=False, lossless="never", max_side_px=65_535, min_size_ratio=0.01),
    Format("BMP", (".bmp",), alpha=False, profile=False, metadata=frozenset(("dpi",)), min_size_ratio=0.33),
    Format(
        "GIF",
        (".gif",),
        frames="animation",
        profile=False,
        metadata=frozenset(),
        lossless="never",
        max_side_px=65_535,
    ),
)
_READ_ONLY = {
    "BMP": (".dib",),
    "JPEG": (".jpe", ".jfif"),
    "JPEG2000": (".jp2", ".j2k", ".jpx"),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
    "TGA": (".tga",),
    "ICO": (".ico",),
    "PCX": (".pcx",),
    "SGI": (".sgi", ".rgb"),
    "HEIF": (".heic", ".heif"),  # with the extra "heif"
}
WRITABLE = {extension: kind for kind in _WRITABLE_FORMATS for extension in kind.extensions}
READABLE = {extension: kind.name for extension, kind in WRITABLE.items()} | {
    extension: name for name, extensions in _READ_ONLY.items() for extension in extensions
}
FORMAT_NAMES = {kind.extensions[0].removeprefix("."): kind for kind in _WRITABLE_FORMATS} | {
    "jpeg": _WRITABLE_FORMATS[1],
    "tiff": _WRITABLE_FORMATS[2],
}


@dataclass(frozen=True)
class SaveOptions:
    """How to save an image. By default the result has the format and the bit depth of its source.

    Attributes
    ----------
    format : "png", "jpg", "tif", "webp", "avif", "bmp" or "gif"; None for the format of the file extension
    quality : 1 to 100 for JPEG (default 95), AVIF (90) and WebP (lossless unless a quality is given)
    bits : 8 or 16 per sample; None for those of the image
    lossless : True raises an error for lossy formats, False makes WebP lossy
    strip : save only the pixels, without EXIF, XMP, color profile, resolution and text. An image with a color profile
        is converted to sRGB first, because a file without a profile is read as sRGB.
    """

    format: str | None = None
    quality: int | None = None
    bits: int | None = None
    lossless: bool | None = None
    strip: bool = False

    def __post_init__(self) -> None:
        if self.format is not None and self.format not in FORMAT_NAMES:
            raise BadRequest(setting=N_("The format"), value=self.format, allowed=", ".join(FORMAT_NAMES))
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise BadRequest(setting=N_("The quality"), value=self.quality, allowed=N_("from 1 to 100"))
        if self.bits not in (None, 8, 16):
            raise BadRequest(setting=N_("The number of bits"), value=self.bits, allowed=N_("8 or 16"))
        if self.lossless and self.quality is not None:
            raise BadRequest(setting=N_("The quality"), value=self.quality, allowed=N_("left out with lossless"))

    @property
    def is_lossless(self) -> bool:
        """Whether a format that supports both, such as WebP, is saved without loss."""
        return self.quality is None if self.lossless is None else self.lossless

    def extension_for(self, source: str) -> str:
        """Return the extension for a result: of the chosen format, else the source's if it is writable."""
        if self.format is not None:
            suffix, kind = Path(source).suffix, FORMAT_NAMES[self.format]
            return suffix if suffix.lower() in kind.extensions else kind.extensions[0]
        suffix = Path(source).suffix
        return suffix if suffix.lower() in WRITABLE else ".png"


SAME_AS_SOURCE = SaveOptions()


def format_for(name: str, options: SaveOptions) -> Format:
    """Return the format to write under a file name.

    Raises
    ------
    ImageUnwritable
        If the file extension is unknown, or does not match the chosen format.
    """
    requested = FORMAT_NAMES.get(options.format or "")
    by_name = WRITABLE.get(Path(name).suffix.lower())
    if requested is None and by_name is None:
        reason = N_("end the name in .png, .jpg, .tif, .webp, .avif, .gif or .bmp.")
        raise ImageUnwritable(name=name, reason=reason)
    if requested is not None and by_name is not None and requested is not by_name:
        raise ImageUnwritable(name=name, reason=N_("its ending is that of another format than was asked for."))
    return requested or by_name or _WRITABLE_FORMATS[0]


def name_for(source: str, size: str, options: SaveOptions = SAME_AS_SOURCE) -> str:
    """Return the default name of an upscaled image: the source's stem, the size ("x3") and the extension."""
    return truncate_name(Path(source).stem, f"_{size}{options.extension_for(source)}")


def check_representable(
    name: str, kind: Format, options: SaveOptions, *, is_16_bit: bool, alpha: bool, frames: Frames | None
) -> None:
    """Raise WouldLoseData for an image that the format cannot store.

    `is_16_bit` refers to the samples; `frames` says what further frames are.
    """
    if options.lossless and kind.lossless == "never":
        _refuse(name, kind, N_("every value exactly"), N_("choose PNG, TIFF or WebP, or leave out lossless"))
    if is_16_bit and not kind.supports_16_bit:
        _refuse(name, kind, N_("16 bits a sample"), N_("choose PNG or TIFF, or ask for 8 bits"))
    if alpha and not kind.alpha:
        _refuse(name, kind, N_("transparency"), N_("choose PNG, WebP, TIFF or AVIF"))
    if frames == "animation" and kind.frames != frames:
        _refuse(name, kind, N_("an animation"), N_("choose PNG, WebP or GIF"))
    if frames == "animation" and is_16_bit:
        _refuse(name, kind, N_("an animation of 16 bits a sample"), N_("ask for 8 bits"))
    if frames == "pages" and kind.frames != frames:
        _refuse(name, kind, N_("several pages"), N_("choose TIFF"))


def check_metadata(name: str, kind: Format, present: Mapping[str, object]) -> None:
    """Raise WouldLoseData if EXIF, XMP or a resolution is present that the format cannot store."""
    titles = {"exif": N_("EXIF"), "xmp": N_("XMP"), "dpi": N_("a resolution")}
    for key, value in present.items():
        if value and key not in kind.metadata:
            _refuse(name, kind, titles[key], N_("choose another format, or strip the metadata"))


def _refuse(name: str, kind: Format, what: str, advice: str) -> None:
    raise WouldLoseData(name=name, format="WebP" if kind.name == "WEBP" else kind.name, what=what, advice=advice)
