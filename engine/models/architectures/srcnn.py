"""SRCNN: three convolutions that refine the Y channel of a bicubic result."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from engine.errors import N_, check
from engine.models.info import Architecture, Convolution, Shapes

# Names of the three layers in state dicts: first the names that this program uses, then those of common reproductions.
_LAYER_NAMES = (("conv1", "conv2", "conv3"), ("features.0", "map.0", "reconstruction"), ("0", "2", "4"))


@dataclass(frozen=True)
class Srcnn(Architecture):
    """Architecture with three layers: patch extraction, non-linear mapping and reconstruction.

    The convolutions are not padded, so the input must include a halo. The halo consists of the neighboring pixels, or
    of replicated edge pixels at the border of the image.

    Attributes
    ----------
    f1, f2, f3 : filter sizes of the three layers in px, odd numbers
    n1, n2 : numbers of filters of the first two layers

    References
    ----------
    Dong et al. 2015, section 3.1, arXiv:1501.00092.
    """

    key: ClassVar[str] = "srcnn"
    title: ClassVar[str] = "SRCNN"
    input: ClassVar[Literal["bicubic", "low-res"]] = "bicubic"

    f1: int
    f2: int
    f3: int
    n1: int = 64
    n2: int = 32

    def __post_init__(self) -> None:
        sizes = (self.f1, self.f2, self.f3)
        check(
            all(1 <= size <= 31 and size % 2 == 1 for size in sizes),
            N_("The architecture {label} has an unsupported filter size. Use three odd numbers from 1 to 31."),
            label=self.label,
        )
        check(
            1 <= self.n1 <= 1024 and 1 <= self.n2 <= 1024,
            N_("The first two layers have {n1} and {n2} filters. Use 1 to 1024 filters in each layer."),
            n1=self.n1,
            n2=self.n2,
        )

    @property
    def label(self) -> str:
        return f"{self.f1}-{self.f2}-{self.f3}"

    def layers(self, scale: int) -> tuple[Convolution, ...]:
        """Return the three layers (equations 1 to 3 of the paper), which do not depend on the scale factor."""
        return (
            Convolution("conv1", 1, self.n1, self.f1, "relu"),
            Convolution("conv2", self.n1, self.n2, self.f2, "relu"),
            Convolution("conv3", self.n2, 1, self.f3),
        )

    @classmethod
    def parse(cls, label: str) -> "Srcnn | None":
        match = re.fullmatch(r"(\d{1,2})-(\d{1,2})-(\d{1,2})", label)
        return cls(*(int(size) for size in match.groups())) if match else None

    @classmethod
    def detect(cls, shapes: Shapes) -> "tuple[Srcnn, None] | None":
        for names in _LAYER_NAMES:
            weights = [shapes.get(f"{name}.weight", ()) for name in names]
            if not all(len(shape) == 4 and shape[2] == shape[3] for shape in weights):
                continue
            (n1, inputs, f1, _), (n2, _, f2, _), (outputs, _, f3, _) = weights
            if inputs == outputs == 1:
                return cls(f1, f2, f3, n1, n2), None
        return None

    @classmethod
    def from_layers(cls, layers: Sequence[Convolution]) -> "Srcnn | None":
        if len(layers) != 3:
            return None
        first, second, third = layers
        return cls(first.size, second.size, third.size, first.out_channels, second.out_channels)

    def normalize(self, name: str) -> str:
        layer, _, kind = name.rpartition(".")
        for names in _LAYER_NAMES:
            if layer in names:
                return f"conv{names.index(layer) + 1}.{kind}"
        return name
