"""Degradation of ground truth images, to create low-resolution inputs for training and testing.

A `Degradation` is an ordered list of operations: blur, downscaling, noise and JPEG compression. Their parameters are
ranges. For each image, values are drawn from them with a random generator, so the seed determines the result. A
degradation can be stored as JSON in a recipe, a model card or a request.
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
    """Operation of a degradation, such as blur or JPEG compression.

    Attributes
    ----------
    key : name of the operation in text and JSON
    """

    key: ClassVar[str]

    def apply(self, samples: Samples, generator: np.random.Generator) -> Samples:
        """Return degraded samples.

        Parameters
        ----------
        samples : (H, W, C) float32 in [0, 1]
        generator : source of the random parameters and noise

        Returns
        -------
        (H, W, C) float32 in [0, 1]
        """


@dataclass(frozen=True)
class Blur:
    """Gaussian blur of the ground truth, before downscaling.

    Attributes
    ----------
    sigma : (lowest, highest) standard deviation in px of the ground truth
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
    """Additive Gaussian noise, independent in each pixel and channel.

    Attributes
    ----------
    sigma : (lowest, highest) standard deviation, on a scale of 0 to 255
    share : fraction of the images to which noise is added, in [0, 1]
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
    """Photon noise, which is proportional to the square root of the brightness.

    Attributes
    ----------
    sigma : (lowest, highest) standard deviation for white pixels, on a scale of 0 to 255
    share : fraction of the images to which noise is added, in [0, 1]
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
        photons = 1 / sigma**2  # for white; the variance of a Poisson distribution equals its mean
        return np.clip(generator.poisson(samples * photons) / photons, 0, 1).astype(np.float32)


@dataclass(frozen=True)
class Jpeg:
    """JPEG compression.

    Attributes
    ----------
    quality : (lowest, highest) libjpeg quality setting, from 1 to 100, both inclusive
    full_chroma_share : fraction of the images without chroma subsampling (4:4:4), in [0, 1]
        All other images have 4:2:0 subsampling.
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
    """Compress pixels as JPEG, and return the decoded pixels.

    Parameters
    ----------
    pixels : (H, W, 1) or (H, W, 3) uint8
    quality : libjpeg quality setting, from 1 to 100
    subsampling : chroma subsampling, "4:4:4" or "4:2:0"
    """
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
    """Ordered operations of a degradation.

    `Blur` operations are applied to the ground truth before downscaling, and all other operations after downscaling.
    """

    operations: tuple[Blur | GaussianNoise | PoissonNoise | Jpeg, ...] = ()

    def __str__(self) -> str:
        """Return the degradation as text, such as "blur:0.5-1,jpeg:75", which `parse` can read."""
        return ",".join(_format_operation(operation) for operation in self.operations)

    def __bool__(self) -> bool:
        """Return whether there are operations besides downscaling."""
        return bool(self.operations)

    @classmethod
    def parse(cls, text: str) -> "Degradation":
        """Parse a degradation such as "jpeg:75" or "blur:0.5-1,noise:2,jpeg:60-85".

        Each operation is a name with a value or a range: `blur` in px, `noise` and `poisson` on a scale of 0 to 255,
        and `jpeg` as a quality. A fraction in [0, 1] can follow, such as "noise:0-5@0.5". It is the fraction of images
        to which noise is added, or for `jpeg` the fraction of images without chroma subsampling.

        Raises
        ------
        InvalidSetting
            If the text is invalid or a value is out of range.
        """
        operations = []
        for part in filter(None, text.split(",")):
            match = re.fullmatch(r"\s*([a-z]+):(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?(?:@([01](?:\.\d+)?))?\s*", part)
            if match is None or match[1] not in _OPERATIONS:
                message = N_(
                    "“{part}” isn't a valid degradation. Use a name and a value or a range, such as {examples}."
                )
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
            If values are missing, unknown or out of range.
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
        """Return the operations as JSON-serializable dicts."""
        return [
            {"operation": operation.key}
            | {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(operation).items()}
            for operation in self.operations
        ]

    def downscale(self, pixels: Pixels, scale: float, generator: np.random.Generator) -> Samples:
        """Blur and downscale pixels with bicubic interpolation, without applying the other operations.

        Parameters
        ----------
        pixels : (H, W, C) uint8
        scale : downscaling factor

        Returns
        -------
        (H / scale, W / scale, C) float32 in [0, 1], with the sides rounded
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
        """Apply the operations that follow downscaling.

        Parameters
        ----------
        samples : (H, W, C) float32 in [0, 1]

        Returns
        -------
        (H, W, C) uint8
        """
        for operation in self.operations:
            if not isinstance(operation, Blur):
                samples = operation.apply(samples, generator)
        return color.quantize(samples)

    def apply(self, pixels: Pixels, scale: float, generator: np.random.Generator) -> Pixels:
        """Blur, downscale and degrade a ground truth image.

        The same generator state gives the same result.

        Parameters
        ----------
        pixels : (H, W, C) uint8
        scale : downscaling factor

        Returns
        -------
        (H / scale, W / scale, C) uint8, with the sides rounded
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
        N_("The degradation {part} has an invalid range. Use values within {limits}, with the smaller value first."),
        part=f"{key}:{values[0]:g}-{values[1]:g}",
        limits=f"{key}:{least:g}-{most:g}",
    )
