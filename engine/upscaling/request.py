"""Settings of an upscaling job. They are checked when a request is created."""

from dataclasses import dataclass, replace
from math import floor, inf, sqrt

from engine.errors import N_, InvalidSetting, check
from engine.imaging.degradation import Degradation
from engine.imaging.image import Image
from engine.models import catalog
from engine.models.catalog import Model

PRECISIONS = ("auto", "float32", "bfloat16", "float16")
MAX_SCALE_FACTOR = 16
MAX_SIDE_PX = 65_535  # the limit of JPEG
MAX_DPI = 4800  # the finest resolution of printers
MIN_MEGAPIXELS, MAX_MEGAPIXELS = 0.01, 4000  # limits of `Target.max_megapixels`
MIN_TILE_PX = 32  # a smaller tile is mostly halo


@dataclass(frozen=True)
class Target:
    """Target size of a result. Exactly one field of `factor`, `width`, `height` and `longest` is set.

    Attributes
    ----------
    factor : the scale factor, from 1 to 16. It may be fractional
    width, height : width or height of the result in px. The other side follows from the aspect ratio
    longest : longest side of the result in px. The other side follows from the aspect ratio
    dpi : resolution for printing in px per inch, which is stored in the result, or None to keep that of the image
    max_megapixels : largest number of megapixels of the result. If the result would exceed it, the scale factor is
        reduced. None for no limit
    """

    factor: float | None = None
    width: int | None = None
    height: int | None = None
    longest: int | None = None
    dpi: int | None = None
    max_megapixels: float | None = None

    def __post_init__(self) -> None:
        given = sum(value is not None for value in (self.factor, self.width, self.height, self.longest))
        check(given == 1, N_("Use only one of scale factor, width, height, or longest side."))
        check(
            self.factor is None or 1 <= self.factor <= MAX_SCALE_FACTOR,
            N_("The scale factor is {value}. Choose a value from 1 to 16."),
            value=self.factor,
        )
        check(
            self.width is None or 1 <= self.width <= MAX_SIDE_PX,
            N_("The width is {value} px. Choose a value from 1 to 65535 px."),
            value=self.width,
        )
        check(
            self.height is None or 1 <= self.height <= MAX_SIDE_PX,
            N_("The height is {value} px. Choose a value from 1 to 65535 px."),
            value=self.height,
        )
        check(
            self.longest is None or 1 <= self.longest <= MAX_SIDE_PX,
            N_("The longest side is {value} px. Choose a value from 1 to 65535 px."),
            value=self.longest,
        )
        check(
            self.dpi is None or 1 <= self.dpi <= MAX_DPI,
            N_("The resolution is {value} dpi. Choose a value from 1 to 4800 dpi."),
            value=self.dpi,
        )
        check(
            self.max_megapixels is None or MIN_MEGAPIXELS <= self.max_megapixels <= MAX_MEGAPIXELS,
            N_("The limit is {value} megapixels. Choose a value from 0.01 to 4000 megapixels."),
            value=self.max_megapixels,
        )

    @property
    def is_fixed_factor(self) -> bool:
        """Whether the scale factor is the same for images of all sizes."""
        return self.factor is not None and self.max_megapixels is None

    def scale_factor(self, height: int, width: int) -> float:
        """Return the scale factor for an image of this size.

        Raises
        ------
        InvalidSetting
            The scale factor is not between 1 and 16.
        """
        limit = self._max_factor(height, width)
        check(
            limit >= 1,
            N_(
                "The image has {width} × {height} pixels, which exceeds the limit of {limit} megapixels for results. "
                "Choose a larger limit."
            ),
            width=width,
            height=height,
            limit=self.max_megapixels,
        )
        if self.factor is not None:
            return min(self.factor, limit)
        scale_factor = min(self._factor_for_px(height, width), limit)
        check(
            1 <= scale_factor <= MAX_SCALE_FACTOR,
            N_(
                "The image has {width} × {height} pixels, so a side of {value} px requires a scale factor of "
                "{factor}. Choose a size that requires a scale factor from 1 to 16."
            ),
            width=width,
            height=height,
            value=self.width or self.height or self.longest,
            factor=f"{scale_factor:.3g}",
        )
        return scale_factor

    def _factor_for_px(self, height: int, width: int) -> float:
        """Return the requested side divided by the same side of an image."""
        if self.longest is not None:
            return self.longest / max(height, width)
        return self.width / width if self.width is not None else (self.height or 0) / height

    def _max_factor(self, height: int, width: int) -> float:
        """Return the scale factor at which the result has `max_megapixels`, or infinity without a limit."""
        return inf if self.max_megapixels is None else sqrt(self.max_megapixels * 1e6 / (height * width))

    def is_reached(self, height: int, width: int) -> bool:
        """Return whether an image already has at least the requested side or number of megapixels."""
        if self._max_factor(height, width) <= 1:
            return True
        return self.factor is None and self._factor_for_px(height, width) <= 1

    def fits(self, height: int, width: int) -> bool:
        """Return whether the target requires a scale factor from 1 to 16 for an image of this size."""
        try:
            self.scale_factor(height, width)
        except InvalidSetting:
            return False
        return True

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Return the (height, width) in px of the result for an image of this size. Both are at least 1."""
        scale_factor = self.scale_factor(height, width)
        if scale_factor == self._max_factor(height, width):  # rounding up would exceed the limit
            return max(height, floor(height * scale_factor)), max(width, floor(width * scale_factor))
        given_height = self.longest if self.longest and height >= width else self.height
        given_width = self.longest if self.longest and width >= height else self.width
        return given_height or max(1, round(height * scale_factor)), given_width or max(1, round(width * scale_factor))


@dataclass(frozen=True)
class UpscaleRequest:
    """Settings for upscaling one image.

    Attributes
    ----------
    model : the model. Without a target, its scale factor is used
    device : "cpu", "cuda", "mps", "vulkan" or "vulkan:0", or "auto" for the fastest available device
    simulate : use the image as ground truth: downscale it, upscale it again, and score the result
    degradation : degradation of the downscaled image in a simulation, such as JPEG compression
    compare : also upscale the image with bicubic interpolation. With a ground truth, this is always the case
    tile : side of a tile in px, or None for the default of the device
    self_ensemble : average the results of all eight flips and rotations. This takes eight times as long
    precision : "auto", "float32", "bfloat16" or "float16". With a ground truth, "auto" is float32
    target : a target size. The result of the model is resized to it with bicubic interpolation. In a simulation, only
        a scale factor is allowed
    exact : with a target, whether to use exactly this model. False allows a model of the same architecture for the
        next larger scale factor. None allows this only for built-in models, see `catalog.scale_variants`
    automatic : use a photo model instead of `model` if the image is a JPEG of lower quality, see `automatic_choice`.
        Ignored in a simulation
    strength : percentage of the cleanup by photo models, from 0 to 100. See `cleanup_strength`
    sharpness : percentage of the unsharp mask on the Y channel of the model's result, from 0 to 100. See `sharpening`
    seamless : continue the image beyond each edge with its opposite edge, for textures that are repeated
    """

    model: Model
    device: str = "auto"
    simulate: bool = False
    compare: bool = True
    tile: int | None = None
    self_ensemble: bool = False
    precision: str = "auto"
    target: Target | None = None
    exact: bool | None = None
    degradation: Degradation = Degradation()  # frozen, so that it can be shared
    automatic: bool = False
    strength: int = 100
    sharpness: int = 0
    seamless: bool = False

    def __post_init__(self) -> None:
        by_factor = self.target is None or self.target.factor is not None
        check(
            by_factor or not self.simulate,
            N_("A simulation needs a scale factor. Choose a scale factor instead of a width or height."),
        )
        check(
            self.simulate or not self.degradation,
            N_("A degradation can be used only in a simulation. Turn on the simulation or remove the degradation."),
        )
        check(
            self.precision in PRECISIONS,
            N_("“{value}” isn't a supported precision. Choose one of these: {known}."),
            value=self.precision,
            known=", ".join(PRECISIONS),
        )
        check(
            self.tile is None or 1 <= self.tile <= 8192,
            N_("The tile size is {value} px. Choose a value from 1 to 8192 px."),
            value=self.tile,
        )
        check(
            0 <= self.strength <= 100,
            N_("The strength is {value}%. Choose a value from 0 to 100%."),
            value=self.strength,
        )
        check(
            0 <= self.sharpness <= 100,
            N_("The sharpness is {value}%. Choose a value from 0 to 100%."),
            value=self.sharpness,
        )

    def scale_factor(self, height: int, width: int) -> float:
        """Return the scale factor for an image of this size.

        Without a target, it is the scale factor of the model.
        """
        return self.target.scale_factor(height, width) if self.target else float(self.model.info.scale)

    def with_print_resolution(self, image: Image) -> Image:
        """Return an image with the print resolution of the target in all frames or pages.

        If the target has no resolution, return the image unchanged.
        """
        if self.target is None or self.target.dpi is None:
            return image
        dpi = (float(self.target.dpi), float(self.target.dpi))
        return replace(image, dpi=dpi, frames=tuple(replace(frame, dpi=dpi) for frame in image.frames))

    def model_for(self, height: int, width: int) -> Model:
        """Return the model for an image of this size. It can differ from `model` only if there is a target."""
        return (
            catalog.select_for_scale(self.model, self.scale_factor(height, width), exact=self.exact)
            if self.target
            else self.model
        )
