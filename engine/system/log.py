"""Logging to a file in the platform's log folder. The file is rotated, with two backups."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, Any

from engine.system import locks, paths

_MAX_BYTES = 1_000_000
_BACKUP_COUNT = 2
_MAX_PROCESSES = 20  # that use the same name at the same time, each with its own log file
_FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"


def start(name: str, level: int = logging.INFO) -> None:
    """Start logging to NAME.log in the log folder. The file is created with the first message.

    If another process already uses this name, the file is NAME-2.log and so on, because two processes cannot rotate
    the same file.

    Parameters
    ----------
    name : NAME of the log
    level : lowest level of the messages to log
    """
    stop()
    handler = _ProcessLogHandler(name)
    handler.setFormatter(logging.Formatter(_FORMAT))
    handler.setLevel(level)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(min(root.level or level, level))


def stop() -> None:
    """Stop logging to a file, and close the file."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _ProcessLogHandler)]:
        root.removeHandler(handler)
        handler.close()


def path() -> Path | None:
    """Return the path of this process's log file; None if no message has been logged yet."""
    own = [handler for handler in logging.getLogger().handlers if isinstance(handler, _ProcessLogHandler)]
    return own[0].path if own else None


def tail(max_lines: int) -> str:
    """Return the last lines of up to two log files: the log of this process, and the newest other log.

    Parameters
    ----------
    max_lines : maximum number of lines from each file
    """
    try:
        files = [(file.stat().st_mtime, file) for file in paths.log_folder().glob("*.log")]
    except OSError:
        files = []
    newest = [file for _time, file in sorted(files, reverse=True)]
    own = path()
    ordered = ([own] if own else []) + [file for file in newest if file != own]
    return "\n\n".join(f"{file.name}\n{_last_lines(file, max_lines)}" for file in ordered[:2])


class _ProcessLogHandler(RotatingFileHandler):
    """Rotating log handler for the first file of NAME.log, NAME-2.log, … that no other process is using."""

    def __init__(self, name: str) -> None:
        self._program = name
        self._lock: IO[Any] | None = None
        path = paths.log_folder() / f"{name}.log"
        super().__init__(
            path, maxBytes=_MAX_BYTES, backupCount=_BACKUP_COUNT, encoding="utf-8", errors="replace", delay=True
        )

    @property
    def path(self) -> Path | None:
        """Path of the log file; None until it is open."""
        return Path(self.baseFilename) if self._lock is not None else None

    def _open(self) -> Any:
        """Open the log file. The first call also chooses the file name."""
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
        raise OSError(f"{_MAX_PROCESSES} processes are already writing logs")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Ignore errors, such as a full disk, because logging must never interrupt the program."""

    def close(self) -> None:
        super().close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _last_lines(file: Path, lines: int) -> str:
    """Return at most the last `lines` lines of a log file, or the error message if it cannot be read."""
    try:
        with file.open("rb") as log:
            log.seek(max(0, file.stat().st_size - 400 * lines))
            return "\n".join(log.read().decode("utf-8", "replace").splitlines()[-lines:])
    except OSError as error:
        return str(error)
