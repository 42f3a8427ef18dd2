"""Keeping the system from going to sleep while something runs, where the platform lets a program ask for it."""

import ctypes
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_CONTINUOUS, _SYSTEM_REQUIRED = 0x80000000, 0x00000001  # winbase.h


@contextmanager
def kept(why: str) -> Iterator[None]:
    """Ask the system to stay awake inside; the screen may go dark. Where it cannot be asked, nothing happens."""
    asking = _ask(why)
    try:
        yield
    finally:
        if asking is not None:
            asking.stdin.close()  # type: ignore[union-attr]  # it is a pipe
            asking.terminate()
            asking.wait()
        if sys.platform == "win32":
            ctypes.windll.kernel32.SetThreadExecutionState(_CONTINUOUS)


def _ask(why: str) -> subprocess.Popen[bytes] | None:
    """Ask; on macOS and Linux a program of the system's holds the request for as long as it runs."""
    if sys.platform == "win32":
        ctypes.windll.kernel32.SetThreadExecutionState(_CONTINUOUS | _SYSTEM_REQUIRED)
        return None
    command = command_for(sys.platform, why)
    program = shutil.which(command[0]) if command else None
    if program is None:
        return None
    nothing = subprocess.DEVNULL
    try:
        return subprocess.Popen([program, *command[1:]], stdin=subprocess.PIPE, stdout=nothing, stderr=nothing)  # noqa: S603 - ours
    except OSError:
        return None


def command_for(platform: str, why: str) -> list[str]:
    """The command that keeps a platform awake until its standard input ends, which it does with this program."""
    if platform == "darwin":
        return ["caffeinate", "-i", "cat"]
    if platform == "linux":
        return ["systemd-inhibit", "--what=sleep:idle", "--mode=block", f"--why={why}", "cat"]
    return []
