"""Imports cost what they cost in Python: PySide is stopped from reading the source of every module.

PySide looks in it for its own name, to know who may have asked for its methods in snake_case (`from __feature__ import
snake_case`), which nobody has here: a tenth of the time that the window takes to come up, and more of torch's.
Measured with PySide 6.10; where another release has no such function, nothing happens.
"""

import sys
from typing import Any

import PySide6.QtCore  # noqa: F401 - brings what is changed


def stop_reading_sources() -> None:
    """Have PySide take it that no module imported from now on asks for snake_case."""
    feature: Any = sys.modules.get("shibokensupport.feature")
    if hasattr(feature, "_mod_uses_pyside"):
        feature._mod_uses_pyside = lambda _module: False
