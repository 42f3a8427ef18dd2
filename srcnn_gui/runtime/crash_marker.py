"""Marker files in the state directory, from which the next window detects that a window crashed.

Each window holds a lock on its own marker, so a marker without a lock belongs to a window that is gone. When the
process crashes, faulthandler writes the stacks of all threads into the marker.
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
_HEAD_CHARS, _TAIL_CHARS = 500, 7000  # reported characters; faulthandler writes the crashed thread last
_log = logging.getLogger(__name__)


@contextmanager
def running_marker() -> Iterator[None]:
    """Hold a marker file inside the context. If it cannot be written, the window runs without one."""
    path = paths.state() / f"window-{uuid4().hex}{_SUFFIX}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = locks.open_exclusive(path, required=True)
    except OSError as error:
        _log.warning("no note of this window can be left: %s", error)
        file = None
    if file is None:
        yield
        return
    try:
        with file:
            # An empty file is not a marker yet: another window may be about to lock it.
            file.write(f"process {os.getpid()}, begun {datetime.now().astimezone():%Y-%m-%d %H:%M:%S}\n".encode())
            file.flush()
            faulthandler.enable(file)
            yield
            faulthandler.disable()
    finally:
        faulthandler.disable()
        path.unlink(missing_ok=True)


def read_crashes() -> list[str]:
    """Return the contents of the markers of crashed windows, and delete these markers."""
    reports = []
    for path in sorted(paths.state().glob(f"*{_SUFFIX}")):
        try:
            file = locks.open_exclusive(path, "r+b", required=True)
            if file is None:
                continue  # the window is running
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
                _log.error("a window did not end by itself: %s", report)
        except OSError as error:
            _log.warning("%s cannot be read: %s", path.name, error)
    return reports
