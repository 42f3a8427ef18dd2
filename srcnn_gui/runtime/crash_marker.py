"""Marker files in the state directory, used to detect that the program crashed in an earlier session.

Each process locks its own marker file while the window is open, and deletes the file when the window is closed. A
marker that is not locked was therefore left by a crash. When the process crashes, `faulthandler` writes the stacks of
all threads to the marker.
"""

import faulthandler
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import uuid4

from engine.system import locks, paths

_SUFFIX = ".running"
_HEAD_CHARS, _TAIL_CHARS = 500, 7000  # characters to report; faulthandler writes the crashed thread last
_log = logging.getLogger(__name__)


@contextmanager
def running_marker() -> Iterator[None]:
    """Context manager that holds a locked marker file. If the file cannot be written, log a warning."""
    path = paths.state_folder() / f"window-{uuid4().hex}{_SUFFIX}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = locks.open_exclusive(path, required=True)
    except OSError as error:
        _log.warning("The crash marker cannot be written: %s", error)
        file = None
    if file is None:
        yield
        return
    try:
        with file:
            # `take_crash_reports` ignores empty files: they may belong to a window that has not locked its marker yet.
            file.write(f"process {os.getpid()}, started {datetime.now().astimezone():%Y-%m-%d %H:%M:%S}\n".encode())
            file.flush()
            faulthandler.enable(file)
            yield
            faulthandler.disable()
    finally:
        faulthandler.disable()
        path.unlink(missing_ok=True)


def take_crash_reports() -> list[str]:
    """Return the crash reports of earlier sessions, and delete their marker files.

    Each report is shortened to 7500 characters.
    """
    reports = []
    for path in sorted(paths.state_folder().glob(f"*{_SUFFIX}")):
        try:
            file = locks.open_exclusive(path, "r+b", required=True)
            if file is None:
                continue  # locked: its window is still running
            with file:
                text = file.read().decode("utf-8", "replace").strip()
            if text:
                path.unlink()
                report = (
                    text
                    if len(text) <= _HEAD_CHARS + _TAIL_CHARS
                    else f"{text[:_HEAD_CHARS]}\n[...]\n{text[-_TAIL_CHARS:]}"
                )
                reports.append(report)
                _log.error("An earlier session crashed: %s", report)
        except OSError as error:
            _log.warning("The crash marker %s cannot be read: %s", path.name, error)
    return reports
