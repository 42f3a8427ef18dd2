"""Entry point of the desktop window: `python -m srcnn_gui [images]`."""

import argparse
import multiprocessing
import os
import sys
from pathlib import Path
from time import time

from engine import __version__
from srcnn_gui.runtime.system_libraries import explain_missing_library, explain_no_window, restore_library_path


def main() -> None:
    """Open the window. If a system library is missing, explain how to install it."""
    started_at = time()
    multiprocessing.freeze_support()
    args = _arguments().parse_args()
    restore_library_path(os.environ)
    if sys.platform == "win32":
        import torch  # noqa: F401 - after Qt, PyTorch's DLLs fail to load (pytorch#166628)
    if hint := explain_no_window(os.environ):
        sys.exit(hint)
    try:
        from srcnn_gui.runtime import shiboken_patch

        shiboken_patch.disable_source_scan()  # must run before the imports that it speeds up
        from srcnn_gui import app
    except ImportError as error:
        hint = explain_missing_library(error)
        if hint is None:
            raise
        sys.exit(hint)
    sys.exit(app.main(args.images, args.self_test, started_at))


def _arguments() -> argparse.ArgumentParser:
    """Return the parser for the command-line arguments of `python -m srcnn_gui`."""
    parser = argparse.ArgumentParser(
        "srcnn-gui", description="Open the window of SRCNN Studio. For the command line, see srcnn --help."
    )
    parser.add_argument("images", nargs="*", type=Path, metavar="IMAGE", help="image or folder to open")
    parser.add_argument("--version", action="version", version=f"srcnn-gui {__version__}")
    parser.add_argument(
        "--self-test",
        type=Path,
        metavar="FILE",
        help="upscale a sample or IMAGE in the window, write scores, times, and versions to FILE, and quit",
    )
    return parser


if __name__ == "__main__":
    main()
