"""Check for the system libraries that Qt needs on Linux. Does not use Qt.

PySide6 contains Qt, but not the system libraries that Qt needs. Servers and containers often lack these libraries.
If this module is run as a script, it prints the Debian packages to install.
"""

import ctypes
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping

# Library and its Debian package, from `ldd` on PySide6-Essentials 6.10. Ubuntu uses the same names.
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
# Additional libraries that Qt's xcb platform plugin needs. Without them, Qt aborts the process.
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


def find_missing_libraries(
    libraries: Mapping[str, str], load_library: Callable[[str], object] = ctypes.CDLL
) -> list[str]:
    """Return the names of the libraries that cannot be loaded. Outside Linux, return an empty list."""
    return [name for name in libraries if not _can_load(name, load_library)] if sys.platform == "linux" else []


def explain_missing_library(error: ImportError, load_library: Callable[[str], object] = ctypes.CDLL) -> str | None:
    """Return a message with the packages to install if a missing system library caused an ImportError.

    Return None if the error has a different cause.
    """
    named = re.search(r"(lib[\w.+-]+\.so[\d.]*): cannot open shared object file", str(error))
    if named is None:
        return None
    return _hint(sorted({named[1], *find_missing_libraries(QT_LIBRARIES | WINDOW_LIBRARIES, load_library)}))


def explain_missing_xcb(load_library: Callable[[str], object] = ctypes.CDLL) -> str | None:
    """Return a message with the system packages that a window needs and that are missing, or None."""
    absent = find_missing_libraries(QT_LIBRARIES | WINDOW_LIBRARIES, load_library)
    return _hint(absent) if absent else None


def explain_no_window(
    environment: Mapping[str, str],
    load_library: Callable[[str], object] = ctypes.CDLL,
    can_connect_to_display: Callable[[str], bool] | None = None,
) -> str | None:
    """Return an error message if a window cannot be opened on Linux, otherwise None.

    Call this before Qt starts, because Qt would abort the process without an explanation.
    """
    if sys.platform != "linux" or environment.get("QT_QPA_PLATFORM", "xcb") != "xcb":
        return None
    if environment.get("WAYLAND_DISPLAY"):  # Qt supports Wayland
        return None
    can_connect_to_display = can_connect_to_display or can_connect_to_x_server
    display = environment.get("DISPLAY")
    if not display:
        return NO_DISPLAY
    return explain_missing_xcb(load_library) or (None if can_connect_to_display(display) else NO_DISPLAY)


def can_connect_to_x_server(display: str) -> bool:
    """Return whether a connection to the X server `display`, such as ":0", can be opened."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    connection = x11.XOpenDisplay(display.encode())
    if connection:
        x11.XCloseDisplay(ctypes.c_void_p(connection))
    return bool(connection)


def find_debian_packages(libraries: list[str]) -> list[str]:
    """Return the Debian packages that contain these libraries. Unknown libraries are omitted."""
    all_packages = QT_LIBRARIES | WINDOW_LIBRARIES
    return sorted({all_packages[name] for name in libraries if name in all_packages})


def restore_library_path(environment: MutableMapping[str, str]) -> None:
    """Restore LD_LIBRARY_PATH in a PyInstaller bundle, for child processes.

    The loader of the bundle adds its own directory, and stores the previous value in LD_LIBRARY_PATH_ORIG. This
    process does not need the directory, because the dynamic linker reads the variable only when a process starts.
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
    install = find_debian_packages(absent)
    return f"{message} On Debian or Ubuntu, run: sudo apt-get install {' '.join(install)}" if install else message


if __name__ == "__main__":
    print(*find_debian_packages(find_missing_libraries(QT_LIBRARIES | WINDOW_LIBRARIES)))
