"""Follows a benchmark: which evaluation is in work, how far it is, how long still."""

from collections.abc import Callable, Sequence
from typing import Any

from engine.datasets.events import FileFailed
from engine.evaluation.events import EvaluationBegun, EvaluationDone, EvaluationFailed, PictureScored
from engine.upscaling.events import Fallback
from srcnn_gui.pages.benchmark import text as words
from srcnn_gui.pages.benchmark.results import Place, Results
from srcnn_gui.runtime.translations import _, said, sentence


class Runner:
    """Puts what is told into the results. `heard` gives a notice, "" for none, or None if nothing is new."""

    def __init__(self, results: Results, clock: Callable[[], float]) -> None:
        self._results, self._clock = results, clock
        self._places: Sequence[Place] = ()
        self._began = self._place_began = 0.0
        self._pace = 1.0  # of this machine, learned from every evaluation
        self._index = -1
        self.place: Place | None = None
        self.done = self.total = 0  # pictures
        self.progress = words.Run()

    def begin(self, places: Sequence[Place]) -> None:
        """A run begins."""
        self._places, self._index, self.place = places, -1, None
        self._began = self._clock()
        self.done, self.total = 0, sum(self._count(place) for place in places)
        self.progress = words.Run(_("Getting ready"))

    @property
    def took_s(self) -> float:
        """Since the run began, s."""
        return self._clock() - self._began

    def seconds(self, places: Sequence[Place]) -> float:
        """How long these will take, s; 0 while their pictures are not known."""
        return self._pace * sum(place.seconds(self._pixels(place)) for place in places)

    def heard(self, event: Any) -> str | None:
        """Take what a job said."""
        if isinstance(event, EvaluationBegun):
            self._begin_place(event.index)
            return ""
        place = self.place
        if place is None:
            return None
        if isinstance(event, PictureScored):
            self._results.add(place, event)
            self.done += 1
            self._tell(event.done, event.total)
            return ""
        if isinstance(event, EvaluationDone):
            self._results.finish(place, event.evaluation)
            self._learn(place)
            return ""
        return self._notice(place, event)

    def _notice(self, place: Place, event: Any) -> str | None:
        """What a person should know of."""
        others = _("The others go on.")
        if isinstance(event, EvaluationFailed):
            self._results.fail(place, sentence(event.error))
            return f"{place.folder.name}, {place.title}: {sentence(event.error)} {others}"
        if isinstance(event, FileFailed):
            return f"{sentence(event.error)} {others}"
        if isinstance(event, Fallback):
            return said(event.sentence)
        return None

    def _begin_place(self, index: int) -> None:
        self._index, self.place = index, self._places[index]
        self._place_began = self._clock()
        self._tell(0, self._count(self.place) or 1)

    def _tell(self, done: int, total: int) -> None:
        """Say which picture is in work, and what is left."""
        assert self.place is not None
        at = f"{self.place.folder.name} ×{self.place.model.spec.scale}"
        title = words.picture(at, self.place.title, done, total)
        left = self._places[self._index + 1 :]
        seconds = self.seconds(left) + self.seconds([self.place]) * (1 - done / max(1, total))
        self.progress = words.Run(title, seconds or None)

    def _learn(self, place: Place) -> None:
        """The pace of this machine: the newest evaluation counts half."""
        guessed = place.seconds(self._pixels(place))
        if guessed:
            self._pace = (self._pace + (self._clock() - self._place_began) / guessed) / 2

    def _count(self, place: Place) -> int:
        known = self._results.folders.get(place.folder)
        return len(known.names) if known else 0

    def _pixels(self, place: Place) -> int:
        known = self._results.folders.get(place.folder)
        return known.pixels if known else 0
