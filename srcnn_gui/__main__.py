"""`python -m srcnn_gui [pictures]`: open the window."""

import multiprocessing
import os
import sys

from srcnn_gui.system_libraries import missing_library_hint, no_window_hint


def main() -> None:
    """Open the window; where a system library for Qt is missing, say which, and how to install it."""
    multiprocessing.freeze_support()
    if sys.platform == "win32":
        import torch  # noqa: F401 - before Qt, or its DLLs fail to load (pytorch#166628)
    if hint := no_window_hint(os.environ):
        sys.exit(hint)
    try:
        from srcnn_gui.app import main as run
    except ImportError as error:
        hint = missing_library_hint(error)
        if hint is None:
            raise
        sys.exit(hint)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
