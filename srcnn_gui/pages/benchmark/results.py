"""The evaluations of the current session, complete or partial."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.evaluation.events import Evaluation, ImageScored
from engine.evaluation.request import EvaluateRequest
from engine.models.catalog import Model
from srcnn_gui.choices import text
from srcnn_gui.pages.benchmark.candidates import Candidate, TestSet

_SCORING_S = 4e-7  # per pixel, for bicubic and the scores


@dataclass(frozen=True)
class EvaluationSpec:
    """An evaluation: a model on a test set, with or without self-ensemble."""

    folder: Path
    model: Model
    self_ensemble: bool
    title: str  # of the candidate

    @property
    def key(self) -> tuple[object, ...]:
        """Key for the results. It includes the modification time, because a model file can be replaced."""
        try:
            changed = self.model.path.stat().st_mtime_ns
        except OSError:
            changed = 0
        return self.folder, self.model.spec.scale, self.model.path, changed, self.self_ensemble

    def request(self, device: str) -> EvaluateRequest:
        """Return the request for the engine."""
        return EvaluateRequest(self.folder, self.model, device, self_ensemble=self.self_ensemble)

    def seconds(self, pixels: int) -> float:
        """Estimate the time for a number of pixels, before the speed of this computer is known."""
        passes = 8 if self.self_ensemble else 1
        return (
            passes * text.estimate_seconds(pixels, self.model.spec, text.DEFAULT_OPERATIONS_PER_SECOND)
            + _SCORING_S * pixels
        )


@dataclass(frozen=True)
class Result:
    """The images measured so far, the complete `evaluation`, or the `error` message."""

    images: tuple[ImageScored, ...] = ()
    evaluation: Evaluation | None = None
    error: str = ""


@dataclass(frozen=True)
class Folder:
    """Image names and total pixel count of a test set."""

    names: tuple[str, ...]
    pixels: int


@dataclass
class ResultStore:
    """All results since the window was opened."""

    by_spec: dict[tuple[object, ...], Result] = field(default_factory=dict)
    folders: dict[Path, Folder] = field(default_factory=dict)

    def get(self, spec: EvaluationSpec | None) -> Result:
        """Return the result of an evaluation so far."""
        return self.by_spec.get(spec.key, Result()) if spec is not None else Result()

    def remove(self, spec: EvaluationSpec) -> None:
        """Remove a result, before it is measured again."""
        self.by_spec.pop(spec.key, None)

    def add(self, spec: EvaluationSpec, image: ImageScored) -> None:
        """Add the scores of an image."""
        result = self.get(spec)
        self.by_spec[spec.key] = replace(result, images=(*result.images, image))

    def finish(self, spec: EvaluationSpec, evaluation: Evaluation) -> None:
        """Store a complete evaluation."""
        self.by_spec[spec.key] = Result(evaluation.images, evaluation)

    def fail(self, spec: EvaluationSpec, error: str) -> None:
        """Store the error of an evaluation. The measured images are kept."""
        self.by_spec[spec.key] = replace(self.get(spec), error=error)


def evaluation_spec(test_set: TestSet, scale: int, candidate: Candidate, self_ensemble: bool) -> EvaluationSpec | None:
    """Return the evaluation of a candidate; None without a model for the scale or the images of the set."""
    model = candidate.by_scale.get(scale)
    return (
        EvaluationSpec(test_set.folder, model, self_ensemble, candidate.title)
        if model is not None and test_set.available
        else None
    )
