"""Checks for system libraries that Qt needs, and the library path for other programs.

PySide6 is not needed.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from srcnn_gui.runtime import system_libraries
from srcnn_gui.runtime.system_libraries import (
    QT_LIBRARIES,
    WINDOW_LIBRARIES,
    explain_missing_library,
    explain_missing_xcb,
    explain_no_window,
    find_missing_libraries,
    restore_library_path,
)

SCRIPT = Path(system_libraries.__file__)


def make_loader(*absent):
    """Return a replacement for ctypes.CDLL that cannot load the libraries in `absent`."""

    def load(name):
        if name in absent:
            raise OSError(f"{name}: cannot open shared object file: No such file or directory")

    return load


@pytest.fixture(autouse=True)
def on_linux(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")


def test_hint_contains_the_library_and_the_apt_command():
    error = ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")

    hint = explain_missing_library(error, make_loader("libEGL.so.1"))

    assert "libEGL.so.1" in hint
    assert hint.endswith("sudo apt-get install libegl1")


def test_one_apt_command_installs_all_missing_libraries():
    error = ImportError("libGL.so.1: cannot open shared object file: No such file or directory")

    hint = explain_missing_library(error, make_loader("libGL.so.1", "libxkbcommon.so.0", "libxcb-cursor.so.0"))

    assert hint.endswith("sudo apt-get install libgl1 libxcb-cursor0 libxkbcommon0")


def test_hint_for_a_library_of_unknown_package_has_no_apt_command():
    error = ImportError("libnovel-2.so.7: cannot open shared object file: No such file or directory")

    hint = explain_missing_library(error, make_loader())

    assert "libnovel-2.so.7" in hint
    assert "apt-get" not in hint


@pytest.mark.parametrize(
    "message",
    ["No module named 'PySide6'", "DLL load failed while importing QtCore: The specified module could not be found."],
)
def test_other_import_errors_get_no_hint(message):
    assert explain_missing_library(ImportError(message), make_loader(*QT_LIBRARIES)) is None


def test_missing_xcb_libraries_are_named():
    hint = explain_missing_xcb(make_loader("libxcb-icccm.so.4"))

    assert hint.endswith("sudo apt-get install libxcb-icccm4")
    assert explain_missing_xcb(make_loader()) is None


def test_hint_without_a_display_suggests_the_command_line():
    assert "srcnn --help" in explain_no_window({}, make_loader())


@pytest.mark.parametrize("environment", [{"QT_QPA_PLATFORM": "offscreen"}, {"WAYLAND_DISPLAY": "wayland-0"}])
def test_x11_libraries_are_not_checked_without_x11(environment):
    assert explain_no_window(environment, make_loader(*WINDOW_LIBRARIES)) is None


def test_missing_library_is_named_under_x11_before_qt_aborts():
    assert explain_no_window({"DISPLAY": ":0"}, make_loader("libxcb-cursor.so.0")).endswith("libxcb-cursor0")
    assert explain_no_window({"DISPLAY": ":0"}, make_loader(), lambda _display: True) is None


def test_an_unreachable_display_is_an_error():
    assert "no display" in explain_no_window({"DISPLAY": ":0"}, make_loader(), lambda _display: False)


def test_no_library_is_missing_on_other_systems(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")

    assert find_missing_libraries(QT_LIBRARIES | WINDOW_LIBRARIES, make_loader(*QT_LIBRARIES)) == []


@pytest.mark.skipif(sys.platform != "linux", reason="libc.so.6 is Linux's")
def test_only_a_nonexistent_library_is_missing():
    assert find_missing_libraries({"libc.so.6": "libc6", "libinvented-9.so.9": "-"}) == ["libinvented-9.so.9"]


def test_script_prints_packages_without_third_party_modules():
    ran = subprocess.run([sys.executable, "-I", "-S", SCRIPT], capture_output=True, text=True, check=True)

    assert set(ran.stdout.split()) <= {*QT_LIBRARIES.values(), *WINDOW_LIBRARIES.values()}


@pytest.fixture
def packaged_program(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)


def test_the_library_path_is_restored_for_other_programs(packaged_program):
    environment = {"LD_LIBRARY_PATH": "/app/_internal:/opt/lib", "LD_LIBRARY_PATH_ORIG": "/opt/lib", "HOME": "/home/a"}
    restore_library_path(environment)
    assert environment == {"LD_LIBRARY_PATH": "/opt/lib", "HOME": "/home/a"}


def test_an_unset_library_path_stays_unset(packaged_program):
    environment = {"LD_LIBRARY_PATH": "/app/_internal"}
    restore_library_path(environment)
    assert environment == {}


def test_outside_a_bundle_the_library_path_is_unchanged():
    environment = {"LD_LIBRARY_PATH": "/opt/cuda"}
    restore_library_path(environment)
    assert environment == {"LD_LIBRARY_PATH": "/opt/cuda"}
