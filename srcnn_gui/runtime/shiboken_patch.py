"""Patch that makes imports faster: PySide no longer reads the source of every imported module.

PySide searches each module for `from __feature__ import snake_case`, which this program does not use. The search takes
a tenth of the startup time, and more when PyTorch is imported (measured with PySide 6.10). If PySide does not have the
patched function, the patch has no effect.
"""

import sys
from typing import Any

import PySide6.QtCore  # noqa: F401 - imports the module that is patched


def disable_source_scan() -> None:
    """Make PySide assume that modules do not use its snake_case feature, instead of reading their source."""
    feature: Any = sys.modules.get("shibokensupport.feature")
    if hasattr(feature, "_mod_uses_pyside"):
        feature._mod_uses_pyside = lambda _module: False
