"""Which formats there are, what each can hold, and how a person may ask for a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import BadRequest, PictureUnwritable, PictureWouldLose, mark
from engine.system.files import fitting_name

Frames = Literal["animation", "pages"]


@dataclass(frozen=True)
class Format:
    """A format this program writes, and what survives in it.

    Attributes
    ----------
    name : Pillow's
    endings : of file names; the first is the usual one
    deep : 16 bits a sample
    alpha : transparency
    gray : gray stays one channel
    frames : what several frames can mean, or None
    profile : an ICC profile; without, colours are converted to sRGB
    holds : of exif, xmp, dpi
    exact : "always" for a lossless format, "chosen" where it can be asked for, "never"
    longest : px a side
    share : of the pixels' own size that a file of it takes at least, nearly always
    """

    name: str
    endings: tuple[str, ...]
    deep: bool = False
    alpha: bool = True
    gray: bool = True
    frames: Frames | None = None
    profile: bool = True
    holds: frozenset[str] = frozenset(("exif", "xmp", "dpi"))
    exact: Literal["always", "chosen", "never"] = "always"
    longest: int = 2**31 - 1
    share: float = 0.1


_WRITTEN = (
    Format("PNG", (".png", ".apng"), deep=True, frames="animation", share=0.2),
    Format("JPEG", (".jpg", ".jpeg"), alpha=False, exact="never", longest=65_535, share=0.05),
    Format("TIFF", (".tif", ".tiff"), deep=True, frames="pages", share=0.2),
    Format("WEBP", (".webp",), gray=False, frames="animation", exact="chosen", longest=16_383, share=0.02),
    Format("AVIF", (".avif",), gray=False, exact="never", longest=65_535, share=0.01),
    Format("BMP", (".bmp",), alpha=False, profile=False, holds=frozenset(("dpi",)), share=0.33),
    Format("GIF", (".gif",), frames="animation", profile=False, holds=frozenset(), exact="never", longest=65_535),
)
_READ = {
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
WRITABLE = {ending: kind for kind in _WRITTEN for ending in kind.endings}
FORMATS = {ending: kind.name for ending, kind in WRITABLE.items()} | {
    ending: name for name, endings in _READ.items() for ending in endings
}
FORMAT_NAMES = {kind.endings[0].removeprefix("."): kind for kind in _WRITTEN} | {
    "jpeg": _WRITTEN[1],
    "tiff": _WRITTEN[2],
}


@dataclass(frozen=True)
class SaveOptions:
    """How to write a picture; by default as its source was.

    Attributes
    ----------
    format : "png", "jpg", "tif", "webp", "avif", "bmp" or "gif"; None for what the file's name asks for
    quality : 1 to 100 for JPEG (95 by default), AVIF (90) and WebP (lossless unless a quality is given)
    bits : 8 or 16 a sample; None for the picture's own
    lossless : True refuses a format that is not; False makes WebP lossy
    strip : leave out everything but the pixels: EXIF, XMP, profile, resolution, texts. A picture with a profile is
        converted to sRGB first, which is what a file without one means
    """

    format: str | None = None
    quality: int | None = None
    bits: int | None = None
    lossless: bool | None = None
    strip: bool = False

    def __post_init__(self) -> None:
        if self.format is not None and self.format not in FORMAT_NAMES:
            raise BadRequest(setting=mark("The format"), value=self.format, allowed=", ".join(FORMAT_NAMES))
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise BadRequest(setting=mark("The quality"), value=self.quality, allowed=mark("from 1 to 100"))
        if self.bits not in (None, 8, 16):
            raise BadRequest(setting=mark("The number of bits"), value=self.bits, allowed=mark("8 or 16"))
        if self.lossless and self.quality is not None:
            raise BadRequest(setting=mark("The quality"), value=self.quality, allowed=mark("left out with lossless"))

    @property
    def exact(self) -> bool:
        """Whether a format that can be either is written without loss."""
        return self.quality is None if self.lossless is None else self.lossless

    def ending_for(self, source: str) -> str:
        """The ending of a result's name: of the format chosen, else the source's own if that can be written."""
        if self.format is not None:
            own, kind = Path(source).suffix, FORMAT_NAMES[self.format]
            return own if own.lower() in kind.endings else kind.endings[0]
        suffix = Path(source).suffix
        return suffix if suffix.lower() in WRITABLE else ".png"


SAME_AS_SOURCE = SaveOptions()


def format_for(name: str, options: SaveOptions) -> Format:
    """The format to write under a file's name.

    Raises
    ------
    PictureUnwritable
        For an ending of no known format, or of another one than was asked for.
    """
    asked = FORMAT_NAMES.get(options.format or "")
    named = WRITABLE.get(Path(name).suffix.lower())
    if asked is None and named is None:
        reason = mark("end the name in .png, .jpg, .tif, .webp, .avif, .gif or .bmp.")
        raise PictureUnwritable(name=name, reason=reason)
    if asked is not None and named is not None and asked is not named:
        raise PictureUnwritable(name=name, reason=mark("its ending is that of another format than was asked for."))
    return asked or named or _WRITTEN[0]


def name_for(source: str, size: str, options: SaveOptions = SAME_AS_SOURCE) -> str:
    """A name for an enlarged picture: its own with the size ("x3"), in its own format or the one asked for."""
    return fitting_name(Path(source).stem, f"_{size}{options.ending_for(source)}")


def refuse_loss(
    name: str, kind: Format, options: SaveOptions, *, deep: bool, alpha: bool, frames: Frames | None
) -> None:
    """Raise PictureWouldLose for a picture that a format cannot hold as it is.

    `deep` is 16 bits a sample, `frames` what further frames are.
    """
    if options.lossless and kind.exact == "never":
        _refuse(name, kind, mark("every value exactly"), mark("choose PNG, TIFF or WebP, or leave out lossless"))
    if deep and not kind.deep:
        _refuse(name, kind, mark("16 bits a sample"), mark("choose PNG or TIFF, or ask for 8 bits"))
    if alpha and not kind.alpha:
        _refuse(name, kind, mark("transparency"), mark("choose PNG, WebP, TIFF or AVIF"))
    if frames == "animation" and kind.frames != frames:
        _refuse(name, kind, mark("an animation"), mark("choose PNG, WebP or GIF"))
    if frames == "animation" and deep:
        _refuse(name, kind, mark("an animation of 16 bits a sample"), mark("ask for 8 bits"))
    if frames == "pages" and kind.frames != frames:
        _refuse(name, kind, mark("several pages"), mark("choose TIFF"))


def refuse_lost_metadata(name: str, kind: Format, present: Mapping[str, object]) -> None:
    """Raise PictureWouldLose where one of exif, xmp and dpi is present that the format has no place for."""
    titles = {"exif": mark("EXIF"), "xmp": mark("XMP"), "dpi": mark("a resolution")}
    for key, value in present.items():
        if value and key not in kind.holds:
            _refuse(name, kind, titles[key], mark("choose another format, or strip the metadata"))


def _refuse(name: str, kind: Format, what: str, advice: str) -> None:
    raise PictureWouldLose(name=name, format="WebP" if kind.name == "WEBP" else kind.name, what=what, advice=advice)
