"""Complete and partial results of evaluations."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.evaluation import stored_results
from engine.evaluation.events import Evaluation, ImageScored
from engine.evaluation.request import EvaluateRequest
from engine.evaluation.stored_results import StoredResult
from engine.imaging.degradation import Degradation
from engine.models.catalog import Model
from srcnn_gui.choices import text
from srcnn_gui.pages.benchmark.candidates import Candidate, TestSet

_SCORING_S = 4e-7  # time per pixel for bicubic interpolation and the scores


def _key(folder: Path, scale: int, model: Path, degradation: Degradation, self_ensemble: bool) -> tuple[object, ...]:
    """Return the key of a result.

    It includes the modification time of the model, because the file can be replaced.
    """
    try:
        changed = model.stat().st_mtime_ns
    except OSError:
        changed = 0
    return folder, scale, model, changed, self_ensemble, str(degradation)


@dataclass(frozen=True)
class EvaluationSpec:
    """Specification of an evaluation: a model, a test set, its degradation, and self-ensemble."""

    folder: Path
    model: Model
    self_ensemble: bool
    title: str  # title of the candidate
    degradation: Degradation = Degradation()

    @property
    def key(self) -> tuple[object, ...]:
        """Key under which the result is stored."""
        return _key(self.folder, self.model.info.scale, self.model.path, self.degradation, self.self_ensemble)

    def build_request(self, device: str) -> EvaluateRequest:
        """Return the engine's request to run this evaluation on `device`."""
        return EvaluateRequest(
            self.folder, self.model, device, self_ensemble=self.self_ensemble, degradation=self.degradation
        )

    def estimate_seconds(self, pixels: int) -> float:
        """Estimate the duration of the evaluation in seconds, for `pixels` pixels at a default speed."""
        passes = 8 if self.self_ensemble else 1
        return (
            passes * text.estimate_seconds(pixels, self.model.info, text.DEFAULT_OPERATIONS_PER_SECOND)
            + _SCORING_S * pixels
        )


@dataclass(frozen=True)
class Result:
    """Result of an evaluation.

    Attributes
    ----------
    image_scores : scores of the images measured so far
    evaluation : the complete evaluation, or None if it is not finished
    error : error message if the evaluation failed, otherwise empty
    folder : path of the test set
    state : state of the files when the evaluation was finished, see `stored_results.file_state`
    """

    image_scores: tuple[ImageScored, ...] = ()
    evaluation: Evaluation | None = None
    error: str = ""
    folder: Path = Path()
    state: str = ""


@dataclass(frozen=True)
class FolderContents:
    """Image names and total number of pixels of a test set."""

    names: tuple[str, ...]
    pixels: int


@dataclass
class ResultStore:
    """Store of all results since startup, and of complete results from earlier sessions.

    Attributes
    ----------
    by_spec : results by `EvaluationSpec.key`
    folders : image names and sizes of the test sets, by path
    """

    by_spec: dict[tuple[object, ...], Result] = field(default_factory=dict)
    folders: dict[Path, FolderContents] = field(default_factory=dict)

    def get(self, spec: EvaluationSpec | None) -> Result:
        """Return the result of an evaluation, or an empty result if `spec` is None or has not been run."""
        return self.by_spec.get(spec.key, Result()) if spec is not None else Result()

    def remove(self, spec: EvaluationSpec) -> None:
        """Remove the result of an evaluation that is about to run again."""
        self.by_spec.pop(spec.key, None)

    def add(self, spec: EvaluationSpec, image: ImageScored) -> None:
        """Add the scores of an image to the result of an evaluation."""
        result = self.get(spec)
        self.by_spec[spec.key] = replace(result, image_scores=(*result.image_scores, image))

    def finish(self, spec: EvaluationSpec, evaluation: Evaluation) -> None:
        """Replace the partial result of an evaluation with the complete one."""
        state = stored_results.file_state(spec.folder, spec.model.path)
        self.by_spec[spec.key] = Result(evaluation.images, evaluation, folder=spec.folder, state=state)

    def save(self, path: Path) -> None:
        """Write the complete results to a file."""
        stored_results.save(
            path,
            [
                StoredResult(result.folder, result.evaluation.model_path, result.state, result.evaluation)
                for result in self.by_spec.values()
                if result.evaluation is not None and result.evaluation.model_path is not None
            ],
        )

    def load(self, path: Path) -> None:
        """Add the results in a file whose images and models have not changed."""
        for stored in stored_results.load(path):
            evaluation = stored.evaluation
            key = _key(stored.folder, evaluation.scale, stored.model, evaluation.degradation, evaluation.self_ensemble)
            result = Result(evaluation.images, evaluation, folder=stored.folder, state=stored.state)
            self.by_spec.setdefault(key, result)

    def fail(self, spec: EvaluationSpec, error: str) -> None:
        """Store the error message of a failed evaluation. The scores measured so far are kept."""
        self.by_spec[spec.key] = replace(self.get(spec), error=error)


def build_evaluation_spec(
    test_set: TestSet, scale: int, candidate: Candidate, self_ensemble: bool, degradation: Degradation
) -> EvaluationSpec | None:
    """Return the specification of the evaluation of a candidate on a test set.

    Return None if the candidate has no model for the scale factor, or if the test set is not available.
    """
    model = candidate.models_by_scale.get(scale)
    return (
        EvaluationSpec(test_set.folder, model, self_ensemble, candidate.title, degradation)
        if model is not None and test_set.available
        else None
    )
