"""Compact: a stack of 3x3 convolutions on the image before upscaling, followed by a pixel shuffle.

This is SRVGGNetCompact of Real-ESRGAN. Weights can be exchanged with other programs that support it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from typing import ClassVar, Literal

from engine.errors import N_, check
from engine.models.info import Architecture, Convolution, Shapes

SIZES = {"compact-s": "compact-24-7-y", "compact-m": "compact-48-11-y"}  # labels of the built-in architectures


@dataclass(frozen=True)
class Compact(Architecture):
    """Architecture with `convs` + 2 convolutions, a pixel shuffle and a skip connection.

    Each convolution except the last is followed by a PReLU. The pixel shuffle rearranges the channels of the last one
    into pixels. Then the input, upscaled with nearest-neighbor interpolation, is added.

    Attributes
    ----------
    features : number of channels of the hidden layers
    convs : number of convolutions between the first and the last
    channels : number of channels of the input and the output: 1 for Y (BT.601), 3 for RGB

    References
    ----------
    Wang et al. 2021, Real-ESRGAN, arXiv:2107.10833; SRVGGNetCompact in its source code.
    """

    key: ClassVar[str] = "compact"
    title: ClassVar[str] = "Compact"
    input: ClassVar[Literal["bicubic", "low-res"]] = "low-res"
    skip_connection: ClassVar[Literal["", "nearest"]] = "nearest"
    state_dict_key: ClassVar[str] = "params"

    features: int = 64
    convs: int = 16
    channels: Literal[1, 3] = 3

    def __post_init__(self) -> None:
        check(
            1 <= self.features <= 1024 and 0 <= self.convs <= 128 and self.channels in (1, 3),
            N_(
                "The architecture {label} is too large or too small. Use 1 to 1024 filters and 0 to 128 middle layers."
            ),
            label=self.label,
        )

    @property
    def label(self) -> str:
        return f"compact-{self.features}-{self.convs}" + ("-y" if self.channels == 1 else "")

    def layers(self, scale: int) -> tuple[Convolution, ...]:
        """Return the layers for a scale factor. They have the same names as in Real-ESRGAN."""
        inputs = [self.channels, *[self.features] * self.convs]
        body = [
            Convolution(f"body.{2 * index}", count, self.features, 3, "prelu", f"body.{2 * index + 1}")
            for index, count in enumerate(inputs)
        ]
        last = Convolution(f"body.{2 * len(inputs)}", self.features, self.channels * scale**2, 3)
        return (*body, last)

    @classmethod
    def parse(cls, label: str) -> "Compact | None":
        match = re.fullmatch(r"compact-(\d{1,4})-(\d{1,3})(-y)?", SIZES.get(label, label))
        return cls(int(match[1]), int(match[2]), 1 if match[3] else 3) if match else None

    @classmethod
    def detect(cls, shapes: Shapes) -> "tuple[Compact, int] | None":
        first = shapes.get("body.0.weight", ())
        last_index = max(
            (int(name.split(".")[1]) for name in shapes if re.fullmatch(r"body\.\d+\.weight", name)), default=0
        )
        last = shapes.get(f"body.{last_index}.weight", ())
        if len(first) != 4 or len(last) != 4 or first[1] not in (1, 3) or first[2:] != (3, 3) or last_index % 2:
            return None
        channels: Literal[1, 3] = 1 if first[1] == 1 else 3
        scale = isqrt(last[0] // channels)
        if last[0] != channels * scale**2:
            return None
        return cls(first[0], last_index // 2 - 1, channels), scale

    @classmethod
    def from_layers(cls, layers: Sequence[Convolution]) -> "Compact | None":
        if len(layers) < 2 or layers[0].in_channels not in (1, 3):
            return None
        return cls(layers[0].out_channels, len(layers) - 2, 1 if layers[0].in_channels == 1 else 3)
