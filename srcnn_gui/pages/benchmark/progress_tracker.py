"""Progress of a benchmark, with the current evaluation and the remaining time."""

from collections.abc import Callable, Sequence
from typing import Any

from engine.datasets.events import FileFailed
from engine.evaluation.events import EvaluationDone, EvaluationFailed, EvaluationStarted, ImageScored
from engine.upscaling.events import Fallback
from srcnn_gui.pages.benchmark import text as page_text
from srcnn_gui.pages.benchmark.results import EvaluationSpec, ResultStore
from srcnn_gui.runtime.translations import _, error_message, translate


class ProgressTracker:
    """Tracker that stores the results of a run and estimates its remaining time."""

    def __init__(self, results: ResultStore, clock: Callable[[], float]) -> None:
        self._results, self._clock = results, clock
        self._specs: Sequence[EvaluationSpec] = ()
        self._run_started_at = self._spec_started_at = 0.0
        self._time_ratio = 1.0  # measured time divided by estimated time
        self._index = -1
        self._failures: list[str] = []  # sentences, each only once
        self.spec: EvaluationSpec | None = None
        self.done = self.total = 0  # number of images
        self.progress = page_text.ProgressText()

    def start(self, specs: Sequence[EvaluationSpec]) -> None:
        """Reset the progress at the start of a run of these evaluations."""
        self._specs, self._index, self.spec = specs, -1, None
        self._failures = []
        self._run_started_at = self._clock()
        self.done, self.total = 0, sum(self._count(spec) for spec in specs)
        self.progress = page_text.ProgressText(_("Preparing…"))

    @property
    def elapsed_s(self) -> float:
        """Time since the start of the run, in seconds."""
        return self._clock() - self._run_started_at

    def estimate_seconds(self, specs: Sequence[EvaluationSpec]) -> float:
        """Estimate the duration of evaluations in seconds.

        Test sets whose image sizes have not been read yet are not included.
        """
        return self._time_ratio * sum(spec.estimate_seconds(self._pixels(spec)) for spec in specs)

    def handle_event(self, event: Any) -> str | None:
        """Store the result or error in an event of the run, and return a notice for the user.

        The notice is "" if there is nothing to report, and None if the event is ignored.
        """
        if isinstance(event, EvaluationStarted):
            self._start_spec(event.index)
            return ""
        spec = self.spec
        if spec is None:
            return None
        if isinstance(event, ImageScored):
            self._results.add(spec, event)
            self.done += 1
            self._update_progress(event.done, event.total)
            return ""
        if isinstance(event, EvaluationDone):
            self._results.finish(spec, event.evaluation)
            self._update_time_ratio(spec)
            return ""
        return self._notice(spec, event)

    def _notice(self, spec: EvaluationSpec, event: Any) -> str | None:
        """Return the notice for an error or fallback, or None for all other events."""
        if isinstance(event, EvaluationFailed):
            self._results.fail(spec, error_message(event.error))
            return self._add_failure(f"{spec.folder.name}, {spec.title}: {error_message(event.error)}")
        if isinstance(event, FileFailed):
            return self._add_failure(error_message(event.error))
        if isinstance(event, Fallback):
            return translate(event.message)
        return None

    def _add_failure(self, sentence: str) -> str:
        """Return the notice about all failures so far, including this one."""
        if sentence not in self._failures:
            self._failures.append(sentence)
        return page_text.describe_failures(self._failures)

    def _start_spec(self, index: int) -> None:
        self._index, self.spec = index, self._specs[index]
        self._spec_started_at = self._clock()
        self._update_progress(0, self._count(self.spec) or 1)

    def _update_progress(self, done: int, total: int) -> None:
        """Update the progress text and the remaining time after `done` of `total` images."""
        assert self.spec is not None
        set_title = f"{self.spec.folder.name} ×{self.spec.model.info.scale}"
        title = page_text.describe_current_image(set_title, self.spec.title, done, total)
        remaining = self._specs[self._index + 1 :]
        seconds = self.estimate_seconds(remaining) + self.estimate_seconds([self.spec]) * (1 - done / max(1, total))
        self.progress = page_text.ProgressText(title, seconds or None)

    def _update_time_ratio(self, spec: EvaluationSpec) -> None:
        """Update the ratio of measured to estimated time after the evaluation of `spec`."""
        estimated_s = spec.estimate_seconds(self._pixels(spec))
        if estimated_s:
            self._time_ratio = (self._time_ratio + (self._clock() - self._spec_started_at) / estimated_s) / 2

    def _count(self, spec: EvaluationSpec) -> int:
        folder = self._results.folders.get(spec.folder)
        return len(folder.names) if folder else 0

    def _pixels(self, spec: EvaluationSpec) -> int:
        folder = self._results.folders.get(spec.folder)
        return folder.pixels if folder else 0
