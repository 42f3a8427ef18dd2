"""A batch in words: lines of its table, what is done, how long it still takes."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from engine.batch import naming
from engine.batch.naming import Grown, Naming
from engine.batch.planning import Item
from engine.batch.report import Outcome
from engine.errors import BadRequest, EngineError, PictureFailed, PictureUnreadable, PictureUnwritable
from engine.upscaling.request import Target
from srcnn_gui.choices import text as describe
from srcnn_gui.choices.text import duration
from srcnn_gui.pages.batch.state import Choices, Counts, Row
from srcnn_gui.runtime.translations import _, listed, number, plural, said, sentence, standing_alone, together

_ENOUGH_SHARE, _ENOUGH_S = 0.02, 1.0  # of the work and of time, before a guess is worth saying


def row(item: Item, outcome: Outcome, reason: str = "") -> Row:
    """The line of a file that is not in work; `reason` is in the person's language."""
    path = item.found.path
    why = reason or said(outcome.reason)
    if outcome.state == "done":
        size = file_size(outcome.size)
        result = f"{outcome.width} × {outcome.height}, {size}" if outcome.width else size
        return Row(path, "done", _("Done"), seconds(outcome.seconds) if outcome.seconds else "", result)
    if outcome.state == "skipped":
        return Row(path, "skipped", _("Skipped"), "", why)
    if outcome.state == "failed":
        return Row(path, "failed", _("Failed"), "", why)
    return Row(path, "waiting", _("Waiting"), "", f"→ {item.output.name}")


def working_row(item: Item, done: int, total: int, took: float) -> Row:
    """The line of the file in work."""
    if not total:
        return Row(item.found.path, "working", _("Working"))
    share = _("Working {percent} %").format(percent=100 * done // total)
    tiles = _("{done} of {total} tiles").format(done=done, total=total)
    return Row(item.found.path, "working", share, seconds(took), tiles)


def writing_row(item: Item) -> Row:
    """The line of a file whose result is on its way to the disk."""
    return Row(item.found.path, "working", _("Writing"))


def seconds(took: float) -> str:
    """A time in the table: 0.64 s, 12.4 s, 3 min."""
    if took >= 99.5:
        return duration(took)
    return _("{time} s").format(time=f"{took:.2f}" if took < 9.995 else f"{took:.1f}")


def file_size(size: int) -> str:
    """96 kB, 3.1 MB."""
    for unit, in_words in ((1e9, _("{size} GB")), (1e6, _("{size} MB"))):
        if size >= unit:
            return in_words.format(size=f"{size / unit:.1f}")
    return _("{size} kB").format(size=max(1, round(size / 1e3)))


def size(size: tuple[int, int] | None) -> str:
    """Width and height of a picture, if they are known."""
    return f"{size[0]} × {size[1]}" if size else ""


def source(sources: Sequence[Path]) -> str:
    """Where the pictures come from: a folder by its path, several by their number."""
    if not sources:
        return ""
    if len(sources) == 1:
        return home(sources[0])
    if len({path.parent for path in sources}) == 1:
        return _("{count} from {folder}").format(count=len(sources), folder=home(sources[0].parent))
    return _("{count} folders and files").format(count=len(sources))


def home(path: Path) -> str:
    """A path with the home folder as ~."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)


def beside(sources: Sequence[Path], chosen: Choices) -> Path:
    """Where the results go if nobody says otherwise: a folder beside the first source, named for the factor."""
    first = sources[0]
    size = describe.size(chosen.scale, chosen.target)
    return first.with_name(f"{first.name if first.is_dir() else first.parent.name or 'x'} {size}")


def example(name: str, chosen: Choices, model_for: Callable[[float], str]) -> tuple[str, str]:
    """What the template makes of a file, "a.jpg → a_x3.jpg", and what is wrong with it; one of both is empty.

    `model_for` names the model that upscales by a factor.
    """
    try:
        naming.check(chosen.template, chosen.ending)
    except BadRequest as error:
        return "", sentence(error)
    target = chosen.target or Target(chosen.scale)
    height, width = 480, 640  # of a picture as good as any, unless it is too large or too small
    if not target.fits(height, width):
        height, width = max(1, (target.height or 480) // 2), max(1, (target.width or 640) // 2)
    tall, wide = target.size(height, width)
    times = target.times(height, width)
    grown = Grown(times, wide, tall, model_for(times))
    fixed = chosen.target is None or chosen.target.factor is not None
    scale, model = (times, grown.model) if fixed else (None, None)
    naming_as = Naming(chosen.template, chosen.ending, scale, model, date.today())  # noqa: DTZ011 - theirs
    return f"{name} → {naming_as.name(name, 1, grown)}", ""


def left(share: float, active_s: float) -> str:
    """How long the rest takes, once so much of the work can be judged by."""
    if share < _ENOUGH_SHARE or active_s < _ENOUGH_S:
        return ""
    return _("{time} left").format(time=duration(active_s * (1 - share) / share))


def summary(counts: Counts) -> str:
    """40 done, 1 skipped, 3 failed, 56 to go."""
    words = (
        (counts.done, _("{n} done")),
        (counts.skipped, _("{n} skipped")),
        (counts.failed, _("{n} failed")),
        (counts.to_go, _("{n} to go")),
    )
    return listed(text.format(n=many) for many, text in words if many)


def speed(megapixels: float, active_s: float) -> str:
    """1.9 megapixels a second, 46 s so far."""
    so_far = _("{time} so far").format(time=duration(active_s))
    if not megapixels or not active_s:
        return so_far
    rate = _("{rate} megapixels a second").format(rate=number(megapixels / active_s, 1))
    return listed((rate, so_far))


def failures(failed: int, *, running: bool) -> tuple[str, str]:
    """How many failed, and what that means; empty words for none."""
    if not failed:
        return "", ""
    many = plural("{n} file failed.", "{n} files failed.", failed).format(n=failed)
    rest = _("The others go on.") if running else _("The others are not affected.")
    return many, together(rest, plural("Nothing was written for it.", "Nothing was written for them.", failed))


def start(counts: Counts) -> str:
    """What the blue button does."""
    if counts.to_go:
        return plural("Upscale {n} file", "Upscale {n} files", counts.to_go).format(n=counts.to_go)
    return _("Retry failed") if counts.failed else _("Upscale")


def failure(error: EngineError) -> str:
    """Why a file failed; its line names it already."""
    reason = error.facts.get("reason")
    if not isinstance(error, PictureFailed | PictureUnreadable | PictureUnwritable) or not isinstance(reason, str):
        return sentence(error)
    return standing_alone(said(reason))


def busy() -> str:
    """Return why nothing can be added to the list now, and what to do."""
    return _("Files cannot be added while a batch is running. Wait until it is done, or cancel it, then add them.")


def running() -> str:
    """What the status bar says meanwhile."""
    return _("Batch running. You can go on working in the other tabs.")
