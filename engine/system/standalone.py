"""Process-wide setup for the program itself. It must not run when another program imports the package."""

import ctypes
import logging
import warnings

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h


def configure_process() -> None:
    """Configure memory, warnings and logs of this process. Call it once at startup."""
    keep_freed_memory()
    quiet_codecs()


def keep_freed_memory() -> None:
    """Make glibc keep freed memory for the next tile. Does nothing on other platforms.

    By default, glibc returns buffers of several MB to the system, and the next tile gets new pages that must be
    zeroed. This costs 10% of the time, sometimes half of it.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # musl, macOS, Windows
        return
    mallopt(_M_MMAP_THRESHOLD, 32 << 20)  # the maximum; larger buffers still come from the system
    mallopt(_M_TRIM_THRESHOLD, 256 << 20)
    mallopt(_M_ARENA_MAX, 1)  # thread heaps are limited to 64 MB and freed often


def quiet_codecs() -> None:
    """Hide warnings of codecs about damage that they can repair. Other damage raises an exception."""
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
    tifffile = logging.getLogger("tifffile")
    tifffile.addHandler(logging.NullHandler())
    tifffile.propagate = False
