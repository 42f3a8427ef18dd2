"""What is different where the program is a bundle with a Python of its own (PyInstaller's), not an installation."""

import sys
from collections.abc import MutableMapping

_SEARCHED_FIRST = "LD_LIBRARY_PATH"


def leave_other_programs_alone(environment: MutableMapping[str, str]) -> None:
    """Let programs that this one starts find the system's libraries and not the bundle's, which may be older or newer.

    The bundle's starter puts its own folder first, and keeps what stood there before. This process has been told
    already: the linker reads the variable once.
    """
    if not getattr(sys, "frozen", False):
        return
    before = environment.pop(f"{_SEARCHED_FIRST}_ORIG", "")
    environment.pop(_SEARCHED_FIRST, None)
    if before:
        environment[_SEARCHED_FIRST] = before
