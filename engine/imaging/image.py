"""The decoded image type."""

from dataclasses import dataclass, replace

from engine.imaging.color import Pixels


@dataclass(frozen=True)
class Image:
    """A decoded image with its metadata.

    Attributes
    ----------
    pixels : (H, W, 1) or (H, W, 3) uint8 or uint16
        Gray or RGB, upright.
    alpha : (H, W) of the same dtype, not premultiplied, or None if the image is opaque
    icc, exif, xmp : the bytes stored in the file, or None; the orientation in `exif` and `xmp` is reset to upright
    dpi : (horizontal, vertical) dots per inch, or None
    text : the text chunks of a PNG, as (keyword, text)
    frames : further frames of an animation or further pages, each an Image
    duration_ms : how long a frame of an animation is shown; None for a still image or a page
    num_plays : how often an animation plays, 0 for endlessly; None for a still image or a page
    """

    pixels: Pixels
    alpha: Pixels | None = None
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    text: tuple[tuple[str, str], ...] = ()
    frames: tuple["Image", ...] = ()
    duration_ms: float | None = None
    num_plays: int | None = None

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
        """Bits per sample: 8 or 16."""
        return self.pixels.dtype.itemsize * 8

    @property
    def is_animation(self) -> bool:
        """Whether `frames` are frames of an animation and not pages."""
        return bool(self.frames) and self.duration_ms is not None

    @property
    def bytes_per_px(self) -> int:
        """Bytes per pixel, including the alpha channel, without the frames."""
        return int((self.pixels.shape[2] + (self.alpha is not None)) * self.pixels.dtype.itemsize)

    def with_pixels(self, pixels: Pixels, alpha: Pixels | None = None) -> "Image":
        """Return a copy with other pixels and alpha, and the same metadata."""
        return replace(self, pixels=pixels, alpha=alpha)
