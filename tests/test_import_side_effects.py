"""Importing the packages has no side effects."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import qt_available
from tests.test_architecture import modules

ROOT = Path(__file__).parent.parent

# Third-party packages are imported first, because their side effects do not count.
LIBRARIES = ["cv2", "h5py", "imagecodecs", "numpy", "PIL.Image", "platformdirs", "pooch", "rich.progress"]
LIBRARIES += ["safetensors.torch", "threadpoolctl", "tifffile", "torch", "typer", "typer.rich_utils"]
GUI_LIBRARIES = ["polib", "pyqtgraph", "PySide6.QtGui", "PySide6.QtWidgets"]

STATE_CODE = """
import copy, gc, importlib, locale, logging, os, signal, sys, threading, warnings
import numpy, torch
from PIL import Image

def state():
    return {
        "PIL.Image.MAX_IMAGE_PIXELS": Image.MAX_IMAGE_PIXELS,
        "formats of other packages": "HEIF" in Image.OPEN,
        "warnings.filters": list(warnings.filters),
        "os.environ": dict(os.environ),
        "current folder": os.getcwd(),
        "locale": locale.setlocale(locale.LC_ALL),
        "garbage collection": (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()),
        "hooks": (sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning),
        "recursion limit": sys.getrecursionlimit(),
        "signals": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "logging": (logging.root.level, list(logging.root.handlers)),
        "tifffile's log": (logging.getLogger("tifffile").propagate, list(logging.getLogger("tifffile").handlers)),
        "numpy errors": numpy.geterr(),
        "torch threads": (torch.get_num_threads(), torch.get_num_interop_threads()),
        "torch type": torch.get_default_dtype(),
        "threads": [thread.name for thread in threading.enumerate()],
    }
"""


def state_changes(names: list[str], others: list[str]) -> str:
    """Return the changes of global state when `names` are imported after `others` in a new process."""
    program = STATE_CODE + (
        f"for name in {others!r}: importlib.import_module(name)\n"
        "before = state()\n"
        f"for name in {names!r}:\n"
        "    importlib.import_module(name)\n"
        "    now = state()\n"
        "    print(*(f'{name} changes {what}: {before[what]} -> {now[what]}' for what in before"
        " if before[what] != now[what]), sep='\\n', end='')\n"
        "    before = now\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_importing_the_engine_changes_no_global_state():
    assert state_changes(modules("engine"), LIBRARIES) == ""


@pytest.mark.skipif(qt_available.UNAVAILABLE_REASON is not None, reason=str(qt_available.UNAVAILABLE_REASON))
def test_importing_the_window_changes_no_global_state():
    assert state_changes(modules("srcnn_gui"), LIBRARIES + GUI_LIBRARIES) == ""
