"""Check whether Qt can be used, before pytest-qt fails for the whole run."""

import os

from srcnn_gui.runtime.system_libraries import explain_missing_library, explain_no_window

REQUIRED = os.environ.get("SRCNN_REQUIRE_QT") == "1"


def _unavailable_reason() -> str | None:
    """Return why the window tests cannot run, or None if they can. Without a display, they run offscreen."""
    if hint := explain_no_window(os.environ):
        if REQUIRED and os.environ.get("DISPLAY"):
            return hint
        os.environ["QT_QPA_PLATFORM"] = "offscreen"  # if a window cannot be opened, Qt ends the process
    try:
        from PySide6 import QtTest, QtWidgets  # noqa: F401
    except ImportError as error:
        return explain_missing_library(error) or f"Qt cannot be imported: {error}"
    return None


UNAVAILABLE_REASON = _unavailable_reason()
