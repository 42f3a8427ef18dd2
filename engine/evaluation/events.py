"""Events and result of an evaluation."""

from dataclasses import dataclass
from math import isinf
from pathlib import Path

from engine.datasets.events import FileFailed
from engine.errors import N_, EngineError, LazyMessage, lazy_format
from engine.evaluation import published
from engine.evaluation.published import PublishedScore
from engine.imaging.degradation import Degradation
from engine.imaging.metrics import Score


@dataclass(frozen=True)
class ImageScored:
    """The results of bicubic interpolation and of the model have been scored for one image."""

    name: str
    bicubic: Score
    model: Score
    done: int
    total: int


_INFINITE_PSNR = N_(
    "{set}, scale {scale}: {method} reproduces {names} exactly, so its PSNR there and its mean PSNR are infinite."
)
_MAX_NAMES = 20  # listed in a note


@dataclass(frozen=True)
class Evaluation:
    """Scores of a model on one test set, for each image and on average.

    Attributes
    ----------
    model, arch : name and architecture of the model
    official_network : the item of `published.NETWORKS` whose weights the model contains, or "" for other weights
    self_ensemble : whether the results of all eight flips and rotations were averaged
    degradation : what was done to the downscaled images before they were upscaled
    folder, file : paths of the test set and of the model, which distinguish test sets or models of the same name
    """

    set_name: str
    scale: int
    model: str
    images: tuple[ImageScored, ...]
    mean_bicubic: Score
    mean_model: Score
    failed: tuple[FileFailed, ...] = ()
    arch: str = ""
    official_network: str = ""
    self_ensemble: bool = False
    folder: Path | None = None
    file: Path | None = None
    degradation: Degradation = Degradation()

    @property
    def infinite_psnr_images(self) -> dict[str, tuple[str, ...]]:
        """Names of the images with infinite PSNR, because the result equals the ground truth.

        The keys are "bicubic" and "model".
        """
        return {
            "bicubic": tuple(image.name for image in self.images if isinf(image.bicubic.psnr_db)),
            "model": tuple(image.name for image in self.images if isinf(image.model.psnr_db)),
        }

    @property
    def notes(self) -> tuple[LazyMessage, ...]:
        """Notes on the mean scores, which list the images that make a mean PSNR infinite."""
        methods = {"bicubic": published.BICUBIC, "model": self.model}
        return tuple(
            lazy_format(
                _INFINITE_PSNR, set=self.set_name, scale=self.scale, method=methods[key], names=_join_names(names)
            )
            for key, names in self.infinite_psnr_images.items()
            if names
        )

    @property
    def is_complete_set(self) -> bool:
        """Whether all images of a test set with published scores were evaluated as in the papers."""
        return not self.degradation and not self.failed and published.SET_SIZES.get(self.set_name) == len(self.images)

    @property
    def published_bicubic(self) -> PublishedScore | None:
        """Published score of bicubic on this test set, or None if there is none or the test set is incomplete."""
        return (
            published.published_score(self.set_name, published.BICUBIC, self.scale) if self.is_complete_set else None
        )

    @property
    def published_model(self) -> PublishedScore | None:
        """Published score to compare the model with, or None if there is none or the test set is incomplete.

        For official weights, it is the score of the same network. For other models, see
        `published.closest_published_score`.
        """
        if not self.is_complete_set:
            return None
        if self.official_network:
            return published.published_score(self.set_name, self.official_network, self.scale)
        return published.closest_published_score(self.set_name, self.arch, self.scale)


def _join_names(names: tuple[str, ...]) -> str:
    """Join names for a sentence. After _MAX_NAMES names, the list ends with "…"."""
    return ", ".join(names if len(names) <= _MAX_NAMES else (*names[:_MAX_NAMES], "…"))


@dataclass(frozen=True)
class EvaluationStarted:
    """An evaluation of a benchmark has started. The events that follow belong to it."""

    index: int
    total: int


@dataclass(frozen=True)
class EvaluationDone:
    """An evaluation of a benchmark is complete."""

    index: int
    evaluation: Evaluation


@dataclass(frozen=True)
class EvaluationFailed:
    """An evaluation of a benchmark has failed. The other evaluations continue."""

    index: int
    error: EngineError
