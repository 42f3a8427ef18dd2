"""Prevents the system from sleeping during long jobs, on platforms that support it."""

import ctypes
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_CONTINUOUS, _SYSTEM_REQUIRED = 0x80000000, 0x00000001  # winbase.h


@contextmanager
def prevent_sleep(reason: str) -> Iterator[None]:
    """Keep the system awake inside the context, if the platform supports it; the screen may turn off."""
    inhibitor = _start_inhibitor(reason)
    try:
        yield
    finally:
        if inhibitor is not None:
            inhibitor.stdin.close()  # type: ignore[union-attr]  # it is a pipe
            inhibitor.terminate()
            inhibitor.wait()
        if sys.platform == "win32":
            ctypes.windll.kernel32.SetThreadExecutionState(_CONTINUOUS)


def _start_inhibitor(reason: str) -> subprocess.Popen[bytes] | None:
    """Prevent sleep; on macOS and Linux, return the system program that does so while it runs."""
    if sys.platform == "win32":
        ctypes.windll.kernel32.SetThreadExecutionState(_CONTINUOUS | _SYSTEM_REQUIRED)
        return None
    command = inhibit_command(sys.platform, reason)
    program = shutil.which(command[0]) if command else None
    if program is None:
        return None
    devnull = subprocess.DEVNULL
    try:
        return subprocess.Popen([program, *command[1:]], stdin=subprocess.PIPE, stdout=devnull, stderr=devnull)  # noqa: S603 - ours
    except OSError:
        return None


def inhibit_command(platform: str, reason: str) -> list[str]:
    """Return the command that keeps a platform awake until its standard input is closed."""
    if platform == "darwin":
        return ["caffeinate", "-i", "cat"]
    if platform == "linux":
        return ["systemd-inhibit", "--what=sleep:idle", "--mode=block", f"--why={reason}", "cat"]
    return []
