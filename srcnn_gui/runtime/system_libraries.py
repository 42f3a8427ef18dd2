"""System libraries that Qt needs on Linux, and the library path for other programs. Imports no Qt.

PySide6 contains Qt, but not the system libraries that Qt needs, which servers and containers often lack.
Run as a script, this module prints the Debian packages to install.
"""

import ctypes
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping

# Library -> Debian package, from `ldd` on PySide6-Essentials 6.10. The names hold on Ubuntu too.
QT_LIBRARIES = {
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
# Also needed by the xcb platform plugin; without them Qt aborts the process.
WINDOW_LIBRARIES = {
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
_LIBRARY_PATH = "LD_LIBRARY_PATH"

NO_DISPLAY = "There is no display to open a window on. Without one, use the command line: srcnn --help"


def missing(libraries: Mapping[str, str], load: Callable[[str], object] = ctypes.CDLL) -> list[str]:
    """Return the libraries that cannot be loaded; always empty on other systems than Linux."""
    return [name for name in libraries if not _can_load(name, load)] if sys.platform == "linux" else []


def missing_library_hint(error: ImportError, load: Callable[[str], object] = ctypes.CDLL) -> str | None:
    """Return what to install if an ImportError is caused by a missing system library, else None."""
    named = re.search(r"(lib[\w.+-]+\.so[\d.]*): cannot open shared object file", str(error))
    if named is None:
        return None
    return _hint(sorted({named[1], *missing(QT_LIBRARIES | WINDOW_LIBRARIES, load)}))


def missing_xcb_hint(load: Callable[[str], object] = ctypes.CDLL) -> str | None:
    """Return what to install before a window can be opened under X11, or None if nothing is missing."""
    absent = missing(QT_LIBRARIES | WINDOW_LIBRARIES, load)
    return _hint(absent) if absent else None


def no_window_hint(
    environment: Mapping[str, str],
    load: Callable[[str], object] = ctypes.CDLL,
    can_connect: Callable[[str], bool] | None = None,
) -> str | None:
    """Return why Qt would abort on Linux instead of opening a window, and what to do, or None."""
    if sys.platform != "linux" or environment.get("QT_QPA_PLATFORM", "xcb") != "xcb":
        return None
    if environment.get("WAYLAND_DISPLAY"):  # Qt supports Wayland
        return None
    can_connect = can_connect or can_connect_to_x_server
    display = environment.get("DISPLAY")
    if not display:
        return NO_DISPLAY
    return missing_xcb_hint(load) or (None if can_connect(display) else NO_DISPLAY)


def can_connect_to_x_server(display: str) -> bool:
    """Whether an X server can be reached; without one, Qt would abort with an unclear message."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    connection = x11.XOpenDisplay(display.encode())
    if connection:
        x11.XCloseDisplay(ctypes.c_void_p(connection))
    return bool(connection)


def packages(libraries: list[str]) -> list[str]:
    """Return the Debian packages that contain these libraries, if they are known."""
    all_packages = QT_LIBRARIES | WINDOW_LIBRARIES
    return sorted({all_packages[name] for name in libraries if name in all_packages})


def restore_library_path(environment: MutableMapping[str, str]) -> None:
    """Restore LD_LIBRARY_PATH in a PyInstaller bundle, so that other programs load the system's libraries.

    The bundle's loader prepends its own directory and keeps the previous value. This process does not need it any
    more, because the dynamic linker reads the variable only once.
    """
    if not getattr(sys, "frozen", False):
        return
    before = environment.pop(f"{_LIBRARY_PATH}_ORIG", "")
    environment.pop(_LIBRARY_PATH, None)
    if before:
        environment[_LIBRARY_PATH] = before


def _can_load(name: str, load: Callable[[str], object]) -> bool:
    try:
        load(name)
    except OSError:
        return False
    return True


def _hint(absent: list[str]) -> str:
    message = f"Qt cannot open a window because system libraries are missing: {', '.join(absent)}."
    install = packages(absent)
    return f"{message} On Debian or Ubuntu: sudo apt-get install {' '.join(install)}" if install else message


if __name__ == "__main__":
    print(*packages(missing(QT_LIBRARIES | WINDOW_LIBRARIES)))
