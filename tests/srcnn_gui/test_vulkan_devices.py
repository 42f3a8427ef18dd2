"""The window with a stored Vulkan GPU whose driver works, crashes, hangs, or is gone."""

import pytest
from PySide6.QtCore import QSettings

GPU = "vulkan:Fake GPU"


@pytest.fixture
def stored_gpu(request, tmp_path, fake_driver, monkeypatch):
    """Store a Vulkan GPU as the device of the Compare page, and return its behavior.

    Request this fixture before the window.
    """
    from engine.inference import worker_process

    monkeypatch.setattr(worker_process, "TIME_LIMIT_S", 2.0)
    fake_driver(request.param, scale=3)
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    store.setValue("compare/device", GPU)
    store.setValue("compare/precision", "float32")
    store.sync()
    return request.param


@pytest.mark.parametrize(
    ("stored_gpu", "title", "selected", "notice"),
    [
        ("repeat", "Fake GPU (Vulkan)", GPU, ""),
        ("abort", "CPU, ", GPU, "Fake GPU (Vulkan) failed and isn't used until you restart the program. "),
        ("hang", "CPU, ", GPU, "ncnn didn't respond within 2 seconds. Using CPU, "),
        ("no gpu", "CPU, ", "cpu", "Fake GPU isn't available on this computer; using CPU, "),
    ],
    indirect=["stored_gpu"],
)
def test_image_is_upscaled_whatever_stored_gpu_does(stored_gpu, title, selected, notice, qtbot, image, studio):
    studio.presenter.images.open(image)
    qtbot.waitUntil(lambda: studio.presenter.state.can_save and bool(studio.presenter.state.devices), timeout=60_000)
    state = studio.presenter.state
    assert state.device_title.startswith(title)
    assert notice in state.notice
    assert bool(state.notice) == bool(notice)
    assert studio.compare.inspector._device.currentData() == selected
