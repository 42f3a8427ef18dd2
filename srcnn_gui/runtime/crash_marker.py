"""A file that lies in the state folder while a window runs, so that the next one knows if it did not end by itself.

Each window has its own, and holds it: one that nobody holds is of a window that has gone. When the process crashes,
Python writes into it what every thread was doing.
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
_FIRST, _LAST = 500, 7000  # characters that are told; the thread that crashed comes last
_log = logging.getLogger(__name__)


@contextmanager
def marked() -> Iterator[None]:
    """Inside a window runs. Where nothing can be written, it runs unmarked."""
    path = paths.state() / f"window-{uuid4().hex}{_SUFFIX}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = locks.hold(path, surely=True)
    except OSError as error:
        _log.warning("no note of this window can be left: %s", error)
        file = None
    if file is None:
        yield
        return
    try:
        with file:
            # Only now is it a marker: an empty file is one that another window is about to hold.
            file.write(f"process {os.getpid()}, begun {datetime.now().astimezone():%Y-%m-%d %H:%M:%S}\n".encode())
            file.flush()
            faulthandler.enable(file)
            yield
            faulthandler.disable()
    finally:
        faulthandler.disable()
        path.unlink(missing_ok=True)


def crashes() -> list[str]:
    """What windows left that did not end by themselves, each told once."""
    found = []
    for path in sorted(paths.state().glob(f"*{_SUFFIX}")):
        try:
            file = locks.hold(path, "r+b", surely=True)
            if file is None:
                continue  # it runs
            with file:
                said = file.read().decode("utf-8", "replace").strip()
            if said:
                path.unlink()
                told = said if len(said) <= _FIRST + _LAST else f"{said[:_FIRST]}\n[...]\n{said[-_LAST:]}"
                found.append(told)
                _log.error("a window did not end by itself: %s", told)
        except OSError as error:
            _log.warning("%s cannot be read: %s", path.name, error)
    return found
