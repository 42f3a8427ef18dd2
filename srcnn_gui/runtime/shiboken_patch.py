"""Faster imports: keep PySide from reading the source of every imported module.

PySide searches it for `from __feature__ import snake_case`, which this program does not use. The search takes a tenth
of the startup time, and more for PyTorch. Measured with PySide 6.10; has no effect if the function does not exist.
"""

import sys
from typing import Any

import PySide6.QtCore  # noqa: F401 - brings what is changed


def disable_source_scan() -> None:
    """Make PySide assume that modules imported from now on do not use snake_case."""
    feature: Any = sys.modules.get("shibokensupport.feature")
    if hasattr(feature, "_mod_uses_pyside"):
        feature._mod_uses_pyside = lambda _module: False
