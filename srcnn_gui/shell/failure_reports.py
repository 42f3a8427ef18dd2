"""Reporting of unexpected errors: each is logged, and shown once. Independent of Qt."""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from engine.system.diagnostics import redact_home
from srcnn_gui.runtime.translations import _

_log = logging.getLogger(__name__)
_MAX_FULL_LOGS = 3  # per kind of error; then a line for every 100th
_MAX_DETAILS = 20_000  # characters


@dataclass(frozen=True)
class Failure:
    """An unexpected error: the message for the user, and the details for a bug report."""

    message: str
    details: str


class FailureReporter:
    """Logs and shows unexpected errors. Repeated ones, as from every repaint, are only counted."""

    def __init__(self, show: Callable[[Failure], None]) -> None:
        self._show = show
        self._counts: dict[tuple[str, str], int] = {}
        self._details: list[str] = []
        self.is_shown = False  # whether the last error is still displayed

    def report(self, error: BaseException, trace: TracebackType | None = None) -> None:
        """Report an error; `trace` is used if the error has no traceback."""
        if isinstance(error, KeyboardInterrupt | SystemExit):
            return
        frames = traceback.extract_tb(error.__traceback__ or trace)
        place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        kind = (type(error).__qualname__, place)
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        details = "".join(traceback.format_exception(type(error), error, error.__traceback__ or trace))
        if count <= _MAX_FULL_LOGS:
            _log.error("not foreseen:\n%s", details)
        elif count % 100 == 0:
            _log.error("not foreseen, for the %dth time: %s at %s", count, *kind)
        if count > 1:
            return
        self._details = [*self._details, details] if self.is_shown else [details]
        message = _("Something unexpected happened: {kind}: {text}").format(kind=type(error).__name__, text=error)
        if len(self._details) > 1:
            message = _("{count} unexpected things happened; the last: {kind}: {text}").format(
                count=len(self._details), kind=type(error).__name__, text=error
            )
        self.is_shown = True
        self._show(Failure(redact_home(message), redact_home("\n".join(self._details)[-_MAX_DETAILS:])))

    def dismissed(self) -> None:
        """Mark the last error as closed."""
        self.is_shown = False


def crash_failure(report: str) -> Failure:
    """Return the failure for a crash of an earlier window; `report` is the content of its marker."""
    return Failure(_("SRCNN Studio did not end properly the last time."), redact_home(report))
