"""FSRCNN: a faster successor of SRCNN that works on the image before upscaling."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from engine.errors import N_, check
from engine.models.info import Architecture, Convolution, Shapes


@dataclass(frozen=True)
class Fsrcnn(Architecture):
    """Architecture with fast layers at the low resolution, and a transposed convolution at the end.

    The layers are feature extraction (5x5), shrinking (1x1), `m` mapping layers (3x3), expanding (1x1), and the
    transposed convolution (9x9). All except the last are followed by a PReLU.

    Attributes
    ----------
    d : number of channels after feature extraction and expanding
    s : number of channels of the mapping layers
    m : number of mapping layers

    References
    ----------
    Dong, Loy, Tang 2016, section 3.2, arXiv:1608.00367.
    """

    key: ClassVar[str] = "fsrcnn"
    title: ClassVar[str] = "FSRCNN"
    input: ClassVar[Literal["bicubic", "low-res"]] = "low-res"

    d: int = 56
    s: int = 12
    m: int = 4

    def __post_init__(self) -> None:
        check(
            1 <= self.d <= 1024 and 1 <= self.s <= 1024 and 0 <= self.m <= 64,
            N_(
                "The architecture {label} is too large or too small. Choose d and s from 1 to 1024, and m from 0 "
                "to 64."
            ),
            label=self.label,
        )

    @property
    def label(self) -> str:
        return f"fsrcnn-{self.d}-{self.s}-{self.m}"

    def layers(self, scale: int) -> tuple[Convolution, ...]:
        """Return the layers for a scale factor. Only the last layer depends on it."""
        sizes = [(self.d, self.s, 1), *[(self.s, self.s, 3)] * self.m, (self.s, self.d, 1)]
        middle = [
            Convolution(f"mid_part.{2 * index}", inputs, outputs, size, "prelu", f"mid_part.{2 * index + 1}")
            for index, (inputs, outputs, size) in enumerate(sizes)
        ]
        return (
            Convolution("first_part.0", 1, self.d, 5, "prelu", "first_part.1"),
            *middle,
            Convolution("last_part", self.d, 1, 9, upsampling=scale),
        )

    @classmethod
    def parse(cls, label: str) -> "Fsrcnn | None":
        if label == cls.key:
            return cls()
        match = re.fullmatch(r"fsrcnn-(\d{1,4})-(\d{1,4})-(\d{1,2})", label)
        return cls(*(int(size) for size in match.groups())) if match else None

    @classmethod
    def detect(cls, shapes: Shapes) -> "tuple[Fsrcnn, int | None] | None":
        """Return the architecture and the scale factor of a state dict, or of a common reproduction.

        The scale factor is 1 if the last layer is a normal convolution. Otherwise, the shapes do not determine it, and
        it is None.
        """
        first, shrink = shapes.get("first_part.0.weight", ()), shapes.get("mid_part.0.weight", ())
        if len(first) != 4 or len(shrink) != 4:
            return None
        last, d = shapes.get("last_part.weight"), first[0]
        if last not in ((d, 1, 9, 9), (1, d, 9, 9)):
            return None
        mapping = sum(len(shape) == 4 for name, shape in shapes.items() if name.startswith("mid_part.")) - 2
        return cls(d, shrink[0], mapping), None if last == (d, 1, 9, 9) else 1

    @classmethod
    def from_layers(cls, layers: Sequence[Convolution]) -> "Fsrcnn | None":
        return cls(layers[0].out_channels, layers[1].out_channels, len(layers) - 4) if len(layers) >= 4 else None
