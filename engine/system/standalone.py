"""What a program sets up in a process of its own. A package that another program imports leaves these alone."""

import ctypes
import logging
import warnings

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h


def settle() -> None:
    """Set up memory, warnings and logs of this process; call it once, where a program starts."""
    keep_freed_memory()
    quiet_codecs()


def keep_freed_memory() -> None:
    """Have glibc keep freed memory for the next tile; elsewhere nothing.

    By default it gives a buffer of some MB back to the system and has it made anew, zeroed page by page, for the next
    tile: a tenth of the time, now and then half of it.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # musl, macOS, Windows
        return
    mallopt(_M_MMAP_THRESHOLD, 32 << 20)  # the most it takes: larger buffers still come from the system
    mallopt(_M_TRIM_THRESHOLD, 256 << 20)
    mallopt(_M_ARENA_MAX, 1)  # a heap of a thread's own ends at 64 MB, and ends often


def quiet_codecs() -> None:
    """Hide what codecs warn of: damage that they can live with. What they cannot is an exception."""
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
    tifffile = logging.getLogger("tifffile")
    tifffile.addHandler(logging.NullHandler())
    tifffile.propagate = False
