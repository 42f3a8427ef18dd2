"""Layers, scale factor and derived properties of a model. This module does not import PyTorch."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import ClassVar, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from engine.errors import N_, check

SCALES = range(1, 9)  # native scale factors of models; 1 removes noise and compression artifacts only
Activation = Literal["", "relu", "prelu"]
Shapes = Mapping[str, tuple[int, ...]]  # names and shapes of the tensors of a weights file


@dataclass(frozen=True)
class Convolution:
    """Convolution with a bias, and the activation that follows it.

    Attributes
    ----------
    name : name of the layer in a state dict, such as "conv1" if the weights are named "conv1.weight"
    in_channels, out_channels : numbers of input and output channels
    size : side of the filter in px, an odd number
    activation : "relu", "prelu" (one slope per channel), or "" for none
    activation_name : name of the PReLU in a state dict, or "" if there is none
    upsampling : stride of a transposed convolution, or 1 for a normal convolution
    """

    name: str
    in_channels: int
    out_channels: int
    size: int
    activation: Activation = ""
    activation_name: str = ""
    upsampling: int = 1

    @property
    def halo_px(self) -> int:
        """Number of input pixels on each side of a pixel that affect its output."""
        return ceil(self.size // 2 / self.upsampling)

    @property
    def multiplications(self) -> int:
        """Number of multiplications per input pixel. It equals the number of filter weights."""
        return self.size**2 * self.in_channels * self.out_channels

    @property
    def parameter_count(self) -> int:
        """Number of filter weights, biases and PReLU slopes."""
        return self.multiplications + self.out_channels * (2 if self.activation == "prelu" else 1)


class Architecture(ABC):
    """Base class of the network architectures.

    Subclasses are frozen dataclasses with the sizes of the layers.

    To add an architecture, write a subclass in its own module, and add it to `engine.models.registry.ARCHITECTURES`.

    Attributes
    ----------
    key : name of the architecture in model files
    title : name of the architecture for display
    input : input of the network: "low-res" for the image before upscaling, or "bicubic" for the image after bicubic
        upscaling to the output size
    state_dict_key : key under which an exported .pth file stores the state dict, or "" if the file is the state dict
        itself
    skip_connection : "nearest" if the input, upscaled with nearest-neighbor interpolation, is added to the output of
        the last layer, or "" for none
    """

    key: ClassVar[str]
    title: ClassVar[str]
    input: ClassVar[Literal["bicubic", "low-res"]]
    skip_connection: ClassVar[Literal["", "nearest"]] = ""
    state_dict_key: ClassVar[str] = ""

    @property
    @abstractmethod
    def label(self) -> str:
        """Short name that contains the layer sizes, such as "9-1-5". `parse` is the inverse."""

    @property
    def channels(self) -> Literal[1, 3]:
        """Number of channels of the input and the output: 1 for Y (BT.601), 3 for RGB."""
        return 1

    @abstractmethod
    def layers(self, scale: int) -> tuple[Convolution, ...]:
        """Return the layers for a scale factor.

        If the last layer has more channels than the output, its channels are rearranged into pixels (pixel shuffle).
        """

    @classmethod
    @abstractmethod
    def parse(cls, label: str) -> Self | None:
        """Create an architecture from its label.

        Return None if the label belongs to a different architecture.
        """

    @classmethod
    @abstractmethod
    def detect(cls, shapes: Shapes) -> tuple[Self, int | None] | None:
        """Return the architecture and the scale factor of a state dict, from the shapes of its tensors.

        The scale factor is None if the shapes do not determine it. The result is None if the state dict belongs to a
        different architecture.
        """

    @classmethod
    def from_layers(cls, layers: Sequence[Convolution]) -> Self | None:
        """Create an architecture from layers without names. Return None if the layers cannot belong to it.

        Only the sizes that define the architecture are read. The caller must check that `layers` of the result match.
        The default implementation returns None.

        Raises
        ------
        InvalidSetting
            The sizes of the architecture are out of range.
        """
        return None

    def normalize(self, name: str) -> str:
        """Convert the name of a tensor in a state dict of another program to this program's name."""
        return name


@dataclass(frozen=True)
class ModelInfo:
    """Architecture and scale factor of a model, with the properties that follow from them.

    Raises
    ------
    InvalidSetting
        The scale factor is out of range.
    """

    architecture: Architecture
    scale: int

    def __post_init__(self) -> None:
        check(
            self.scale in SCALES,
            N_("The scale factor of the model is {scale}. Choose an integer from 1 to 8."),
            scale=self.scale,
        )

    @property
    def label(self) -> str:
        """Short name of the architecture with its layer sizes, such as "9-1-5"."""
        return self.architecture.label

    @property
    def layers(self) -> tuple[Convolution, ...]:
        return self.architecture.layers(self.scale)

    @property
    def channels(self) -> Literal[1, 3]:
        """Number of channels of the input and the output: 1 for Y (BT.601), 3 for RGB."""
        return self.architecture.channels

    @property
    def has_low_res_input(self) -> bool:
        """Whether the input of the network is the image before upscaling, and not the bicubic result."""
        return self.architecture.input == "low-res"

    @property
    def upsampling(self) -> int:
        """Upsampling factor of the network: the scale factor, or 1 if the input is the bicubic result."""
        return self.scale if self.has_low_res_input else 1

    @property
    def halo_px(self) -> int:
        """Width of the border of additional input pixels that the network needs around a tile, in px."""
        return sum(layer.halo_px for layer in self.layers)

    @property
    def parameter_count(self) -> int:
        """Number of parameters, including biases and PReLU slopes."""
        return sum(layer.parameter_count for layer in self.layers)

    @property
    def multiplications_per_pixel(self) -> int:
        """Number of multiplications per pixel of the result, rounded up."""
        return ceil(sum(layer.multiplications for layer in self.layers) / self.upsampling**2)


class Upscaler(Protocol):
    """Interface of a loaded model. The backends in `engine.inference` implement it."""

    @property
    def info(self) -> ModelInfo: ...

    def __call__(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        """Upscale a window of an image.

        Parameters
        ----------
        window : (C, H + 2 * halo, W + 2 * halo)
            Input pixels in [0, 1], with a halo of `info.halo_px` pixels on each side.

        Returns
        -------
        float32 array of shape (C, H * info.upsampling, W * info.upsampling), not clipped to [0, 1]
        """
