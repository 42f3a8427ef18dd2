"""What an evaluation reports: the scores of each image, the table of a set, and the progress through several sets."""

from dataclasses import dataclass
from math import isinf
from pathlib import Path

from engine.datasets.events import FileFailed
from engine.errors import EngineError, Phrase, fill, mark
from engine.evaluation import published
from engine.evaluation.published import Figure
from engine.imaging.metrics import Score


@dataclass(frozen=True)
class PictureScored:
    """One picture of a set is measured: bicubic and model against the ground truth."""

    name: str
    bicubic: Score
    model: Score
    done: int
    total: int


_INFINITE = mark(
    "{set}, scale {scale}: {method} reproduces {names} exactly, so its PSNR there and its mean PSNR are infinite."
)
_MOST_NAMES = 20  # in a note


@dataclass(frozen=True)
class Evaluation:
    """The table of one set: every picture's scores and their means.

    Attributes
    ----------
    model, arch : the model's name and filter sizes
    authors : which of `published.NETWORKS` its weights are; empty if they are nobody's of the papers
    ensemble : every figure of the model is of the average over eight orientations
    folder, file : where the set and the model lie, to tell those of one name apart
    """

    set_name: str
    scale: int
    model: str
    images: tuple[PictureScored, ...]
    mean_bicubic: Score
    mean_model: Score
    failed: tuple[FileFailed, ...] = ()
    arch: str = ""
    authors: str = ""
    ensemble: bool = False
    folder: Path | None = None
    file: Path | None = None

    @property
    def exact(self) -> dict[str, tuple[str, ...]]:
        """The images whose PSNR is infinite, by "bicubic" and by "model": their results equal the ground truth."""
        return {
            "bicubic": tuple(image.name for image in self.images if isinf(image.bicubic.psnr_db)),
            "model": tuple(image.name for image in self.images if isinf(image.model.psnr_db)),
        }

    @property
    def notes(self) -> tuple[Phrase, ...]:
        """What must be known of the means: which images make them infinite."""
        methods = {"bicubic": published.BICUBIC, "model": self.model}
        return tuple(
            fill(_INFINITE, set=self.set_name, scale=self.scale, method=methods[key], names=_listed(names))
            for key, names in self.exact.items()
            if names
        )

    @property
    def is_whole_set(self) -> bool:
        """Whether this is all of a set that the papers have figures of."""
        return not self.failed and published.PICTURES.get(self.set_name) == len(self.images)

    @property
    def printed_bicubic(self) -> Figure | None:
        """What the papers print of bicubic on this set."""
        return published.printed(self.set_name, published.BICUBIC, self.scale) if self.is_whole_set else None

    @property
    def printed_model(self) -> Figure | None:
        """What the papers print of this model, or of the one of theirs that it is held against."""
        if not self.is_whole_set:
            return None
        if self.authors:
            return published.printed(self.set_name, self.authors, self.scale)
        return published.comparable(self.set_name, self.arch, self.scale)


def _listed(names: tuple[str, ...]) -> str:
    """Names in a sentence, not too many of them."""
    return ", ".join(names if len(names) <= _MOST_NAMES else (*names[:_MOST_NAMES], "…"))


@dataclass(frozen=True)
class EvaluationBegun:
    """The `index`-th of several evaluations begins: what is said from here on is about it."""

    index: int
    total: int


@dataclass(frozen=True)
class EvaluationDone:
    """One of several evaluations is complete."""

    index: int
    evaluation: Evaluation


@dataclass(frozen=True)
class EvaluationFailed:
    """One of several evaluations could not be made; the others go on."""

    index: int
    error: EngineError
