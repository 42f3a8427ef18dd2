"""Prevention of system sleep during long jobs, on Windows, macOS and Linux with systemd."""

import ctypes
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_CONTINUOUS, _SYSTEM_REQUIRED = 0x80000000, 0x00000001  # winbase.h


@contextmanager
def prevent_sleep(reason: str) -> Iterator[None]:
    """Context manager that prevents system sleep, if this is supported. The screen may still turn off."""
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
    """Prevent sleep, and return the process that must be kept running for this.

    Return None on Windows, which needs no process, or if the program is missing or cannot be started.
    """
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
    """Return a command that prevents sleep until its standard input is closed.

    The list is empty if there is no such command for `platform`, a value of `sys.platform`.
    """
    if platform == "darwin":
        return ["caffeinate", "-i", "cat"]
    if platform == "linux":
        return ["systemd-inhibit", "--what=sleep:idle", "--mode=block", f"--why={reason}", "cat"]
    return []
