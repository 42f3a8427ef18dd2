"""Degradations: what happens to an image before somebody wants to upscale it.

A `Degradation` is an ordered list of operations that turns a ground truth into the input of a model: blur,
downscaling, noise and JPEG compression. Its parameters are ranges. Each use draws values from them, so that a seed
determines the result. It can be stored as JSON in a recipe, a model card or a request.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any, ClassVar, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from engine.errors import N_, InvalidSetting, check
from engine.imaging import color
from engine.imaging.color import Pixels
from engine.imaging.resample import imresize

Samples = NDArray[np.float32]  # (H, W, C) in [0, 1], where C is 1 or 3
Range = tuple[float, float]


class Operation(Protocol):
    """One step of a degradation."""

    key: ClassVar[str]

    def apply(self, samples: Samples, generator: np.random.Generator) -> Samples:
        """Return degraded samples in [0, 1] with the same shape."""


@dataclass(frozen=True)
class Blur:
    """Gaussian blur of the ground truth, before downscaling.

    Attributes
    ----------
    sigma : range of the standard deviation in px of the ground truth
    """

    key: ClassVar[str] = "blur"

    sigma: Range

    def __post_init__(self) -> None:
        _check_range(self.key, self.sigma, 0, 16)

    def apply(self, samples: Samples, generator: np.random.Generator) -> Samples:
        sigma = generator.uniform(*self.sigma)
        if sigma < 0.05:  # narrower than a pixel
            return samples
        blurred = cv2.GaussianBlur(samples, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
        return np.asarray(blurred, np.float32).reshape(samples.shape)


@dataclass(frozen=True)
class GaussianNoise:
    """Noise with the same strength everywhere, independent in each channel.

    Attributes
    ----------
    sigma : range of the standard deviation, in levels of 255
    share : share of the images that get noise
    """

    key: ClassVar[str] = "noise"

    sigma: Range
    share: float = 1.0

    def __post_init__(self) -> None:
        _check_range(self.key, self.sigma, 0, 128)
        _check_range(self.key, (self.share, self.share), 0, 1)

    def apply(self, samples: Samples, generator: np.random.Generator) -> Samples:
        sigma = generator.uniform(*self.sigma) / 255 if generator.random() < self.share else 0.0
        noise = generator.standard_normal(samples.shape, np.float32) * np.float32(sigma)
        return np.clip(samples + noise, 0, 1)


@dataclass(frozen=True)
class PoissonNoise:
    """Photon noise, which grows with the square root of the brightness.

    Attributes
    ----------
    sigma : range of the standard deviation at white, in levels of 255
    share : share of the images that get noise
    """

    key: ClassVar[str] = "poisson"

    sigma: Range
    share: float = 1.0

    def __post_init__(self) -> None:
        _check_range(self.key, self.sigma, 0, 128)
        _check_range(self.key, (self.share, self.share), 0, 1)

    def apply(self, samples: Samples, generator: np.random.Generator) -> Samples:
        sigma = generator.uniform(*self.sigma) / 255 if generator.random() < self.share else 0.0
        if sigma < 1e-4:
            return samples
        photons = 1 / sigma**2  # at white; the mean of a Poisson distribution is its variance
        return np.clip(generator.poisson(samples * photons) / photons, 0, 1).astype(np.float32)


@dataclass(frozen=True)
class Jpeg:
    """JPEG compression.

    Attributes
    ----------
    quality : range of the quality setting of libjpeg, from 1 to 100. The bounds are included
    full_chroma_share : share of the images whose chroma keeps its resolution (4:4:4). The others have 4:2:0
    """

    key: ClassVar[str] = "jpeg"

    quality: Range
    full_chroma_share: float = 0.0

    def __post_init__(self) -> None:
        _check_range(self.key, self.quality, 1, 100)
        _check_range(self.key, (self.full_chroma_share, self.full_chroma_share), 0, 1)

    def apply(self, samples: Samples, generator: np.random.Generator) -> Samples:
        low, high = (round(bound) for bound in self.quality)
        quality = int(generator.integers(low, high + 1))
        subsampling = "4:4:4" if generator.random() < self.full_chroma_share else "4:2:0"
        return color.to_float(compress_jpeg(color.quantize(samples), quality, subsampling))


def compress_jpeg(pixels: Pixels, quality: int, subsampling: str = "4:2:0") -> Pixels:
    """Compress 8-bit pixels (H, W, 1) or (H, W, 3) as JPEG, and return the decoded pixels."""
    is_gray = pixels.shape[2] == 1
    buffer = BytesIO()
    image = PillowImage.fromarray(pixels[:, :, 0] if is_gray else pixels)
    image.save(buffer, "JPEG", quality=quality, **({} if is_gray else {"subsampling": subsampling}))
    with PillowImage.open(buffer) as decoded:
        return np.asarray(decoded).reshape(pixels.shape)


_OPERATIONS: dict[str, type[Blur | GaussianNoise | PoissonNoise | Jpeg]] = {
    operation.key: operation for operation in (Blur, GaussianNoise, PoissonNoise, Jpeg)
}


@dataclass(frozen=True)
class Degradation:
    """Operations in their order. Downscaling comes after those for the ground truth (blur) and before the others."""

    operations: tuple[Blur | GaussianNoise | PoissonNoise | Jpeg, ...] = ()

    def __str__(self) -> str:
        """Return the text that `parse` reads."""
        return ",".join(_format_operation(operation) for operation in self.operations)

    def __bool__(self) -> bool:
        """Return whether there is any operation besides downscaling."""
        return bool(self.operations)

    @classmethod
    def parse(cls, text: str) -> "Degradation":
        """Return the degradation that a text describes, such as "jpeg:75" or "blur:0.5-1,noise:2,jpeg:60-85".

        Each operation is a name and a value or a range: `blur` in px, `noise` and `poisson` in levels of 255, `jpeg`
        in quality. A share can follow, such as "noise:0-5@0.5": the share of the images that get noise, or for `jpeg`
        the share whose chroma keeps its resolution.

        Raises
        ------
        InvalidSetting
            The text has another form, or a value is out of range.
        """
        operations = []
        for part in filter(None, text.split(",")):
            match = re.fullmatch(r"\s*([a-z]+):(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?(?:@([01](?:\.\d+)?))?\s*", part)
            if match is None or match[1] not in _OPERATIONS:
                message = N_("“{part}” isn't a degradation. Use a name and a value or a range, such as {examples}.")
                raise InvalidSetting(message, part=part, examples="jpeg:75, noise:2-5")
            low = float(match[2])
            bounds, operation = (low, float(match[3]) if match[3] else low), _OPERATIONS[match[1]]
            share = (float(match[4]),) if match[4] and operation is not Blur else ()
            operations.append(operation(bounds, *share))
        return cls(tuple(operations))

    @classmethod
    def from_list(cls, stored: Any) -> "Degradation":
        """Return a degradation from the result of `to_list`.

        Raises
        ------
        KeyError, TypeError, ValueError, InvalidSetting
            The values are incomplete, unknown or out of range.
        """
        operations = []
        for values in stored:
            if not isinstance(values, Mapping):
                raise TypeError("an operation is not a mapping")
            fields: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list | tuple) else value for name, value in values.items()
            }
            operations.append(_OPERATIONS[str(fields.pop("operation"))](**fields))
        return cls(tuple(operations))

    def to_list(self) -> list[dict[str, Any]]:
        """Return the operations as values for JSON."""
        return [
            {"operation": operation.key}
            | {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(operation).items()}
            for operation in self.operations
        ]

    def downscale(self, pixels: Pixels, scale: float, generator: np.random.Generator) -> Samples:
        """Blur and downscale 8-bit pixels (H, W, C) with bicubic interpolation, without the other operations.

        The result, (H / scale, W / scale, C), is clipped to [0, 1].
        """
        samples = color.to_float(pixels)
        for operation in self.operations:
            if isinstance(operation, Blur):
                samples = operation.apply(samples, generator)
        if scale != 1:
            size = tuple(max(1, round(side / scale)) for side in samples.shape[:2])
            samples = np.asarray(imresize(samples, (size[0], size[1])), np.float32)
        return np.clip(samples, 0, 1)

    def add_artifacts(self, samples: Samples, generator: np.random.Generator) -> Pixels:
        """Apply the operations after downscaling, and return 8-bit pixels (H, W, C)."""
        for operation in self.operations:
            if not isinstance(operation, Blur):
                samples = operation.apply(samples, generator)
        return color.quantize(samples)

    def apply(self, pixels: Pixels, scale: float, generator: np.random.Generator) -> Pixels:
        """Turn a ground truth, 8-bit pixels (H, W, C), into 8-bit pixels (H / scale, W / scale, C).

        The same generator state gives the same result.
        """
        return self.add_artifacts(self.downscale(pixels, scale, generator), generator)


def _format_operation(operation: Blur | GaussianNoise | PoissonNoise | Jpeg) -> str:
    low, high = operation.quality if isinstance(operation, Jpeg) else operation.sigma
    text = f"{operation.key}:{low:g}" if low == high else f"{operation.key}:{low:g}-{high:g}"
    if isinstance(operation, Jpeg):
        return f"{text}@{operation.full_chroma_share:g}" if operation.full_chroma_share else text
    if isinstance(operation, GaussianNoise | PoissonNoise) and operation.share != 1:
        return f"{text}@{operation.share:g}"
    return text


def _check_range(key: str, values: Range, least: float, most: float) -> None:
    """Raise InvalidSetting if a range is reversed or exceeds the limits."""
    check(
        least <= values[0] <= values[1] <= most,
        N_("The degradation {part} is out of range. Choose values within {limits}."),
        part=f"{key}:{values[0]:g}-{values[1]:g}",
        limits=f"{key}:{least:g}-{most:g}",
    )
