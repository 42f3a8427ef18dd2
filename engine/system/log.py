"""The log: a rotating file in the platform's log folder, with two older files."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, Any

from engine.system import locks, paths

_MAX_BYTES = 1_000_000
_BACKUP_COUNT = 2
_MAX_PROCESSES = 20  # of one name, each with its own log
_FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"


def start(name: str, level: int = logging.INFO) -> None:
    """Log messages of `level` and above to NAME.log. The file is created with the first message.

    If several programs of one name run, the second logs to NAME-2.log, because two processes cannot rotate one file.
    """
    stop()
    handler = _ProcessLogHandler(name)
    handler.setFormatter(logging.Formatter(_FORMAT))
    handler.setLevel(level)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(min(root.level or level, level))


def stop() -> None:
    """Stop logging to a file."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _ProcessLogHandler)]:
        root.removeHandler(handler)
        handler.close()


def path() -> Path | None:
    """Return the log file of this process; None if there is none (yet)."""
    own = [handler for handler in logging.getLogger().handlers if isinstance(handler, _ProcessLogHandler)]
    return own[0].path if own else None


def tail(lines: int) -> str:
    """Return the end of this process's log and of the newest other log, each under its name."""
    try:
        files = [(file.stat().st_mtime, file) for file in paths.log().glob("*.log")]
    except OSError:
        files = []
    newest = [file for _time, file in sorted(files, reverse=True)]
    own = path()
    ordered = ([own] if own else []) + [file for file in newest if file != own]
    return "\n\n".join(f"{file.name}\n{_last_lines(file, lines)}" for file in ordered[:2])


class _ProcessLogHandler(RotatingFileHandler):
    """A rotating log file with the first name that no running process uses."""

    def __init__(self, name: str) -> None:
        self._program = name
        self._lock: IO[Any] | None = None
        path = paths.log() / f"{name}.log"
        super().__init__(
            path, maxBytes=_MAX_BYTES, backupCount=_BACKUP_COUNT, encoding="utf-8", errors="replace", delay=True
        )

    @property
    def path(self) -> Path | None:
        """The file, once it is open."""
        return Path(self.baseFilename) if self._lock is not None else None

    def _open(self) -> Any:
        """Open the file. The first call chooses the name."""
        if self._lock is None:
            self._choose_name()
        return super()._open()

    def _choose_name(self) -> None:
        folder = Path(self.baseFilename).parent
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, _MAX_PROCESSES + 1):
            name = self._program if number == 1 else f"{self._program}-{number}"
            lock = locks.open_exclusive(folder / f"{name}.lock")
            if lock is not None:
                self._lock, self.baseFilename = lock, str(folder / f"{name}.log")
                return
        raise OSError(f"{_MAX_PROCESSES} programs write a log already")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Ignore errors of logging."""

    def close(self) -> None:
        super().close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _last_lines(file: Path, lines: int) -> str:
    """Return the last lines of a file."""
    try:
        with file.open("rb") as log:
            log.seek(max(0, file.stat().st_size - 400 * lines))
            return "\n".join(log.read().decode("utf-8", "replace").splitlines()[-lines:])
    except OSError as error:
        return str(error)
