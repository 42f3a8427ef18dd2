"""Texts of the Batch page: table rows, progress and summaries."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from engine.batch import naming
from engine.batch.naming import Naming, OutputSize
from engine.batch.planning import Item
from engine.batch.report import Outcome
from engine.errors import BadRequest, EngineError, ImageFailed, ImageUnreadable, ImageUnwritable
from engine.upscaling.request import Target
from srcnn_gui.choices import text as describe
from srcnn_gui.choices.text import duration
from srcnn_gui.pages.batch.state import Choices, Counts, Row
from srcnn_gui.runtime.translations import (
    _,
    as_sentence,
    error_message,
    format_number,
    join_list,
    join_sentences,
    plural,
    translate,
)

_MIN_SHARE, _MIN_ACTIVE_S = 0.02, 1.0  # minimum share of the work and active time for an estimate


def row(item: Item, outcome: Outcome, reason: str = "") -> Row:
    """Return the row of a file that is not being processed. `reason` is translated."""
    path = item.file.path
    reason_text = reason or translate(outcome.reason)
    if outcome.state == "done":
        size = file_size(outcome.size)
        result = f"{outcome.width} × {outcome.height}, {size}" if outcome.width else size
        return Row(path, "done", _("Done"), seconds(outcome.seconds) if outcome.seconds else "", result)
    if outcome.state == "skipped":
        return Row(path, "skipped", _("Skipped"), "", reason_text)
    if outcome.state == "failed":
        return Row(path, "failed", _("Failed"), "", reason_text)
    return Row(path, "waiting", _("Waiting"), "", f"→ {item.output.name}")


def working_row(item: Item, done: int, total: int, elapsed_s: float) -> Row:
    """Return the row of the current file."""
    if not total:
        return Row(item.file.path, "working", _("Working"))
    share = _("Working {percent} %").format(percent=100 * done // total)
    tiles = _("{done} of {total} tiles").format(done=done, total=total)
    return Row(item.file.path, "working", share, seconds(elapsed_s), tiles)


def writing_row(item: Item) -> Row:
    """Return the row of a file whose result is being written."""
    return Row(item.file.path, "working", _("Writing"))


def seconds(elapsed_s: float) -> str:
    """Format a time in the table: 0.64 s, 12.4 s, 3 min."""
    if elapsed_s >= 99.5:
        return duration(elapsed_s)
    return _("{time} s").format(time=f"{elapsed_s:.2f}" if elapsed_s < 9.995 else f"{elapsed_s:.1f}")


def file_size(size: int) -> str:
    """Format a file size: 96 kB, 3.1 MB."""
    for unit, translate_fact in ((1e9, _("{size} GB")), (1e6, _("{size} MB"))):
        if size >= unit:
            return translate_fact.format(size=f"{size / unit:.1f}")
    return _("{size} kB").format(size=max(1, round(size / 1e3)))


def size(size: tuple[int, int] | None) -> str:
    """Format width and height, or return an empty string for None."""
    return f"{size[0]} × {size[1]}" if size else ""


def source(sources: Sequence[Path]) -> str:
    """Describe the inputs: one by its path, several by their number."""
    if not sources:
        return ""
    if len(sources) == 1:
        return shorten_home(sources[0])
    if len({path.parent for path in sources}) == 1:
        return _("{count} from {folder}").format(count=len(sources), folder=shorten_home(sources[0].parent))
    return _("{count} folders and files").format(count=len(sources))


def shorten_home(path: Path) -> str:
    """Return a path with ~ for the home folder."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)


def default_output(sources: Sequence[Path], chosen: Choices) -> Path:
    """Return the default output folder: next to the first input, named after the scale factor."""
    first = sources[0]
    size = describe.scale_or_size(chosen.scale, chosen.target)
    return first.with_name(f"{first.name if first.is_dir() else first.parent.name or 'x'} {size}")


def example(name: str, chosen: Choices, model_for: Callable[[float], str]) -> tuple[str, str]:
    """Return an example of the name template, "a.jpg → a_x3.jpg", and its error; one of the two is empty.

    Parameters
    ----------
    name : file name of the example
    chosen : the choices
    model_for : returns the name of the model for a scale factor
    """
    try:
        naming.validate(chosen.template, chosen.ending)
    except BadRequest as error:
        return "", error_message(error)
    target = chosen.target or Target(chosen.scale)
    height, width = 480, 640  # an example size; adapted if the target size does not fit
    if not target.fits(height, width):
        height, width = max(1, (target.height or 480) // 2), max(1, (target.width or 640) // 2)
    tall, wide = target.size(height, width)
    times = target.scale_factor(height, width)
    grown = OutputSize(times, wide, tall, model_for(times))
    fixed = chosen.target is None or chosen.target.factor is not None
    scale, model = (times, grown.model) if fixed else (None, None)
    naming_as = Naming(chosen.template, chosen.ending, scale, model, date.today())  # noqa: DTZ011 - theirs
    return f"{name} → {naming_as.result_name(name, 1, grown)}", ""


def time_left(share: float, active_s: float) -> str:
    """Estimate the remaining time, or return an empty string if too little is done."""
    if share < _MIN_SHARE or active_s < _MIN_ACTIVE_S:
        return ""
    return _("{time} left").format(time=duration(active_s * (1 - share) / share))


def summary(counts: Counts) -> str:
    """Summarize the counts: 40 done, 1 skipped, 3 failed, 56 to go."""
    words = (
        (counts.done, _("{n} done")),
        (counts.skipped, _("{n} skipped")),
        (counts.failed, _("{n} failed")),
        (counts.queued, _("{n} to go")),
    )
    return join_list(text.format(n=count) for count, text in words if count)


def speed(megapixels: float, active_s: float) -> str:
    """Format the speed: 1.9 megapixels a second, 46 s so far."""
    so_far = _("{time} so far").format(time=duration(active_s))
    if not megapixels or not active_s:
        return so_far
    rate = _("{rate} megapixels a second").format(rate=format_number(megapixels / active_s, 1))
    return join_list((rate, so_far))


def failures(failed: int, *, running: bool) -> tuple[str, str]:
    """Return the number of failed files and its consequence as texts; both are empty if none failed."""
    if not failed:
        return "", ""
    count_text = plural("{n} file failed.", "{n} files failed.", failed).format(n=failed)
    rest = _("The others go on.") if running else _("The others are not affected.")
    return count_text, join_sentences(
        rest, plural("Nothing was written for it.", "Nothing was written for them.", failed)
    )


def start(counts: Counts) -> str:
    """Return the text of the start button."""
    if counts.queued:
        return plural("Upscale {n} file", "Upscale {n} files", counts.queued).format(n=counts.queued)
    return _("Retry failed") if counts.failed else _("Upscale")


def failure(error: EngineError) -> str:
    """Return why a file failed, without the file name, which its row already shows."""
    reason = error.facts.get("reason")
    if not isinstance(error, ImageFailed | ImageUnreadable | ImageUnwritable) or not isinstance(reason, str):
        return error_message(error)
    return as_sentence(translate(reason))


def busy() -> str:
    """Explain why no files can be added during a batch."""
    return _("Files cannot be added while a batch is running. Wait until it is done, or cancel it, then add them.")


def running() -> str:
    """Return the status bar text during a batch."""
    return _("Batch running. You can go on working in the other tabs.")
