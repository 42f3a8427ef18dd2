"""Reporting of unexpected errors in the log and to the user. Independent of Qt."""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from engine.system.diagnostics import redact_home
from srcnn_gui.runtime.translations import _

_log = logging.getLogger(__name__)
_MAX_FULL_LOGS = 3  # tracebacks per kind of error, then one line for every 100th error
_MAX_DETAILS = 20_000  # maximum number of characters


@dataclass(frozen=True)
class Failure:
    """An unexpected error, with a message for the user and details for a bug report."""

    message: str
    details: str


class FailureReporter:
    """Reporter that logs unexpected errors and shows each kind of error once.

    Most repetitions of an error, such as an error in a paint event, are not logged either.
    """

    def __init__(self, show_failure: Callable[[Failure], None]) -> None:
        self._show = show_failure
        self._counts: dict[tuple[str, str], int] = {}
        self._details: list[str] = []
        self.is_shown = False  # whether the dialog with the last error is open

    def report(self, error: BaseException, trace: TracebackType | None = None) -> None:
        """Log an error, and show it the first time it occurs. `trace` is used if the error has no traceback."""
        if isinstance(error, KeyboardInterrupt | SystemExit):
            return
        frames = traceback.extract_tb(error.__traceback__ or trace)
        place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        kind = (type(error).__qualname__, place)
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        details = "".join(traceback.format_exception(type(error), error, error.__traceback__ or trace))
        if count <= _MAX_FULL_LOGS:
            _log.error("Unexpected error:\n%s", details)
        elif count % 100 == 0:
            _log.error("Unexpected error, occurrence %d: %s at %s", count, *kind)
        if count > 1:
            return
        self._details = [*self._details, details] if self.is_shown else [details]
        message = _("An unexpected error occurred. {kind}: {text}").format(kind=type(error).__name__, text=error)
        if len(self._details) > 1:
            message = _("{count} unexpected errors occurred. The last error is {kind}: {text}").format(
                count=len(self._details), kind=type(error).__name__, text=error
            )
        self.is_shown = True
        self._show(Failure(redact_home(message), redact_home("\n".join(self._details)[-_MAX_DETAILS:])))

    def on_dialog_closed(self) -> None:
        """Start a new list of errors, because the dialog with the previous ones is closed."""
        self.is_shown = False


def crash_failure(report: str) -> Failure:
    """Return the description of a crash in an earlier session.

    `report` is the content of the marker file left by the crash.
    """
    return Failure(_("SRCNN Studio quit unexpectedly last time."), redact_home(report))
