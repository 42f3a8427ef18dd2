"""`python -m srcnn_gui [pictures]`: open the window."""

import argparse
import multiprocessing
import os
import sys
from pathlib import Path
from time import time

from engine import __version__
from srcnn_gui.runtime.system_libraries import leave_other_programs_alone, missing_library_hint, no_window_hint


def main() -> None:
    """Open the window; where a system library for Qt is missing, say which, and how to install it."""
    began_at = time()
    multiprocessing.freeze_support()
    asked = _arguments().parse_args()
    leave_other_programs_alone(os.environ)
    if sys.platform == "win32":
        import torch  # noqa: F401 - before Qt, or its DLLs fail to load (pytorch#166628)
    if hint := no_window_hint(os.environ):
        sys.exit(hint)
    try:
        from srcnn_gui.runtime import shiboken_patch

        shiboken_patch.stop_reading_sources()  # before the modules that it makes cheaper
        from srcnn_gui import app
    except ImportError as error:
        hint = missing_library_hint(error)
        if hint is None:
            raise
        sys.exit(hint)
    sys.exit(app.main(asked.pictures, asked.self_test, began_at))


def _arguments() -> argparse.ArgumentParser:
    """What can be said on the command line."""
    parser = argparse.ArgumentParser("srcnn-gui", description="The window of SRCNN Studio. Without one: srcnn --help")
    parser.add_argument("pictures", nargs="*", type=Path, metavar="PICTURE", help="a picture or a folder to open")
    parser.add_argument("--version", action="version", version=f"srcnn-gui {__version__}")
    parser.add_argument(
        "--self-test",
        type=Path,
        metavar="FILE",
        help="enlarge a sample, or PICTURE, in the window; write scores, times and versions to FILE; quit",
    )
    return parser


if __name__ == "__main__":
    main()
