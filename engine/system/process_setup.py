"""Configuration of the whole process, for the command line and the window.

It must not be applied when another program imports the package as a library.
"""

import ctypes
import logging
import warnings

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h


def configure_process() -> None:
    """Configure the memory allocator and the codecs' warnings for this process. Call it once at startup."""
    keep_freed_memory()
    hide_codec_warnings()


def keep_freed_memory() -> None:
    """Make glibc keep freed memory, so that tiles are processed faster. Does nothing without glibc.

    By default, glibc returns buffers of several MB to the system, and the system must clear new pages for the next
    tile. This takes 10% of the processing time, and sometimes half of it.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # musl, macOS, Windows
        return
    mallopt(_M_MMAP_THRESHOLD, 32 << 20)  # the maximum; larger buffers are still returned to the system
    mallopt(_M_TRIM_THRESHOLD, 256 << 20)
    mallopt(_M_ARENA_MAX, 1)  # thread heaps are limited to 64 MB and freed often


def hide_codec_warnings() -> None:
    """Hide the codecs' warnings about damage that they can repair. Other damage raises an exception."""
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
    tifffile = logging.getLogger("tifffile")
    tifffile.addHandler(logging.NullHandler())
    tifffile.propagate = False
