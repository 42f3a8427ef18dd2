"""What a picture is once it is out of its file."""

from dataclasses import dataclass, replace

from engine.imaging.color import Pixels


@dataclass(frozen=True)
class Picture:
    """Decoded pixels and what came with them.

    Attributes
    ----------
    pixels : (H, W, 1) or (H, W, 3) uint8 or uint16
        Gray or RGB, upright.
    alpha : (H, W) of the same dtype, not premultiplied, or None if all is opaque
    icc, exif, xmp : the file's own bytes, or None; orientation is already reset in `exif` and `xmp`
    dpi : (horizontal, vertical) dots per inch, or None
    text : the texts of a PNG, as (keyword, text)
    frames : further frames of an animation or further pages, each a Picture
    duration_ms : how long a frame of an animation is shown; None for a still picture or a page
    plays : how often an animation plays, 0 for ever; None for a still picture or a page
    """

    pixels: Pixels
    alpha: Pixels | None = None
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    text: tuple[tuple[str, str], ...] = ()
    frames: tuple["Picture", ...] = ()
    duration_ms: float | None = None
    plays: int | None = None

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
        """Whether the frames are shown one after the other; pages are not."""
        return bool(self.frames) and self.duration_ms is not None

    @property
    def bytes_per_px(self) -> int:
        """Bytes that a pixel takes, with its transparency, without the frames."""
        return int((self.pixels.shape[2] + (self.alpha is not None)) * self.pixels.dtype.itemsize)

    def with_pixels(self, pixels: Pixels, alpha: Pixels | None = None) -> "Picture":
        """The same picture with other pixels and their transparency, its metadata kept."""
        return replace(self, pixels=pixels, alpha=alpha)
