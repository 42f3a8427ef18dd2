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
    """Event: an image has been scored.

    Attributes
    ----------
    name : file name of the image
    bicubic, model : scores of the result of bicubic interpolation and of the model
    done : number of images scored so far
    total : number of images in the folder, including unusable ones
    """

    name: str
    bicubic: Score
    model: Score
    done: int
    total: int


_INFINITE_PSNR = N_(
    "{set}, scale factor {scale}: {method} reproduces {names} exactly. The mean PSNR is therefore infinite."
)
_MAX_NAMES = 20  # maximum number of image names in a note


@dataclass(frozen=True)
class Evaluation:
    """Scores of a model on one test set, for each image and on average.

    Attributes
    ----------
    set_name : name of the test set
    scale : scale factor
    model, arch : name and architecture of the model
    images : scores of each image
    mean_bicubic, mean_model : mean scores of bicubic interpolation and of the model
    failed : images that could not be scored
    official_network : item of `published.OFFICIAL_NETWORKS` if the model has the official weights, otherwise ""
    self_ensemble : whether the results of all eight flips and rotations were averaged
    degradation : degradation of the images besides downscaling, such as JPEG compression
    set_folder, model_path : paths of the test set and of the model, to distinguish test sets or models of the same
        name
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
    set_folder: Path | None = None
    model_path: Path | None = None
    degradation: Degradation = Degradation()

    @property
    def infinite_psnr_images(self) -> dict[str, tuple[str, ...]]:
        """Names of the images with infinite PSNR, whose result is identical to the ground truth.

        The keys are "bicubic" and "model", the methods that produced the result.
        """
        return {
            "bicubic": tuple(image.name for image in self.images if isinf(image.bicubic.psnr_db)),
            "model": tuple(image.name for image in self.images if isinf(image.model.psnr_db)),
        }

    @property
    def notes(self) -> tuple[LazyMessage, ...]:
        """Notes for the user that list the images with infinite PSNR. Empty if all PSNRs are finite."""
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
        """Whether the scores can be compared with published scores.

        If so, the test set is Set5 or Set14, all of its images were scored, and no degradation was applied.
        """
        return not self.degradation and not self.failed and published.SET_SIZES.get(self.set_name) == len(self.images)

    @property
    def published_bicubic(self) -> PublishedScore | None:
        """Published mean score of bicubic interpolation on this test set.

        None if no score is published, or if `is_complete_set` is false.
        """
        return (
            published.published_score(self.set_name, published.BICUBIC, self.scale) if self.is_complete_set else None
        )

    @property
    def published_model(self) -> PublishedScore | None:
        """Published mean score to compare the model with.

        For official weights, this is the score of the same network. For other models, see
        `published.closest_published_score`. None if no score is published, or if `is_complete_set` is false.
        """
        if not self.is_complete_set:
            return None
        if self.official_network:
            return published.published_score(self.set_name, self.official_network, self.scale)
        return published.closest_published_score(self.set_name, self.arch, self.scale)


def _join_names(names: tuple[str, ...]) -> str:
    """Return the names, separated by commas.

    If there are more than _MAX_NAMES, the rest is replaced with "…".
    """
    return ", ".join(names if len(names) <= _MAX_NAMES else (*names[:_MAX_NAMES], "…"))


@dataclass(frozen=True)
class EvaluationStarted:
    """Event: an evaluation of a benchmark has started. The following events are from this evaluation.

    Attributes
    ----------
    index : index of the evaluation, starting at 0
    total : number of evaluations in the benchmark
    """

    index: int
    total: int


@dataclass(frozen=True)
class EvaluationDone:
    """Event: an evaluation of a benchmark is done.

    Attributes
    ----------
    index : index of the evaluation, starting at 0
    evaluation : its result
    """

    index: int
    evaluation: Evaluation


@dataclass(frozen=True)
class EvaluationFailed:
    """Event: an evaluation of a benchmark has failed. The benchmark continues with the next evaluation.

    Attributes
    ----------
    index : index of the evaluation, starting at 0
    error : reason for the failure
    """

    index: int
    error: EngineError
