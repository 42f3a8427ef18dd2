"""Outcomes of the images in a batch, and figures that summarize them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from pathlib import Path
from typing import Literal

from engine.errors import LazyMessage, Message
from engine.imaging.metrics import Score

State = Literal["done", "skipped", "failed", "queued"]


@dataclass(frozen=True)
class Outcome:
    """Outcome of one image.

    Attributes
    ----------
    source, output : path of the image, and path of its result. The result may not exist
    state : "done", "skipped", "failed", or "queued" if the batch stopped before this image
    reason : reason why the image failed or was skipped
    width, height : size of the result in px, or 0 if this run did not produce it
    size : size of the result file in bytes, or 0 if this run did not produce it
    seconds : processing time
    warnings : messages about damage in the source, and about data of the source that the result does not contain
    model : name of the model, or "" if this run did not produce the result
    model_reason : sentence about why this model was used
    score, bicubic_score : scores of the result and of bicubic interpolation, or None without a ground truth
    """

    source: Path
    output: Path
    state: State
    reason: str = ""
    width: int = 0
    height: int = 0
    size: int = 0
    seconds: float = 0.0
    warnings: tuple[Message | LazyMessage, ...] = ()
    model: str = ""
    model_reason: Message | LazyMessage | str = ""
    score: Score | None = None
    bicubic_score: Score | None = None


def count_states(outcomes: Sequence[Outcome]) -> dict[State, int]:
    """Return the number of images in each state, including states without images."""
    counter = Counter(outcome.state for outcome in outcomes)
    states: tuple[State, ...] = ("done", "skipped", "failed", "queued")
    return {state: counter[state] for state in states}


def mean_scores(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return the means of the scores as a dict for a report. It is empty if no image has a score.

    If the PSNR of one image is infinite, the mean PSNR is infinite.
    """
    rows = [scores_to_dict(outcome) for outcome in outcomes if outcome.score and outcome.bicubic_score]
    return {name: round(fsum(row[name] for row in rows) / len(rows), 6) for name in rows[0]} if rows else {}


def scores_to_dict(outcome: Outcome) -> dict[str, float]:
    """Return the scores of an outcome as a dict for a report. It is empty if there is no score."""
    if outcome.score is None or outcome.bicubic_score is None:
        return {}
    return {
        "psnr": round(outcome.score.psnr_db, 4),
        "ssim": round(outcome.score.ssim, 6),
        "bicubic_psnr": round(outcome.bicubic_score.psnr_db, 4),
        "bicubic_ssim": round(outcome.bicubic_score.ssim, 6),
    }


def to_dict(outcome: Outcome) -> dict[str, object]:
    """Return an outcome as a dict for a report, which always has the same keys. A missing score is None."""
    values = {name: value for name, value in vars(outcome).items() if name not in ("score", "bicubic_score")}
    values |= {"source": str(outcome.source), "output": str(outcome.output), "seconds": round(outcome.seconds, 3)}
    scores = dict.fromkeys(("psnr", "ssim", "bicubic_psnr", "bicubic_ssim"))
    return values | scores | scores_to_dict(outcome)
