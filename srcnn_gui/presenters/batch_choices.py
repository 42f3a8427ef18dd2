"""From what a person chose to what is asked of the engine, and from what it says to what is kept of it."""

from pathlib import Path

from engine.batch_request import BatchRequest
from engine.errors import BadRequest
from engine.events import FileDone, FileFailed
from engine.filing.planning import DONE_BEFORE, Item
from engine.filing.report import Outcome
from engine.models import Model
from engine.requests import UpscaleRequest
from srcnn_gui.presenters.batch_state import Choices


def request(
    sources: tuple[Path, ...], output: Path | None, model: Model | None, chosen: Choices
) -> BatchRequest | None:
    """What a start would ask for; None while something is missing or wrong."""
    if model is None or output is None or not sources:
        return None
    single = UpscaleRequest(model, chosen.device, compare=False, ensemble=chosen.ensemble)
    patterns = tuple(pattern for part in chosen.include.split(",") if (pattern := part.strip()))
    rest = (chosen.recursive, patterns, (), chosen.template, chosen.collision, chosen.ending, chosen.metadata)
    try:
        return BatchRequest(sources, output, single, *rest)
    except BadRequest:  # what is wrong with a template stands under its field
        return None


def untouched(item: Item, before: Outcome | None) -> Outcome:
    """What is known of a file before its turn; what was done since the window opened stays done."""
    if before is not None and item.reason == DONE_BEFORE:
        return before
    return Outcome(item.found.source, item.output, item.state, item.reason)


def outcome(event: FileDone | FileFailed, item: Item) -> Outcome:
    """What became of a file."""
    if isinstance(event, FileFailed):
        return Outcome(item.found.source, item.output, "failed", str(event.error))
    size = (event.width, event.height, event.size)
    return Outcome(item.found.source, item.output, "done", "", *size, event.seconds)


def written(item: Item) -> Outcome | None:
    """A result that got to its place while the batch was being stopped: it never has half of it there."""
    try:
        size = item.output.stat().st_size if item.fresh else 0
    except OSError:
        return None
    return Outcome(item.found.source, item.output, "done", "", size=size) if size else None
