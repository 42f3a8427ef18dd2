"""Vulkan: comparison with the CPU, drivers that fail, memory, and the automatic choice."""

import importlib.util
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.imaging.image import Image
from engine.inference import device as devices
from engine.inference import half_precision, model_runner, vulkan, worker_process
from engine.inference.ncnn_backend import NcnnBackend, convert
from engine.inference.torch_backend import TorchBackend
from engine.inference.worker_process import CPU, WorkerFailed, WorkerProcess
from engine.models import catalog
from engine.models.weights import load_network
from engine.upscaling.events import DeviceFailed, DeviceFallback, Started, TileSizeReduced
from engine.upscaling.job import upscale
from engine.upscaling.request import UpscaleRequest

ON_CPU = torch.device("cpu")


pytestmark = pytest.mark.usefixtures("own_vulkan_state")


@pytest.fixture
def gpu():
    """The best GPU of this machine, possibly a software driver."""
    found = vulkan.list_gpus()
    if not found:
        pytest.skip("No Vulkan driver is installed (Debian: libvulkan1, mesa-vulkan-drivers).")
    return found[0]


@pytest.fixture
def image(texture):
    return Image(texture(60, 70, 3, 1))


def photo(side=64):
    """A part of a sample photo with the shape (1, H, W)."""
    import cv2

    path = Path(__file__).parents[3] / "resources" / "samples" / "cat.png"
    gray = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE)
    return (gray[100 : 100 + side, 100 : 100 + side] / 255).astype(np.float32)[None]


@pytest.mark.parametrize("name", ["srcnn-9-1-5-x3", "fsrcnn-x3", "compact-s-x2", "photo-medium-s-x1"])
def test_vulkan_equals_cpu(name, gpu):
    network = load_network(catalog.find(name).path)
    expected = TorchBackend(network, ON_CPU)(photo())
    runner = model_runner.ModelRunner(network, torch.device("vulkan", gpu.index))
    assert np.abs(runner.create_backend(exact=True)(photo()) - expected).max() < 0.01 / 255


@pytest.mark.parametrize("name", ["compact-s-x2", "photo-medium-s-x1"])
def test_float16_on_vulkan_equals_cpu_to_half_a_level(name, gpu):
    network = load_network(catalog.find(name).path)
    runner = model_runner.ModelRunner(network, torch.device("vulkan", gpu.index), precision="float16")
    backend = runner.create_backend(exact=False)
    assert backend.dtype == torch.float16
    assert 0 < np.abs(backend(photo()) - TorchBackend(network, ON_CPU)(photo())).max() < 0.5 / 255


def test_ncnn_on_cpu_equals_torch():
    network = load_network(catalog.find("compact-s-x2").path)
    result = NcnnBackend(convert(network), CPU, self_ensemble=True)(photo())
    assert np.abs(result - TorchBackend(network, ON_CPU, self_ensemble=True)(photo())).max() < 0.01 / 255


def test_image_on_vulkan_equals_image_on_cpu(gpu, image, tiny_model, drive):
    model = tiny_model(arch="compact-8-2", scale=2)
    events, result = drive(
        upscale(image, UpscaleRequest(model, "vulkan", compare=False, precision="float32", tile=50))
    )
    _, expected = drive(upscale(image, UpscaleRequest(model, "cpu", compare=False)))
    assert next(event.device for event in events if isinstance(event, Started)).startswith(gpu.name)
    assert np.abs(result.image.pixels.astype(int) - expected.image.pixels).max() <= 1
    assert not [event for event in events if isinstance(event, DeviceFailed)]


@pytest.mark.parametrize(
    ("behavior", "reason"),
    [
        ("abort", "The ncnn process ended unexpectedly"),
        ("hang", "ncnn didn't respond within 2 seconds."),
        ("error", "ncnn failed with this error: ncnn error -1."),
        ("black", "The result is black"),
    ],
)
def test_image_is_finished_on_cpu_after_driver_failed(
    behavior, reason, fake_driver, image, tiny_model, drive, monkeypatch
):
    fake_driver(behavior)
    monkeypatch.setattr(worker_process, "TIME_LIMIT_S", 2.0)
    request = UpscaleRequest(tiny_model(), "vulkan:0", compare=False, tile=64, precision="float32")
    events, result = drive(upscale(image, request))
    (failed,) = [event for event in events if isinstance(event, DeviceFailed)]
    assert failed.device == "Fake GPU (Vulkan)"
    assert failed.used.startswith("CPU")
    assert reason in failed.message
    _, expected = drive(upscale(image, UpscaleRequest(tiny_model(), "cpu", compare=False, tile=64)))
    np.testing.assert_array_equal(result.image.pixels, expected.image.pixels)

    events, _ = drive(upscale(image, request))  # the GPU is not used again
    kinds = [type(event) for event in events]
    assert kinds.index(DeviceFailed) < kinds.index(Started)


def test_failure_during_measurement_of_precision_is_reported(fake_driver, image, tiny_model, drive):
    fake_driver("abort")
    events, _ = drive(upscale(image, UpscaleRequest(tiny_model(), "vulkan", compare=False)))
    assert [event for event in events if isinstance(event, DeviceFailed)]


def test_tiles_are_halved_if_memory_of_gpu_runs_out(fake_driver, image, tiny_model, drive):
    fake_driver("memory")
    request = UpscaleRequest(tiny_model(), "vulkan", compare=False, tile=64, precision="float32")
    events, _ = drive(upscale(image, request))
    assert [event for event in events if isinstance(event, TileSizeReduced)] == [TileSizeReduced(64, 32)]
    assert not [event for event in events if isinstance(event, DeviceFailed)]


def test_gpus_are_listed_by_name(fake_driver):
    fake_driver(name="Hardware")
    assert devices.available() == [*devices._torch_types()[:-1], "vulkan:0", "cpu"]
    assert devices.select("vulkan") == devices.select("vulkan:0") == (torch.device("vulkan", 0), False)
    assert devices.display_name(torch.device("vulkan", 0)) == "Hardware (Vulkan)"
    assert devices.select("vulkan:3") == (ON_CPU, True)
    assert devices.select("vulkan", for_training=True) == (ON_CPU, True)
    assert devices.select("vulkan", 0, 2) == (ON_CPU, True)


def test_stored_name_identifies_gpu_and_no_other(fake_driver, monkeypatch):
    fake_driver(name="Hardware")
    assert devices.stable_name("vulkan:0") == "vulkan:Hardware"
    assert devices.stable_name("cpu") == "cpu"
    assert devices.select("vulkan:Hardware") == (torch.device("vulkan", 0), False)
    assert devices.select("vulkan:Other") == (ON_CPU, True)
    (gpu,) = vulkan.list_gpus()
    monkeypatch.setattr(vulkan, "list_gpus", lambda: (gpu, replace(gpu, index=1)))
    assert devices.stable_name("vulkan:1") == "vulkan:1"


def test_software_driver_is_listed_last_and_never_chosen(fake_driver):
    fake_driver(type=3)
    assert devices.available()[-2:] == ["cpu", "vulkan:0"]
    assert devices.display_name(torch.device("vulkan", 0)) == "Fake GPU (Vulkan, software)"
    assert vulkan.automatic_candidate() is None


@pytest.mark.parametrize(
    ("half_error", "kind", "expected"),
    [(0.3, 0, torch.float16), (0.45, 0, torch.float32), (0.3, 3, torch.float32)],
    ids=["accurate", "inaccurate", "software"],
)
def test_float16_is_used_if_photographs_show_no_difference(half_error, kind, expected, fake_driver, tiny_network):
    fake_driver(half_error=half_error, type=kind)
    runner = model_runner.ModelRunner(tiny_network(), torch.device("vulkan", 0))
    assert runner.create_backend(exact=False).dtype == expected
    assert runner.create_backend(exact=True).dtype == torch.float32
    stored = [values for values in vulkan._read_measurements().values() if "error of float16 on photographs" in values]
    assert len(stored) == (0 if kind == 3 else 1)


def test_error_of_float16_is_measured_once(fake_driver, tiny_network, monkeypatch):
    fake_driver()
    measured = []
    monkeypatch.setattr(half_precision, "error_levels", lambda *_arguments: measured.append(1) or 0.1)
    for _ in range(2):
        backend = model_runner.ModelRunner(tiny_network(), torch.device("vulkan", 0)).create_backend(exact=False)
        assert backend.dtype == torch.float16
    assert len(measured) == 1


@pytest.mark.parametrize(("on_gpu", "expected"), [(0.5, "vulkan"), (2.0, "cpu")])
def test_automatic_choice_is_fastest_device_and_measured_once(
    on_gpu, expected, fake_driver, tiny_network, monkeypatch
):
    fake_driver()
    measured = []

    def measure(_backend, device):
        measured.append(device.type)
        return on_gpu if device.type == "vulkan" else 1.0

    monkeypatch.setattr(model_runner, "_seconds_per_tile", measure)
    for _ in range(2):
        runner = model_runner.ModelRunner(tiny_network(), ON_CPU)
        runner.choose_device()
        assert runner.device.type == expected
    assert measured == ["cpu", "vulkan"]


def test_automatic_choice_falls_back_and_reports_it_once(fake_driver, image, tiny_model, drive):
    fake_driver("abort")
    request = UpscaleRequest(tiny_model(), "auto", compare=False)
    events, _ = drive(upscale(image, request))
    assert len([event for event in events if isinstance(event, DeviceFailed)]) == 1
    events, _ = drive(upscale(image, request))
    assert not [event for event in events if isinstance(event, DeviceFailed)]
    worker_process.close_all()  # as if the program was restarted
    events, _ = drive(upscale(image, request))
    assert not [event for event in events if isinstance(event, DeviceFailed)]


def test_automatic_choice_uses_the_gpu_for_the_image(fake_driver, image, tiny_model, drive, monkeypatch):
    fake_driver()
    monkeypatch.setattr(model_runner, "_seconds_per_tile", lambda _backend, device: float(device.type == "cpu") + 1)
    events, _ = drive(upscale(image, UpscaleRequest(tiny_model(), "auto", compare=False)))
    assert [event.device for event in events if isinstance(event, Started)] == ["Fake GPU (Vulkan)"]


def test_speed_of_a_tile_is_measured(fake_driver, tiny_network):
    fake_driver()
    backend = TorchBackend(tiny_network(), ON_CPU)
    assert model_runner._seconds_per_tile(backend, ON_CPU) > 0


def test_process_ends_and_frees_its_memory(tiny_network):
    process = WorkerProcess()
    model = convert(tiny_network())
    process.load("key", model.param, model.weights)
    process.run("key", ("data", "output"), np.zeros((1, 8, 8), np.float32), (1, 1, 1))  # the result is larger
    child, name = process._process, process._memory.name
    process.close()
    assert child.returncode == 0
    with pytest.raises(FileNotFoundError):
        worker_process.SharedMemory(name)


def test_process_that_cannot_be_killed_is_left_behind(fake_driver, tiny_network, monkeypatch):
    fake_driver("hang")
    monkeypatch.setattr(worker_process, "TIME_LIMIT_S", 2.0)
    monkeypatch.setattr(worker_process, "_END_LIMIT_S", 0.1)
    kill = subprocess.Popen.kill
    monkeypatch.setattr(subprocess.Popen, "kill", lambda _process: None)  # as if a driver blocked it in the kernel
    process = WorkerProcess()
    model = convert(tiny_network())
    process.load("key", model.param, model.weights)
    child, reader = process._process, process._reader
    with pytest.raises(WorkerFailed, match="didn't respond within 2 seconds"):
        process.run("key", ("data", "output"), np.zeros((1, 8, 8), np.float32), (1, 8, 8))
    process.close()
    assert child.poll() is None
    kill(child)
    child.wait()
    reader.join()


def test_result_larger_than_expected_is_returned_whole(tiny_network):
    process = WorkerProcess()
    try:
        model = convert(tiny_network(arch="compact-8-2", scale=4))
        process.load("key", model.param, model.weights)
        result = process.run("key", ("data", "output"), np.ones((3, 8, 9), np.float32), (1, 1, 1))
        assert result.shape == (3, 32, 36)
        assert np.abs(result).max() > 0
    finally:
        process.close()


def test_damaged_model_is_an_error_and_old_models_are_unloaded(tiny_network):
    process = WorkerProcess()
    try:
        model = convert(tiny_network())
        for key in "abcdef":
            assert process.load(key, model.param, model.weights) == (["data"], ["output"])
        assert not process._models.keys() & {"a", "b"}
        with pytest.raises(WorkerFailed, match="ncnn failed with this error"):
            process.load("damaged", b"no model", b"")
    finally:
        process.close()


@pytest.mark.skipif(not hasattr(os, "posix_spawn"), reason="The system has no memory limits.")
def test_memory_is_limited(tiny_network, monkeypatch):
    monkeypatch.setattr(worker_process.memory, "available_memory", lambda: 300 << 20)
    monkeypatch.setattr(worker_process, "_MIN_MEMORY", 0)
    process = WorkerProcess()
    try:
        model = convert(tiny_network())
        process.load("key", model.param, model.weights)
        with pytest.raises((MemoryError, WorkerFailed)):
            process.run("key", ("data", "output"), np.zeros((1, 8000, 8000), np.float32), (1, 8000, 8000))
    finally:
        process.close()


def fallback_message(image, tiny_model, drive):
    """Upscale an image with the setting "vulkan", and return the message that the CPU is used."""
    events, result = drive(upscale(image, UpscaleRequest(tiny_model(), "vulkan", compare=False)))
    assert result.image.pixels.any()
    (fallback,) = [event for event in events if isinstance(event, DeviceFallback)]
    assert fallback.message.startswith("VULKAN isn't available on this computer; using CPU, ")
    return fallback.message


def test_without_library_of_the_system_the_cpu_is_used_and_the_message_names_it(monkeypatch, image, tiny_model, drive):
    monkeypatch.setattr(vulkan, "_LOADERS", {sys.platform: "libmissing.so.1"})
    assert devices.available()[-1] == "cpu"
    message = fallback_message(image, tiny_model, drive)
    assert "The Vulkan library libmissing.so.1 is missing. Install " in message


def test_without_ncnn_the_cpu_is_used_and_the_message_names_it(monkeypatch, image, tiny_model, drive):
    monkeypatch.setitem(sys.modules, "ncnn", None)
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ncnn" else find_spec(name))
    assert devices.available()[-1] == "cpu"
    assert "Install it with “pip install ncnn”." in fallback_message(image, tiny_model, drive)


@pytest.mark.parametrize(
    ("behavior", "reason"),
    [
        ("abort at start", "The Vulkan drivers can't be loaded. The ncnn process ended unexpectedly"),
        ("no gpu", "No Vulkan driver found a GPU."),
    ],
)
def test_drivers_without_a_gpu_are_explained(behavior, reason, fake_driver, image, tiny_model, drive):
    fake_driver(behavior)
    assert vulkan.list_gpus() == ()
    assert reason in fallback_message(image, tiny_model, drive)
