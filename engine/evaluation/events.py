"""What an evaluation reports."""

from dataclasses import dataclass

from engine.imaging.metrics import Score


@dataclass(frozen=True)
class PictureScored:
    """One picture of a set is measured: bicubic and model against the ground truth."""

    name: str
    bicubic: Score
    model: Score
    done: int
    total: int
