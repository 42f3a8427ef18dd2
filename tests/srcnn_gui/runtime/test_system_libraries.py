"""The system libraries for Qt and for other programs. Passes with PySide6 uninstalled."""

import subprocess
import sys
from pathlib import Path

import pytest

from srcnn_gui.runtime import system_libraries
from srcnn_gui.runtime.system_libraries import (
    FOR_A_WINDOW,
    FOR_QT,
    leave_other_programs_alone,
    missing,
    missing_library_hint,
    missing_window_hint,
    no_window_hint,
)

SCRIPT = Path(system_libraries.__file__)


def loader(*absent):
    """A stand-in for ctypes.CDLL on a machine that lacks these libraries."""

    def load(name):
        if name in absent:
            raise OSError(f"{name}: cannot open shared object file: No such file or directory")

    return load


@pytest.fixture(autouse=True)
def on_linux(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")


def test_names_the_library_and_the_apt_line():
    error = ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")

    hint = missing_library_hint(error, loader("libEGL.so.1"))

    assert "libEGL.so.1" in hint
    assert hint.endswith("sudo apt-get install libegl1")


def test_one_line_installs_everything_that_is_missing():
    error = ImportError("libGL.so.1: cannot open shared object file: No such file or directory")

    hint = missing_library_hint(error, loader("libGL.so.1", "libxkbcommon.so.0", "libxcb-cursor.so.0"))

    assert hint.endswith("sudo apt-get install libgl1 libxcb-cursor0 libxkbcommon0")


def test_a_library_of_unknown_package_is_named_without_an_apt_line():
    error = ImportError("libnovel-2.so.7: cannot open shared object file: No such file or directory")

    hint = missing_library_hint(error, loader())

    assert "libnovel-2.so.7" in hint
    assert "apt-get" not in hint


@pytest.mark.parametrize(
    "message",
    ["No module named 'PySide6'", "DLL load failed while importing QtCore: The specified module could not be found."],
)
def test_other_import_errors_get_no_hint(message):
    assert missing_library_hint(ImportError(message), loader(*FOR_QT)) is None


def test_the_window_needs_more_than_qt_itself():
    hint = missing_window_hint(loader("libxcb-icccm.so.4"))

    assert hint.endswith("sudo apt-get install libxcb-icccm4")
    assert missing_window_hint(loader()) is None


def test_without_a_display_the_command_line_is_named():
    assert "srcnn --help" in no_window_hint({}, loader())


@pytest.mark.parametrize("set_", [{"QT_QPA_PLATFORM": "offscreen"}, {"WAYLAND_DISPLAY": "wayland-0"}])
def test_no_x11_library_is_asked_for_where_x11_is_not_used(set_):
    assert no_window_hint(set_, loader(*FOR_A_WINDOW)) is None


def test_under_x11_the_missing_library_is_named_before_qt_aborts():
    assert no_window_hint({"DISPLAY": ":0"}, loader("libxcb-cursor.so.0")).endswith("libxcb-cursor0")
    assert no_window_hint({"DISPLAY": ":0"}, loader(), lambda _display: True) is None


def test_a_display_that_does_not_answer_is_none():
    assert "no display" in no_window_hint({"DISPLAY": ":0"}, loader(), lambda _display: False)


def test_elsewhere_than_on_linux_nothing_is_ever_missing(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")

    assert missing(FOR_QT | FOR_A_WINDOW, loader(*FOR_QT)) == []


@pytest.mark.skipif(sys.platform != "linux", reason="libc.so.6 is Linux's")
def test_the_real_loader_finds_the_c_library_and_no_invented_one():
    assert missing({"libc.so.6": "libc6", "libinvented-9.so.9": "-"}) == ["libinvented-9.so.9"]


def test_as_a_script_it_prints_packages_only_and_needs_nothing_installed():
    ran = subprocess.run([sys.executable, "-I", "-S", SCRIPT], capture_output=True, text=True, check=True)

    assert set(ran.stdout.split()) <= {*FOR_QT.values(), *FOR_A_WINDOW.values()}


@pytest.fixture
def frozen(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)


def test_other_programs_find_the_libraries_they_found_before(frozen):
    environment = {"LD_LIBRARY_PATH": "/app/_internal:/opt/lib", "LD_LIBRARY_PATH_ORIG": "/opt/lib", "HOME": "/home/a"}
    leave_other_programs_alone(environment)
    assert environment == {"LD_LIBRARY_PATH": "/opt/lib", "HOME": "/home/a"}


def test_where_nothing_was_said_before_nothing_is_said_now(frozen):
    environment = {"LD_LIBRARY_PATH": "/app/_internal"}
    leave_other_programs_alone(environment)
    assert environment == {}


def test_an_installation_changes_nothing():
    environment = {"LD_LIBRARY_PATH": "/opt/cuda"}
    leave_other_programs_alone(environment)
    assert environment == {"LD_LIBRARY_PATH": "/opt/cuda"}
