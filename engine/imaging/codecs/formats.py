"""Supported file formats, their capabilities, and the options for saving an image."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import N_, ImageUnwritable, Message, WouldLoseData, check, lazy_format
from engine.imaging.color_space import ColorSpace
from engine.system.files import truncate_name

Frames = Literal["animation", "pages"]
_COMMON_METADATA = frozenset(("exif", "xmp", "dpi"))


@dataclass(frozen=True)
class Format:
    """File format that can be written, and its capabilities.

    Attributes
    ----------
    name : Pillow's name of the format
    extensions : file extensions, starting with the preferred one
    supports_16_bit : whether samples can have 16 bits
    supports_alpha : whether an alpha channel can be stored
    supports_gray : whether gray images are stored with one channel; otherwise they are stored as RGB
    frames : "animation" or "pages" if a file can contain several images; otherwise None
    supports_profile : whether an ICC profile can be stored; otherwise colors are converted to sRGB
    color_space : kind of color space that can be stored without a profile: "any", "code points", or "none"
    metadata : subset of "exif", "xmp", "dpi", "text", "comments" and "photoshop" that can be stored
    max_exif_bytes : largest size of the EXIF block
    lossless : whether compression is lossless: "always", "never", or "chosen" if `OutputOptions` decides
    max_side_px : largest width and height in pixels
    min_size_ratio : smallest likely file size, as a fraction of the size of the uncompressed pixels
    """

    name: str
    extensions: tuple[str, ...]
    supports_16_bit: bool = False
    supports_alpha: bool = True
    supports_gray: bool = True
    frames: Frames | None = None
    supports_profile: bool = True
    color_space: Literal["any", "code points", "none"] = "none"
    metadata: frozenset[str] = _COMMON_METADATA
    lossless: Literal["always", "chosen", "never"] = "always"
    max_side_px: int = 2**31 - 1
    min_size_ratio: float = 0.1
    max_exif_bytes: int = 2**31 - 1

    @property
    def title(self) -> str:
        """Name of the format for display, such as "WebP"."""
        return {"WEBP": "WebP", "JXL": "JPEG XL"}.get(self.name, self.name)


_WRITABLE_FORMATS = (
    Format(
        "PNG",
        (".png", ".apng"),
        supports_16_bit=True,
        frames="animation",
        color_space="any",
        metadata=_COMMON_METADATA | {"text"},
        min_size_ratio=0.2,
    ),
    Format(
        "JPEG",
        (".jpg", ".jpeg"),
        supports_alpha=False,
        metadata=_COMMON_METADATA | {"comments", "photoshop"},
        lossless="never",
        max_side_px=65_535,
        min_size_ratio=0.05,
        max_exif_bytes=65_533,
    ),
    Format(
        "TIFF",
        (".tif", ".tiff"),
        supports_16_bit=True,
        frames="pages",
        metadata=_COMMON_METADATA | {"photoshop"},
        min_size_ratio=0.2,
    ),
    Format(
        "WEBP",
        (".webp",),
        supports_gray=False,
        frames="animation",
        lossless="chosen",
        max_side_px=16_383,
        min_size_ratio=0.02,
    ),
    Format(
        "AVIF",
        (".avif",),
        supports_gray=False,
        color_space="code points",
        lossless="never",
        max_side_px=65_535,
        min_size_ratio=0.01,
    ),
    Format("JXL", (".jxl",), supports_16_bit=True, supports_profile=False, lossless="chosen", min_size_ratio=0.02),
    Format(
        "BMP",
        (".bmp",),
        supports_alpha=False,
        supports_profile=False,
        metadata=frozenset(("dpi",)),
        min_size_ratio=0.33,
    ),
    Format(
        "GIF",
        (".gif",),
        frames="animation",
        supports_profile=False,
        metadata=frozenset(("comments",)),
        lossless="never",
        max_side_px=65_535,
    ),
)
_READ_ONLY = {
    "BMP": (".dib",),
    "JPEG": (".jpe", ".jfif"),
    "JPEG2000": (".jp2", ".j2k", ".jpx"),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm", ".pfm"),
    "TGA": (".tga",),
    "ICO": (".ico",),
    "PCX": (".pcx",),
    "SGI": (".sgi", ".rgb"),
    "HEIF": (".heic", ".heif"),
}
WRITABLE = {extension: kind for kind in _WRITABLE_FORMATS for extension in kind.extensions}
READABLE = {extension: kind.name for extension, kind in WRITABLE.items()} | {
    extension: name for name, extensions in _READ_ONLY.items() for extension in extensions
}
FORMATS_BY_NAME = {kind.extensions[0].removeprefix("."): kind for kind in _WRITABLE_FORMATS} | {
    "jpeg": _WRITABLE_FORMATS[1],
    "tiff": _WRITABLE_FORMATS[2],
}


@dataclass(frozen=True)
class OutputOptions:
    """Options for saving an image. By default, the result has the format and the bit depth of its source.

    Attributes
    ----------
    format : "png", "jpg", "tif", "webp", "avif", "jxl", "bmp" or "gif"; None selects the format of the file extension
    quality : quality from 1 to 100
        Used for JPEG (default 95), AVIF (default 90), WebP and JPEG XL. The last two are lossless unless a quality is
        set.
    bits : bits per sample, 8 or 16; None keeps the bit depth of the image
    lossless : True rejects formats that are always lossy, and False makes WebP and JPEG XL lossy
    strip : whether to save only the pixels, without EXIF, XMP, color profile, resolution and text
        An image with a color profile or a color space is converted to sRGB first, because a file without them is read
        as sRGB. HDR images cannot be converted, so they are refused.
    background : red, green and blue from 0 to 255, in the color space of the image
        An image with an alpha channel is composited over this color if the format cannot store the channel. With
        None, such an image is refused.
    keep_time : whether to copy the modification time from the source file to the result
    """

    format: str | None = None
    quality: int | None = None
    bits: int | None = None
    lossless: bool | None = None
    strip: bool = False
    background: tuple[int, int, int] | None = None
    keep_time: bool = False

    def __post_init__(self) -> None:
        check(
            self.format is None or self.format in FORMATS_BY_NAME,
            N_("Images can't be saved in the format “{format}”. Choose one of these formats: {known}."),
            format=self.format,
            known=", ".join(FORMATS_BY_NAME),
        )
        check(
            self.quality is None or 1 <= self.quality <= 100,
            N_("The quality is {quality}. Choose a value from 1 to 100."),
            quality=self.quality,
        )
        check(
            self.bits in (None, 8, 16),
            N_("The bit depth is {bits}. Choose 8 or 16 bits per channel."),
            bits=self.bits,
        )
        check(
            not self.lossless or self.quality is None,
            N_("Lossless compression has no quality setting. Choose either a quality or lossless compression."),
        )
        check(
            self.background is None or all(0 <= level <= 255 for level in self.background),
            N_("The background color {color} is invalid. Choose three values from 0 to 255."),
            color=self.background,
        )

    @property
    def extension(self) -> str:
        """File extension of the selected format, such as ".png", or "" if no format is selected."""
        return FORMATS_BY_NAME[self.format].extensions[0] if self.format else ""

    @property
    def is_lossless(self) -> bool:
        """Whether formats with both modes, such as WebP, are saved lossless."""
        return self.quality is None if self.lossless is None else self.lossless

    def extension_for(self, source: str) -> str:
        """Return the file extension for the result of a source file.

        If a format is selected, the extension belongs to this format. Otherwise, the result has the extension of the
        source, or ".png" if the source's format cannot be written.
        """
        if self.format is not None:
            suffix, kind = Path(source).suffix, FORMATS_BY_NAME[self.format]
            return suffix if suffix.lower() in kind.extensions else kind.extensions[0]
        suffix = Path(source).suffix
        return suffix if suffix.lower() in WRITABLE else ".png"


SAME_AS_SOURCE = OutputOptions()


def select_format(file_name: str, options: OutputOptions) -> Format:
    """Return the selected format, or the format of the file extension if none is selected.

    Raises
    ------
    ImageUnwritable
        If no format is selected and the file extension is unknown, or if the file extension belongs to a format other
        than the selected one.
    """
    requested = FORMATS_BY_NAME.get(options.format or "")
    by_name = WRITABLE.get(Path(file_name).suffix.lower())
    if requested is None and by_name is None:
        reason = N_("The file extension isn't supported. Use .png, .jpg, .tif, .webp, .avif, .jxl, .gif, or .bmp.")
        raise ImageUnwritable(name=file_name, reason=reason)
    if requested is not None and by_name is not None and requested is not by_name:
        reason = N_("The file extension doesn't match the selected format. Change one of them.")
        raise ImageUnwritable(name=file_name, reason=reason)
    return requested or by_name or _WRITABLE_FORMATS[0]


def default_file_name(source: str, size_text: str, options: OutputOptions = SAME_AS_SOURCE) -> str:
    """Return the default file name of a result, such as "photo_x3.png".

    Parameters
    ----------
    source : file name of the input
    size_text : description of the size, such as "x3"
    """
    return truncate_name(Path(source).stem, f"_{size_text}{options.extension_for(source)}")


def check_representable(
    file_name: str, file_format: Format, options: OutputOptions, *, is_16_bit: bool, alpha: bool, frames: Frames | None
) -> None:
    """Raise WouldLoseData if a format cannot store the bit depth, alpha channel or frames of an image.

    A lossy format also raises the error if `options` require lossless compression.

    Parameters
    ----------
    file_name : file name for the error message
    is_16_bit : whether samples have 16 bits
    alpha : whether the image has an alpha channel
    frames : "animation" or "pages" if the image has several frames; otherwise None
    """
    if options.lossless and file_format.lossless == "never":
        _refuse(
            file_name,
            file_format,
            N_("{format} doesn't support lossless compression."),
            lossless=False,
        )
    if is_16_bit and not file_format.supports_16_bit:
        _refuse(file_name, file_format, N_("{format} can't store 16 bits per channel."), bits=8)
    if alpha and not file_format.supports_alpha:
        _refuse(
            file_name,
            file_format,
            N_("{format} can't store transparency."),
            background=(255, 255, 255),
        )
    if frames == "animation" and file_format.frames != frames:
        _refuse(file_name, file_format, N_("{format} can't store animations."))
    if frames == "animation" and is_16_bit:
        _refuse(file_name, file_format, N_("Animations can't have 16 bits per channel."), bits=8)
    if frames == "pages" and file_format.frames != frames:
        _refuse(file_name, file_format, N_("{format} can't store multiple pages."))


def check_color_space(file_name: str, file_format: Format, space: ColorSpace | None) -> None:
    """Raise WouldLoseData if a format cannot store the color space of an image in any form.

    An image with a convertible color space passes the check, because it can be saved with a profile or as sRGB.
    """
    if space is None or space.is_convertible or stores_color_space(file_format, space):
        return
    if space.is_hdr:
        _refuse(file_name, file_format, N_("{format} can't store HDR colors (PQ or HLG)."))
    _refuse(file_name, file_format, N_("{format} can't store the color space of the image."))


def check_convertible_to_srgb(file_name: str, space: ColorSpace | None) -> None:
    """Raise WouldLoseData if an image in this color space cannot be converted to sRGB.

    Images are converted to sRGB before their metadata is removed.
    """
    if space is None or space.is_convertible:
        return
    reason = N_("The color space can't be converted to sRGB, so the metadata can't be removed.")
    error = WouldLoseData(name=file_name, reason=reason)
    error.fix = {"strip": False}
    raise error


def check_side(file_name: str, file_format: Format, longest_px: int) -> None:
    """Raise WouldLoseData if the longest side of an image exceeds the limit of a format."""
    if longest_px > file_format.max_side_px:
        reason = N_("{format} can't store an image of this size.")
        _refuse(file_name, file_format, reason)


def stores_color_space(file_format: Format, space: ColorSpace) -> bool:
    """Return whether a format can store a color space without an ICC profile."""
    if file_format.color_space == "code points":
        return space.code_points is not None and space.full_range
    return file_format.color_space == "any"


def check_metadata(file_name: str, file_format: Format, metadata: Mapping[str, object]) -> None:
    """Raise WouldLoseData if an image has EXIF, XMP or a resolution that the format cannot store.

    Other metadata is not checked. `metadata_transfer` moves it to related fields or reports it as not kept.

    Parameters
    ----------
    file_name : file name for the error message
    metadata : values for the keys "exif", "xmp" and "dpi"; None or an empty value if the image has none
    """
    reasons = {
        "exif": N_("{format} can't store EXIF metadata."),
        "xmp": N_("{format} can't store XMP metadata."),
        "dpi": N_("{format} can't store a resolution."),
    }
    for key, value in metadata.items():
        if value and key not in file_format.metadata:
            _refuse(file_name, file_format, reasons[key], strip=True)
    block = metadata.get("exif")
    if isinstance(block, bytes) and len(block) > file_format.max_exif_bytes:
        _refuse(file_name, file_format, N_("The EXIF metadata is too large for {format}."), strip=True)


def _refuse(file_name: str, file_format: Format, reason: Message, **fix: object) -> None:
    """Raise WouldLoseData. The placeholder `{format}` of the reason stands for the name of the format.

    Parameters
    ----------
    fix : fields of `OutputOptions` that avoid the refusal, and their values
    """
    error = WouldLoseData(name=file_name, reason=lazy_format(reason, format=file_format.title))
    error.fix = fix
    raise error
