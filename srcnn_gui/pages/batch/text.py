"""Texts of the Batch page for table rows, progress and summaries."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from engine.batch import naming
from engine.batch.naming import Naming, OutputSize
from engine.batch.outcome import Outcome
from engine.batch.planning import BatchItem
from engine.errors import (
    N_,
    EngineError,
    ImageFailed,
    ImageUnreadable,
    ImageUnwritable,
    InvalidSetting,
    WouldLoseData,
)
from engine.imaging.codecs.formats import FORMATS_BY_NAME
from engine.upscaling.request import Target
from srcnn_gui.choices import text as choices_text
from srcnn_gui.choices.text import format_duration
from srcnn_gui.pages.batch.state import BatchSettings, Counts, Row
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

_MIN_FRACTION, _MIN_ELAPSED_S = 0.02, 1.0  # completed fraction and time before the first estimate is shown


def format_row(item: BatchItem, outcome: Outcome, reason: str = "") -> Row:
    """Return the table row of a file that is queued, done, skipped or failed.

    `reason` is the translated reason of a failure. If it is empty, the reason in `outcome` is shown.
    """
    path = item.file.path
    reason_text = reason or translate(outcome.reason)
    if outcome.state == "done":
        size = format_file_size(outcome.size)
        result: str = f"{outcome.width} × {outcome.height}, {size}" if outcome.width else size
        if outcome.warnings:
            result = join_sentences(as_sentence(result), *map(translate, outcome.warnings))
        return Row(path, "done", _("Done"), format_processing_time(outcome.seconds) if outcome.seconds else "", result)
    if outcome.state == "skipped":
        return Row(path, "skipped", _("Skipped"), "", reason_text)
    if outcome.state == "failed":
        return Row(path, "failed", _("Failed"), "", reason_text)
    return Row(path, "queued", _("Queued"), "", f"→ {item.output.name}")


def format_unsavable_row(item: BatchItem, error: EngineError) -> Row:
    """Return the table row of a file whose result cannot be saved."""
    return Row(item.file.path, "unsavable", _("Can't be saved"), "", describe_failure(error))


def format_processing_row(item: BatchItem, done: int, total: int, elapsed_s: float) -> Row:
    """Return the table row of the current file, with the progress: `done` of `total` tiles."""
    if not total:
        return Row(item.file.path, "working", _("Processing"))
    progress = _("Processing {percent}%").format(percent=100 * done // total)
    tiles = _("{done} of {total} tiles").format(done=done, total=total)
    return Row(item.file.path, "working", progress, format_processing_time(elapsed_s), tiles)


def format_writing_row(item: BatchItem) -> Row:
    """Return the table row of a file whose result is being written."""
    return Row(item.file.path, "working", _("Saving"))


def format_processing_time(elapsed_s: float) -> str:
    """Format the processing time of a file, such as "0.64 s", "12.4 s" or "3 min"."""
    if elapsed_s >= 99.5:
        return format_duration(elapsed_s)
    return _("{time} s").format(time=f"{elapsed_s:.2f}" if elapsed_s < 9.995 else f"{elapsed_s:.1f}")


def format_file_size(size: int) -> str:
    """Format a file size in bytes, such as "96 kB" or "3.1 MB"."""
    for unit, template in ((1e9, _("{size} GB")), (1e6, _("{size} MB"))):
        if size >= unit:
            return template.format(size=f"{size / unit:.1f}")
    return _("{size} kB").format(size=max(1, round(size / 1e3)))


def format_image_size(size: tuple[int, int] | None) -> str:
    """Format the width and height of an image in pixels, or return "" if the size is unknown."""
    return f"{size[0]} × {size[1]}" if size else ""


def describe_sources(sources: Sequence[Path]) -> str:
    """Return the path of a single input, or the number of inputs, as text."""
    if not sources:
        return ""
    if len(sources) == 1:
        return shorten_home(sources[0])
    if len({path.parent for path in sources}) == 1:
        return _("{count} items from {folder}").format(count=len(sources), folder=shorten_home(sources[0].parent))
    return _("{count} files and folders").format(count=len(sources))


def shorten_home(path: Path) -> str:
    """Return a path as text, with the home folder replaced with "~"."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)


def suggest_output_folder(sources: Sequence[Path], settings: BatchSettings) -> Path:
    """Return the default output folder next to the first input, such as "photos-x2" for "photos"."""
    first = sources[0]
    name = first.name if first.is_dir() else first.parent.name or "x"
    return first.with_name(f"{name}-{_format_size_for_name(settings)}")


def _format_size_for_name(settings: BatchSettings) -> str:
    """Return the scale factor or the target size for a folder name, such as "x2" or "1920px-wide"."""
    target = settings.target or Target(settings.scale)
    if target.factor is not None:
        return f"x{target.factor:g}"
    if target.longest is not None:
        return f"{target.longest}px"
    return f"{target.width}px-wide" if target.width is not None else f"{target.height}px-high"


def format_name_example(name: str, settings: BatchSettings, model_for: Callable[[float], str]) -> tuple[str, str]:
    """Return an example such as "a.jpg → a_x3.jpg" for the name template, and an error message.

    The error message is empty if the template is valid. Otherwise, the example is empty.

    Parameters
    ----------
    name : file name of the input in the example
    settings : settings of the page
    model_for : function that returns the name of the model for a scale factor
    """
    try:
        naming.check_template(settings.template, settings.extension)
    except InvalidSetting as error:
        return "", error_message(error)
    target = settings.target or Target(settings.scale)
    height, width = 480, 640  # size (px) of the example image, unless the target size does not fit it
    if not target.fits(height, width):
        height = max(1, (target.height or target.longest or 480) // 2)
        width = max(1, (target.width or target.longest or 640) // 2)
    result_height, result_width = target.size(height, width)
    scale_factor = target.scale_factor(height, width)
    result_size = OutputSize(scale_factor, result_width, result_height, model_for(scale_factor))
    is_same_for_all = settings.target is None or settings.target.factor is not None
    scale, model = (scale_factor, result_size.model) if is_same_for_all else (None, None)
    example_naming = Naming(settings.template, settings.extension, scale, model, date.today())  # noqa: DTZ011 - theirs
    return f"{name} → {example_naming.result_name(name, 1, result_size)}", ""


def format_time_left(fraction: float, elapsed_s: float) -> str:
    """Format an estimate of the remaining time, or return "" if it is too early for an estimate.

    Parameters
    ----------
    fraction : completed fraction of the work, from 0 to 1
    elapsed_s : elapsed time without pauses, in seconds
    """
    if fraction < _MIN_FRACTION or elapsed_s < _MIN_ELAPSED_S:
        return ""
    return _("{time} left").format(time=format_duration(elapsed_s * (1 - fraction) / fraction))


def summarize_counts(counts: Counts, added: int = 0) -> str:
    """Return the number of files in each state as text, such as "40 done, 3 failed, 56 remaining".

    `added` is the number of files and folders that are processed after the current files.
    """
    parts = (
        (counts.done, _("{n} done")),
        (counts.skipped, _("{n} skipped")),
        (counts.failed, _("{n} failed")),
        (counts.queued, _("{n} remaining")),
        (counts.unsavable, _("{n} can't be saved")),
        (added, _("{n} added for later")),
    )
    return join_list(text.format(n=count) for count, text in parts if count)


def describe_speed(megapixels: float, elapsed_s: float) -> str:
    """Return the speed and the elapsed time as text, such as "1.9 MP/s, 46 s elapsed"."""
    so_far = _("{time} elapsed").format(time=format_duration(elapsed_s))
    if not megapixels or not elapsed_s:
        return so_far
    rate = _("{rate} MP/s").format(rate=format_number(megapixels / elapsed_s, 1))
    return join_list((rate, so_far))


def describe_failures(failed: int, *, running: bool) -> tuple[str, str]:
    """Return two texts: the number of failed files, and the consequences for the batch.

    Both texts are empty if no file failed.
    """
    if not failed:
        return "", ""
    count_text = plural("{n} file failed.", "{n} files failed.", failed).format(n=failed)
    rest = _("Processing continues with the other files.") if running else _("The other files are not affected.")
    return count_text, join_sentences(
        rest, plural("No result was saved for the failed file.", "No results were saved for the failed files.", failed)
    )


def format_start_button(counts: Counts, *, watch: bool = False) -> str:
    """Return the text of the start button, such as "Upscale 5 Files".

    `watch` is whether the folders are watched.
    """
    if watch:
        return _("Start Watching")
    if counts.queued:
        return plural("Upscale {n} File", "Upscale {n} Files", counts.queued).format(n=counts.queued)
    return _("Upscale")


def describe_failure(error: EngineError) -> str:
    """Return why a file failed and what to do. The file name is omitted, because the table row shows it."""
    reason = error.facts.get("reason")
    if isinstance(error, ImageFailed | ImageUnreadable | ImageUnwritable) and isinstance(reason, str):
        advice = error.advice if isinstance(error, WouldLoseData) else ()
        return join_sentences(as_sentence(translate(reason)), *map(translate, advice))
    # A new error, because the original one refers to the image through its traceback.
    subject = N_("The result") if isinstance(error, ImageUnwritable) else N_("The image")
    unnamed = EngineError(**{**error.facts, "name": subject})
    unnamed.message = error.message
    return error_message(unnamed)


def describe_unsavable(errors: Sequence[EngineError]) -> str:
    """Return the number of results that cannot be saved, and the reason if it is the same for all."""
    count = plural("The result of {n} file can't be saved.", "The results of {n} files can't be saved.", len(errors))
    reasons = {str(error.facts.get("reason", "")) for error in errors}
    reason: Any = errors[0].facts.get("reason", "") if len(reasons) == 1 else N_("Select a file to read why.")
    return join_sentences(count.format(n=len(errors)), translate(reason))


def remedy_title(changes: Mapping[str, object]) -> str:
    """Return the text of the button that applies a `Remedy`, or "" if the page has no setting for it."""
    if "format" in changes:
        return _("Save These as {format}").format(format=FORMATS_BY_NAME[str(changes["format"])].title)
    return "" if "lossless" in changes else choices_text.remedy_title(changes)


def ask_to_resume(done: int, total: int) -> str:
    """Return the question whether to resume the last batch, of which `done` of `total` files are done."""
    return _("The last batch was interrupted. {done} of {total} files are done. Resume it?").format(
        done=done, total=total
    )


def explain_added_later() -> str:
    """Return the notice that explains when files that are added during a batch are processed."""
    return _("The added files are processed after the current files.")


def describe_waiting() -> str:
    """Return the text that the status bar shows while watched folders contain no new images."""
    return _("Waiting for new images…")


def describe_running_batch() -> str:
    """Return the text that the status bar shows during a batch."""
    return _("A batch is running. You can keep using the other pages.")
