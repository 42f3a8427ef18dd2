"""The log: a file in the platform's folder that starts anew when it is full, and keeps the two before it."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, Any

from engine.system import locks, paths

_LARGEST = 1_000_000  # bytes
_KEPT = 2  # full ones
_MOST_AT_ONCE = 20  # programs of one name with a log each
_FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"


def start(name: str, level: int = logging.INFO) -> None:
    """Log everything from `level` on into NAME.log; nothing is made before there is something to say.

    Of several programs that run at once, the second writes into NAME-2.log: two cannot turn one file over.
    """
    stop()
    handler = _File(name)
    handler.setFormatter(logging.Formatter(_FORMAT))
    handler.setLevel(level)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(min(root.level or level, level))


def stop() -> None:
    """Write into no file any more."""
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, _File)]:
        root.removeHandler(handler)
        handler.close()


def path() -> Path | None:
    """The file that this program writes into; None if it writes none (yet)."""
    own = [one for one in logging.getLogger().handlers if isinstance(one, _File)]
    return own[0].path if own else None


def tail(lines: int) -> str:
    """The end of this program's log and of the log written last by another, each under its name."""
    try:
        found = [(file.stat().st_mtime, file) for file in paths.log().glob("*.log")]
    except OSError:
        found = []
    newest = [file for _time, file in sorted(found, reverse=True)]
    own = path()
    ordered = ([own] if own else []) + [file for file in newest if file != own]
    return "\n\n".join(f"{file.name}\n{_end_of(file, lines)}" for file in ordered[:2])


class _File(RotatingFileHandler):
    """A log that takes the first name that no running program has."""

    def __init__(self, name: str) -> None:
        self._program = name
        self._lock: IO[Any] | None = None
        place = paths.log() / f"{name}.log"
        super().__init__(place, maxBytes=_LARGEST, backupCount=_KEPT, encoding="utf-8", errors="replace", delay=True)

    @property
    def path(self) -> Path | None:
        """The file, once it is open."""
        return Path(self.baseFilename) if self._lock is not None else None

    def _open(self) -> Any:
        """Open the file; the first time, find out which."""
        if self._lock is None:
            self._take_name()
        return super()._open()

    def _take_name(self) -> None:
        folder = Path(self.baseFilename).parent
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, _MOST_AT_ONCE + 1):
            name = self._program if number == 1 else f"{self._program}-{number}"
            lock = locks.hold(folder / f"{name}.lock")
            if lock is not None:
                self._lock, self.baseFilename = lock, str(folder / f"{name}.log")
                return
        raise OSError(f"{_MOST_AT_ONCE} programs write a log already")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """A log that cannot be written is no reason to disturb anybody."""

    def close(self) -> None:
        super().close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _end_of(file: Path, lines: int) -> str:
    """The last lines of a file."""
    try:
        with file.open("rb") as log:
            log.seek(max(0, file.stat().st_size - 400 * lines))
            return "\n".join(log.read().decode("utf-8", "replace").splitlines()[-lines:])
    except OSError as error:
        return str(error)
