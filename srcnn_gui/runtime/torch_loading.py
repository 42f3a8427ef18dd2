"""Torch loads behind a window that answers: what its import does in C is done before it, without Python's lock.

The import itself holds the lock while the system's loader reads 400 MB of library and runs its constructors, a third
of a second in which no widget of ours can be painted. A foreign function called through ctypes holds no lock, and a
library that is there already is not loaded again.
"""

import ctypes
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import cv2
import numpy as np

_NAMES = {
    "linux": "lib{name}.so",
    "darwin": "lib{name}.dylib",
}  # Windows loads torch before Qt (srcnn_gui/__main__.py)
_one_at_a_time = Lock()  # a second thread would wait for the loader with Python's lock in its hands


@contextmanager
def quietly() -> Iterator[None]:
    """Import torch in here: without these preparations it works too, and only the window feels it."""
    with _one_at_a_time:
        if "torch" in sys.modules:
            yield
            return
        _load_libraries()
        yield


def touch_opencv() -> None:
    """Use OpenCV once: at its first use it starts threads, which must wait while the system loads torch."""
    cv2.resize(np.zeros((1024, 1024, 3), np.uint8), (512, 512), interpolation=cv2.INTER_AREA)


def _load_libraries() -> None:
    """Have the system load torch's libraries in the order in which torch itself asks for them."""
    spec = importlib.util.find_spec("torch")
    name = _NAMES.get(sys.platform)
    if spec is None or not spec.submodule_search_locations or name is None:
        return
    folder = Path(spec.submodule_search_locations[0]) / "lib"
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.restype, dlopen.argtypes = ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_int)
    for library, visible in (("torch_global_deps", ctypes.RTLD_GLOBAL), ("torch", ctypes.RTLD_LOCAL)):
        path = folder / name.format(name=library)
        if path.exists():
            dlopen(os.fsencode(path), os.RTLD_NOW | visible)  # where it cannot, the import says why
