"""Preloading of PyTorch's libraries without the GIL, so that its import does not block the window.

`import torch` holds the GIL while the system loads 400 MB of libraries, which blocks the window for 0.3 s. A call
through ctypes releases the GIL. The later import reuses the libraries that are already loaded.
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

_LIBRARY_NAMES = {
    "linux": "lib{name}.so",
    "darwin": "lib{name}.dylib",
}  # on Windows, __main__ imports PyTorch before Qt
_lock = Lock()  # a second thread would import torch, and wait for the system's loader while it holds the GIL


@contextmanager
def preload_torch() -> Iterator[None]:
    """Context manager for an import of PyTorch. It loads PyTorch's libraries without holding the GIL."""
    with _lock:
        if "torch" in sys.modules:
            yield
            return
        _load_libraries()
        yield


def warm_up_opencv() -> None:
    """Start the threads of OpenCV now, because they start slowly while PyTorch is being loaded."""
    cv2.resize(np.zeros((1024, 1024, 3), np.uint8), (512, 512), interpolation=cv2.INTER_AREA)


def _load_libraries() -> None:
    """Load the libraries of PyTorch in the order in which `import torch` loads them."""
    spec = importlib.util.find_spec("torch")
    name = _LIBRARY_NAMES.get(sys.platform)
    if spec is None or not spec.submodule_search_locations or name is None:
        return
    folder = Path(spec.submodule_search_locations[0]) / "lib"
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.restype, dlopen.argtypes = ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_int)
    for library, visible in (("torch_global_deps", ctypes.RTLD_GLOBAL), ("torch", ctypes.RTLD_LOCAL)):
        path = folder / name.format(name=library)
        if path.exists():
            dlopen(os.fsencode(path), os.RTLD_NOW | visible)  # if it fails, the import raises the error
