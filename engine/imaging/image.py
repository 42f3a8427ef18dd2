"""Data type of a decoded image."""

from dataclasses import dataclass, replace

from engine.errors import LazyMessage, Message
from engine.imaging.color import Pixels
from engine.imaging.color_space import ColorSpace


@dataclass(frozen=True)
class Image:
    """Decoded image with its alpha channel, frames and metadata.

    Attributes
    ----------
    pixels : (H, W, 1) or (H, W, 3) uint8 or uint16
        Gray or RGB, upright.
    alpha : (H, W) of the same dtype, or None if the image is opaque
        The colors are not premultiplied.
    icc, exif, xmp : bytes of the ICC profile, EXIF block and XMP packet, or None
        The orientation in `exif` and `xmp` is set to upright.
    color_space : color space that the file declares without a profile; None for sRGB or if `icc` describes it
        If there is also a profile, the color space takes precedence.
    dpi : (horizontal, vertical) dots per inch, or None if unknown
    text : (keyword, text) of each PNG text chunk
    comments : comments of a JPEG or GIF file
    photoshop : Photoshop image resources, which contain the IPTC record, or None
    frames : frames of an animation or pages of a document after the first one
    duration_ms : duration of this frame of an animation in milliseconds; None for a still image or a page
    num_plays : number of times an animation plays, where 0 means that it loops forever; None for a still image or
        a page
    is_cmyk : whether the file contains CMYK colors, which were converted to sRGB
    jpeg_quality : estimated quality setting of a JPEG file, from 1 to 100; None for other files
    warnings : messages about parts of the file that are missing or could not be used, such as extra channels
    not_kept : messages about parts of the file that this object does not contain, such as a gain map
    """

    pixels: Pixels
    alpha: Pixels | None = None
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    color_space: ColorSpace | None = None
    dpi: tuple[float, float] | None = None
    text: tuple[tuple[str, str], ...] = ()
    comments: tuple[str, ...] = ()
    photoshop: bytes | None = None
    frames: tuple["Image", ...] = ()
    duration_ms: float | None = None
    num_plays: int | None = None
    is_cmyk: bool = False
    jpeg_quality: int | None = None
    warnings: tuple[Message, ...] = ()
    not_kept: tuple[Message | LazyMessage, ...] = ()

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def is_gray(self) -> bool:
        return int(self.pixels.shape[2]) == 1

    @property
    def bits(self) -> int:
        """Number of bits per sample, 8 or 16."""
        return self.pixels.dtype.itemsize * 8

    @property
    def is_animation(self) -> bool:
        """Whether the image is an animation rather than a single image or a multi-page document."""
        return bool(self.frames) and self.duration_ms is not None

    @property
    def bytes_per_px(self) -> int:
        """Bytes per pixel of this frame, including the alpha channel."""
        return int((self.pixels.shape[2] + (self.alpha is not None)) * self.pixels.dtype.itemsize)

    def with_pixels(self, pixels: Pixels, alpha: Pixels | None = None) -> "Image":
        """Return a copy with the pixels and the alpha channel replaced. Metadata and frames are kept."""
        return replace(self, pixels=pixels, alpha=alpha)
