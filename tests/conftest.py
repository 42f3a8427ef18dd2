"""Shared fixtures: data folder, check for leaked threads, and a fallback without Qt."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import platformdirs
import pytest

from engine.system import paths, preferences
from engine.system.memory import cpu_count
from tests import qt_available
from tests.leaks import wait_until_none

os.environ["LANGUAGE"] = "en"  # expected texts are English, whatever the system language
if workers := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):  # before torch is imported, and for subprocesses too
    os.environ["OMP_NUM_THREADS"] = str(max(1, cpu_count() // int(workers)))
    os.environ["OMP_WAIT_POLICY"] = "passive"  # threads that spin while they wait would slow down the other workers

if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # as in a background job of a shell; subprocesses would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Disable pytest-qt if Qt is unavailable, because it would prevent the engine's tests from running."""
    if qt_available.UNAVAILABLE_REASON is None:
        return
    if qt_available.REQUIRED:
        raise pytest.UsageError(f"SRCNN_REQUIRE_QT=1, but: {qt_available.UNAVAILABLE_REASON}")
    pluginmanager.unregister(name="pytest-qt")


def pytest_report_header() -> str:
    """Return header lines: the data folder, the Qt platform, and why window tests are skipped."""
    windows = qt_available.UNAVAILABLE_REASON or f"Qt platform: {os.environ.get('QT_QPA_PLATFORM') or 'native'}"
    return f"data: {_data_folder() or 'none'}\n{windows}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the tests of each file in one worker of pytest-xdist, because they share fixtures.

    All window tests run in one worker, because they share the screen, the keyboard focus and the clipboard.
    """
    if not config.pluginmanager.has_plugin("xdist"):
        return
    for item in items:
        group = "window" if "srcnn_gui" in item.path.parts else item.path.relative_to(config.rootpath).as_posix()
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(autouse=True)
def use_temporary_folders(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Use temporary folders instead of the user's models, runs, batches, preferences and log."""
    own = tmp_path_factory.getbasetemp() / "own"
    monkeypatch.setattr(paths, "_home", lambda kind: own / kind)
    monkeypatch.setattr(preferences, "path", lambda: own / "preferences.json")


@pytest.fixture
def own_vulkan_state() -> Iterator[None]:
    """Forget the Vulkan GPUs, failures and measurements of other tests, and end the processes afterwards."""
    from engine.inference import vulkan, worker_process

    vulkan.forget_gpus()
    vulkan.forget_measurements()
    yield
    worker_process.close_all()
    vulkan.forget_gpus()


@pytest.fixture
def fake_driver(own_vulkan_state: None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that replaces ncnn in the worker process (tests/fake_driver/ncnn.py)."""
    from engine.inference import vulkan

    def install(behavior: str = "repeat", **variables: object) -> None:
        monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "fake_driver"))
        monkeypatch.setenv("FAKE_DRIVER", behavior)
        for name, value in variables.items():
            monkeypatch.setenv(f"FAKE_{name.upper()}", str(value))
        for check in ("is_ncnn_installed", "_is_loader_installed", "_has_gpu_file"):
            monkeypatch.setattr(vulkan, check, lambda: True)

    return install


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder with T91, Set5, Set14 and the reference results. Skip the test if it is missing."""
    folder = _data_folder()
    if folder is not None:
        return folder
    reason = f"No data: set SRCNN_DATA to a folder with T91, Set5 and Set14, or fill {_default_data_folder()}."
    if os.environ.get("SRCNN_REQUIRE_DATA") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def fail_on_leaked_threads() -> Iterator[None]:
    """Fail a test that leaves a Python thread running."""
    before = set(threading.enumerate())

    def leaked_threads() -> list[str]:
        # A dummy represents a thread that was not created by `threading`. It is never removed.
        new = [thread for thread in threading.enumerate() if thread not in before]
        return [thread.name for thread in new if not isinstance(thread, threading._DummyThread)]

    yield
    if names := wait_until_none(leaked_threads):
        pytest.fail(f"The test left threads running: {', '.join(names)}")


def _default_data_folder() -> Path:
    return Path(platformdirs.user_data_dir("srcnn-studio", appauthor=False)) / "data"


def _data_folder() -> Path | None:
    """Return the folder in the variable SRCNN_DATA, or the default data folder without it.

    Return None if the folder is missing or empty.
    """
    folder = Path(os.environ.get("SRCNN_DATA") or _default_data_folder()).expanduser().resolve()
    return folder if folder.is_dir() and any(folder.iterdir()) else None
