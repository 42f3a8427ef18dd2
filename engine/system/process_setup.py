"""Configuration of the process at startup of the command line and the window.

Do not use this module if the package is imported as a library by another program.
"""

import ctypes
import logging
import os
import sys
import warnings
from contextlib import suppress
from pathlib import Path

_NICENESS = 15  # 19 is the lowest priority
_BELOW_NORMAL = 0x4000  # BELOW_NORMAL_PRIORITY_CLASS of Windows
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h


def configure_process() -> None:
    """Configure the memory allocator and hide warnings of codecs. Call this once at startup."""
    keep_freed_memory()
    hide_codec_warnings()


def lower_priority() -> None:
    """Lower the priority of this process, so that other programs get the CPU first.

    On Linux, each thread has its own priority, and new threads inherit it from the thread that starts them.
    """
    if sys.platform == "win32":
        kernel = ctypes.WinDLL("kernel32")
        kernel.SetPriorityClass(ctypes.c_void_p(kernel.GetCurrentProcess()), _BELOW_NORMAL)
        return
    threads = [0]  # this process
    with suppress(OSError):
        threads = [int(thread.name) for thread in Path("/proc/self/task").iterdir()]
    for thread in threads:
        with suppress(OSError):  # the thread has ended
            os.setpriority(os.PRIO_PROCESS, thread, max(_NICENESS, os.getpriority(os.PRIO_PROCESS, thread)))


def keep_freed_memory() -> None:
    """Configure glibc to reuse freed memory, which speeds up tiles.

    Does nothing on systems without glibc.

    By default, glibc returns buffers of several MB to the system. The system must then clear new pages for the next
    tile, which takes 10% to 50% of the processing time.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # musl, macOS, Windows
        return
    mallopt(_M_MMAP_THRESHOLD, 32 << 20)  # the maximum; larger buffers are still returned to the system
    mallopt(_M_TRIM_THRESHOLD, 256 << 20)
    mallopt(_M_ARENA_MAX, 1)  # thread heaps are limited to 64 MB and freed often


def hide_codec_warnings() -> None:
    """Hide warnings of Pillow and tifffile about damaged files that they can still read."""
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
    tifffile = logging.getLogger("tifffile")
    tifffile.addHandler(logging.NullHandler())
    tifffile.propagate = False
