"""What was measured: evaluations by place in the table, complete or as far as they came."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.evaluation.events import Evaluation, PictureScored
from engine.evaluation.request import EvaluateRequest
from engine.models.catalog import Model
from srcnn_gui.choices import text
from srcnn_gui.pages.benchmark.candidates import Contender, PictureSet

_BESIDE_S = 4e-7  # a pixel's bicubic and scores, beside the network


@dataclass(frozen=True)
class Place:
    """One evaluation: a model on a set, once or over eight orientations."""

    folder: Path
    model: Model
    ensemble: bool
    title: str  # of the model

    @property
    def key(self) -> tuple[object, ...]:
        """What its figures depend on; another file under the model's name is another model."""
        try:
            changed = self.model.path.stat().st_mtime_ns
        except OSError:
            changed = 0
        return self.folder, self.model.spec.scale, self.model.path, changed, self.ensemble

    def request(self, device: str) -> EvaluateRequest:
        """What is asked of the engine."""
        return EvaluateRequest(self.folder, self.model, device, ensemble=self.ensemble)

    def seconds(self, pixels: int) -> float:
        """How long it takes for so many pixels, before this machine has shown its own pace."""
        times = 8 if self.ensemble else 1
        return times * text.seconds(pixels, self.model.spec, text.RATE_GUESS) + _BESIDE_S * pixels


@dataclass(frozen=True)
class Result:
    """How far an evaluation came; `evaluation` once it is complete, `error` if it could not be."""

    images: tuple[PictureScored, ...] = ()
    evaluation: Evaluation | None = None
    error: str = ""


@dataclass(frozen=True)
class Folder:
    """What lies in a set's folder: the pictures' names, and how many pixels they have in all."""

    names: tuple[str, ...]
    pixels: int


@dataclass
class Results:
    """Everything measured since the window was opened."""

    by_place: dict[tuple[object, ...], Result] = field(default_factory=dict)
    folders: dict[Path, Folder] = field(default_factory=dict)

    def at(self, place: Place | None) -> Result:
        """What is known of a place."""
        return self.by_place.get(place.key, Result()) if place is not None else Result()

    def forget(self, place: Place) -> None:
        """It is measured anew."""
        self.by_place.pop(place.key, None)

    def add(self, place: Place, image: PictureScored) -> None:
        """A picture more is measured."""
        known = self.at(place)
        self.by_place[place.key] = replace(known, images=(*known.images, image))

    def finish(self, place: Place, evaluation: Evaluation) -> None:
        """It is complete."""
        self.by_place[place.key] = Result(evaluation.images, evaluation)

    def fail(self, place: Place, error: str) -> None:
        """It could not be made; what was measured stays."""
        self.by_place[place.key] = replace(self.at(place), error=error)


def place(one: PictureSet, scale: int, contender: Contender, ensemble: bool) -> Place | None:
    """Where a model's figures on a set belong; None if it has no network for the scale, or the set is not here."""
    model = contender.by_scale.get(scale)
    return Place(one.folder, model, ensemble, contender.title) if model is not None and one.there else None
