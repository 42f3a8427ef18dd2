"""The request of an upscale job: frozen, and validated when it is created."""

from dataclasses import dataclass

from engine.errors import BadRequest, fill, mark, require
from engine.models import catalog
from engine.models.catalog import Model

PRECISIONS = ("auto", "float32", "bfloat16", "float16")
MOST_TIMES = 16
MOST_SIDE = 65_535  # px, what JPEG can hold
SMALLEST_TILE = 32  # px; below that a tile is nearly all margin


@dataclass(frozen=True)
class Target:
    """How large an enlargement is to become, if not by the model's own factor: exactly one of the three.

    Attributes
    ----------
    factor : from 1 to 16, not only whole ones
    width, height : px; the other side follows
    """

    factor: float | None = None
    width: int | None = None
    height: int | None = None

    def __post_init__(self) -> None:
        given = sum(value is not None for value in (self.factor, self.width, self.height))
        require(given == 1, mark("The size"), given, mark("given once: as a factor, a width or a height"))
        factor_ok = self.factor is None or 1 <= self.factor <= MOST_TIMES
        require(factor_ok, mark("The scale"), self.factor, mark("from 1 to 16"))
        for side in (self.width, self.height):
            require(side is None or 1 <= side <= MOST_SIDE, mark("The size"), side, mark("from 1 to 65535 px"))

    def times(self, height: int, width: int) -> float:
        """The factor for a picture of this size; raises BadRequest if it would have to shrink, or grow too much."""
        if self.factor is not None:
            return self.factor
        times = self.width / width if self.width is not None else (self.height or 0) / height
        allowed = fill(mark("from 1 to 16 times that of the picture, {size} px"), size=f"{width} × {height}")
        require(1 <= times <= MOST_TIMES, mark("The size"), f"{self.width or self.height} px", allowed)
        return times

    def fits(self, height: int, width: int) -> bool:
        """Whether a picture of this size can be brought to it."""
        try:
            self.times(height, width)
        except BadRequest:
            return False
        return True

    def size(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) of the enlargement of a picture of this size, at least 1 x 1."""
        times = self.times(height, width)
        return self.height or max(1, round(height * times)), self.width or max(1, round(width * times))


@dataclass(frozen=True)
class UpscaleRequest:
    """Enlarge one picture.

    Attributes
    ----------
    model : the model; its scale is the factor, unless there is a target
    device : "auto", "cpu", "cuda" or "mps"
    reference : the picture is the ground truth: reduce it first, then enlarge and score
    compare : fill the bicubic pane too (always, if there is a ground truth)
    tile : side of a tile in px, or None for the table's
    ensemble : average over the eight flips and quarter turns: better, and eight times slower
    precision : "auto", "float32", "bfloat16" or "float16"; "auto" is float32 where there is a ground truth
    target : another size: the model's own scale, then bicubic to the size. A picture that is its own ground truth can
        only be given a factor
    exact : with a target, whether it must be this very model or may be another one of its architecture, for the next
        scale up; by default a model of your own is used itself, see `models.family`
    """

    model: Model
    device: str = "auto"
    reference: bool = False
    compare: bool = True
    tile: int | None = None
    ensemble: bool = False
    precision: str = "auto"
    target: Target | None = None
    exact: bool | None = None

    def __post_init__(self) -> None:
        by_factor = self.target is None or self.target.factor is not None
        require(by_factor or not self.reference, mark("The size"), mark("in pixels"), mark("a factor here"))
        require(self.precision in PRECISIONS, mark("The precision"), self.precision, ", ".join(PRECISIONS))
        tile_ok = self.tile is None or 1 <= self.tile <= 8192
        require(tile_ok, mark("The tile size"), self.tile, mark("from 1 to 8192 px"))

    def times(self, height: int, width: int) -> float:
        """How many times larger a picture of this size becomes."""
        return self.target.times(height, width) if self.target else float(self.model.spec.scale)

    def model_for(self, height: int, width: int) -> Model:
        """The model that upscales a picture of this size."""
        return catalog.fitting(self.model, self.times(height, width), exact=self.exact) if self.target else self.model
