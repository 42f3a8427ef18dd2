"""What becomes of an error that nobody foresaw: to the log, and once before the person. No Qt."""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from engine.system.diagnostics import without_home
from srcnn_gui.runtime.translations import _

_log = logging.getLogger(__name__)
_LOGGED_WHOLE = 3  # of one kind; then each hundredth time, in a line
_MOST_DETAILS = 20_000  # characters


@dataclass(frozen=True)
class Failure:
    """What a person is shown: a sentence, and the details that help somebody else."""

    sentence: str
    details: str


class Failures:
    """Tells errors. One that comes again is counted, not shown again: it may come with every redraw."""

    def __init__(self, show: Callable[[Failure], None]) -> None:
        self._show = show
        self._seen: dict[tuple[str, str], int] = {}
        self._told: list[str] = []
        self.is_shown = False  # whether the last one is still before the person

    def report(self, error: BaseException, trace: TracebackType | None = None) -> None:
        """An error nobody expected; `trace` where the error has none of its own."""
        if isinstance(error, KeyboardInterrupt | SystemExit):
            return
        frames = traceback.extract_tb(error.__traceback__ or trace)
        place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        kind = (type(error).__qualname__, place)
        count = self._seen[kind] = self._seen.get(kind, 0) + 1
        details = "".join(traceback.format_exception(type(error), error, error.__traceback__ or trace))
        if count <= _LOGGED_WHOLE:
            _log.error("not foreseen:\n%s", details)
        elif count % 100 == 0:
            _log.error("not foreseen, for the %dth time: %s at %s", count, *kind)
        if count > 1:
            return
        self._told = [*self._told, details] if self.is_shown else [details]
        told = _("Something unexpected happened: {kind}: {text}").format(kind=type(error).__name__, text=error)
        if len(self._told) > 1:
            told = _("{count} unexpected things happened; the last: {kind}: {text}").format(
                count=len(self._told), kind=type(error).__name__, text=error
            )
        self.is_shown = True
        self._show(Failure(without_home(told), without_home("\n".join(self._told)[-_MOST_DETAILS:])))

    def dismissed(self) -> None:
        """The person has seen it."""
        self.is_shown = False


def crashed(told: str) -> Failure:
    """What to say at the start after a window that did not end by itself; `told` is what it left."""
    return Failure(_("SRCNN Studio did not end properly the last time."), without_home(told))
