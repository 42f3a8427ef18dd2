"""What a program needs to know about a model in order to run it. This module does not import PyTorch."""

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
    """One convolution with bias, and the activation after it.

    Attributes
    ----------
    name : name of its weight and bias in a state dict, without ".weight"
    inputs, outputs : number of channels
    size : side of the filter in px, an odd number
    activation : "relu", "prelu" with one slope for each channel, or "" for none
    activation_name : name of the slopes in a state dict, without ".weight"
    upsampling : 1, or the stride of a transposed convolution, whose filter is centered on the input pixel
    """

    name: str
    inputs: int
    outputs: int
    size: int
    activation: Activation = ""
    activation_name: str = ""
    upsampling: int = 1

    @property
    def reach_px(self) -> int:
        """Number of input pixels that an output pixel needs on each side."""
        return ceil(self.size // 2 / self.upsampling)

    @property
    def multiplications(self) -> int:
        """Number of multiplications for each input pixel, which is also the number of weights without the biases."""
        return self.size**2 * self.inputs * self.outputs

    @property
    def parameter_count(self) -> int:
        """Number of weights, biases and slopes."""
        return self.multiplications + self.outputs * (2 if self.activation == "prelu" else 1)


class Architecture(ABC):
    """Configuration of a network: a frozen dataclass with the sizes of its layers.

    To add an architecture, write a subclass in a file of its own, and list it in `engine.models.registry`.

    Attributes
    ----------
    key : name of the architecture in model files
    title : name of the architecture for display
    input : "bicubic" if the input is the bicubic result at the size of the output, "low-res" if it is the image before
        upscaling
    wrapper : key of the state dict in a .pth file, or "" if the file is the state dict itself
    base : what the network adds its last layer to: "" for nothing, or "nearest" for the input, upscaled with
        nearest-neighbor interpolation
    """

    key: ClassVar[str]
    title: ClassVar[str]
    input: ClassVar[Literal["bicubic", "low-res"]]
    base: ClassVar[Literal["", "nearest"]] = ""
    wrapper: ClassVar[str] = ""

    @property
    @abstractmethod
    def label(self) -> str:
        """Short name of the configuration, such as "9-1-5". `parse` reads it."""

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
        """Return the configuration for a label, or None if it is the label of another architecture."""

    @classmethod
    @abstractmethod
    def detect(cls, shapes: Shapes) -> tuple[Self, int | None] | None:
        """Return the configuration and the scale factor of a state dict, or None if it is of another architecture.

        If the shapes do not determine the scale factor, it is None.
        """

    @classmethod
    def from_layers(cls, layers: Sequence[Convolution]) -> Self | None:
        """Return the configuration that may have these layers, whose names are unknown.

        The caller compares the layers of the result with `layers`. If the architecture can't be read from file formats
        without names of layers, the result is None.

        Raises
        ------
        InvalidSetting
            The sizes of the architecture are out of range.
        """
        return None

    def normalize(self, name: str) -> str:
        """Return the name of a tensor in this program for its name in a state dict of the same architecture."""
        return name


@dataclass(frozen=True)
class ModelInfo:
    """An architecture and the scale factor of a model, with everything that follows from them.

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
        """Short name of the configuration, such as "9-1-5"."""
        return self.architecture.label

    @property
    def layers(self) -> tuple[Convolution, ...]:
        return self.architecture.layers(self.scale)

    @property
    def channels(self) -> Literal[1, 3]:
        """Number of channels of the input and the output: 1 for Y (BT.601), 3 for RGB."""
        return self.architecture.channels

    @property
    def is_low_res(self) -> bool:
        """Whether the input is the image before upscaling. Otherwise, it is the bicubic result."""
        return self.architecture.input == "low-res"

    @property
    def step(self) -> int:
        """Ratio of the output size to the input size along each axis: `scale` if `is_low_res`, otherwise 1."""
        return self.scale if self.is_low_res else 1

    @property
    def halo_px(self) -> int:
        """Width in px of the border of input pixels that the model needs around a tile."""
        return sum(layer.reach_px for layer in self.layers)

    @property
    def parameter_count(self) -> int:
        """Number of parameters, including biases and the slopes of activations."""
        return sum(layer.parameter_count for layer in self.layers)

    @property
    def multiplications_per_pixel(self) -> int:
        """Number of multiplications for each pixel of the result, rounded up."""
        return ceil(sum(layer.multiplications for layer in self.layers) / self.step**2)


class Upscaler(Protocol):
    """A model that is ready to run: `engine.inference` provides implementations."""

    @property
    def info(self) -> ModelInfo: ...

    def __call__(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        """Upscale a window of an image.

        Parameters
        ----------
        window : (C, H + 2 * halo, W + 2 * halo)
            Input of the model with a halo, in [0, 1].

        Returns
        -------
        float32 array of shape (C, H * step, W * step), not clipped to [0, 1]
        """
