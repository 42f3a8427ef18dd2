"""The system libraries of a Linux machine: those that Qt needs, and those that other programs find. Imports no Qt.

PySide6 brings Qt itself, but not what Qt needs from the system; a server or a container often has none of it.
Run as a script, this prints the Debian packages to install and nothing if all is there.
"""

import ctypes
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping

# Library -> Debian package, from `ldd` on PySide6-Essentials 6.10. The names hold on Ubuntu too.
FOR_QT = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
}
# What the xcb platform needs on top, to open a window; without these Qt ends the process instead of raising.
FOR_A_WINDOW = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
_SEARCHED_FIRST = "LD_LIBRARY_PATH"

NO_DISPLAY = "There is no display to open a window on. Without one, use the command line: srcnn --help"


def missing(libraries: Mapping[str, str], load: Callable[[str], object] = ctypes.CDLL) -> list[str]:
    """The libraries among these that cannot be loaded here; always none but on Linux."""
    return [name for name in libraries if not _loads(name, load)] if sys.platform == "linux" else []


def missing_library_hint(error: ImportError, load: Callable[[str], object] = ctypes.CDLL) -> str | None:
    """What to install, if this error of `import PySide6` means that a system library is missing; else None."""
    named = re.search(r"(lib[\w.+-]+\.so[\d.]*): cannot open shared object file", str(error))
    if named is None:
        return None
    return _sentence(sorted({named[1], *missing(FOR_QT | FOR_A_WINDOW, load)}))


def missing_window_hint(load: Callable[[str], object] = ctypes.CDLL) -> str | None:
    """What to install before a window can be opened under X11, or None if all is there."""
    absent = missing(FOR_QT | FOR_A_WINDOW, load)
    return _sentence(absent) if absent else None


def no_window_hint(
    environment: Mapping[str, str],
    load: Callable[[str], object] = ctypes.CDLL,
    answers: Callable[[str], bool] | None = None,
) -> str | None:
    """Why no window can be opened on this Linux machine and what to do, before Qt would abort; None if one can."""
    if sys.platform != "linux" or environment.get("QT_QPA_PLATFORM", "xcb") != "xcb":
        return None
    if environment.get("WAYLAND_DISPLAY"):  # Qt speaks Wayland itself
        return None
    answers = answers or x_server_answers
    display = environment.get("DISPLAY")
    if not display:
        return NO_DISPLAY
    return missing_window_hint(load) or (None if answers(display) else NO_DISPLAY)


def x_server_answers(display: str) -> bool:
    """Whether an X server is there: if not, Qt would end the process with a riddle."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    connection = x11.XOpenDisplay(display.encode())
    if connection:
        x11.XCloseDisplay(ctypes.c_void_p(connection))
    return bool(connection)


def packages(libraries: list[str]) -> list[str]:
    """The Debian packages that hold these libraries, as far as they are known."""
    known = FOR_QT | FOR_A_WINDOW
    return sorted({known[name] for name in libraries if name in known})


def leave_other_programs_alone(environment: MutableMapping[str, str]) -> None:
    """Let the programs that a bundle (PyInstaller's) starts find the system's libraries instead of the bundle's.

    The bundle's loader puts its own folder first and keeps the previous value. This process does not need it any
    more, because the linker reads the variable once.
    """
    if not getattr(sys, "frozen", False):
        return
    before = environment.pop(f"{_SEARCHED_FIRST}_ORIG", "")
    environment.pop(_SEARCHED_FIRST, None)
    if before:
        environment[_SEARCHED_FIRST] = before


def _loads(name: str, load: Callable[[str], object]) -> bool:
    try:
        load(name)
    except OSError:
        return False
    return True


def _sentence(absent: list[str]) -> str:
    said = f"Qt cannot open a window because system libraries are missing: {', '.join(absent)}."
    install = packages(absent)
    return f"{said} On Debian or Ubuntu: sudo apt-get install {' '.join(install)}" if install else said


if __name__ == "__main__":
    print(*packages(missing(FOR_QT | FOR_A_WINDOW)))
