"""Device selection with fake GPUs, and detection of out-of-memory errors."""

import os

import pytest
import torch

from engine.errors import DeviceUnknown
from engine.inference import device as devices
from engine.inference import vulkan
from engine.models import registry


@pytest.fixture
def simulate_gpus(monkeypatch):
    """Return a function that simulates a machine with or without GPUs."""

    def make(cuda=False, mps=False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        monkeypatch.setattr(vulkan, "list_gpus", lambda: ())

    return make


@pytest.mark.parametrize(
    ("cuda", "mps", "usable"),
    [
        (False, False, ["cpu"]),
        (True, False, ["cuda", "cpu"]),
        (False, True, ["mps", "cpu"]),
        (True, True, ["cuda", "mps", "cpu"]),
    ],
)
def test_auto_selects_fastest_available_device(simulate_gpus, cuda, mps, usable):
    simulate_gpus(cuda, mps)
    assert devices.available() == usable
    device, fell_back = devices.select("auto")
    assert (device.type, fell_back) == (usable[0], False)


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_unavailable_gpu_falls_back_to_cpu(simulate_gpus, name):
    simulate_gpus()
    assert devices.select(name) == (torch.device("cpu"), True)


@pytest.mark.parametrize("name", ["cpu", "cuda", "mps"])
def test_available_device_is_selected(simulate_gpus, name):
    simulate_gpus(cuda=True, mps=True)
    assert devices.select(name) == (torch.device(name), False)


@pytest.mark.parametrize("name", ["", "gpu", "cuda:7", "CPU"])
def test_unknown_device_raises(name):
    with pytest.raises(DeviceUnknown, match="auto, cpu, cuda, mps, or vulkan"):
        devices.select(name)


def test_display_names_contain_gpu_or_thread_count(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "A GPU")
    assert devices.display_name(torch.device("cuda")) == "A GPU"
    assert devices.display_name(torch.device("mps")) == "Apple GPU"
    count = len(os.sched_getaffinity(0))
    assert devices.display_name(torch.device("cpu")) == f"CPU, {count} {'thread' if count == 1 else 'threads'}"


def test_set_thread_count_undoes_limit():
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        devices.set_thread_count()
        assert torch.get_num_threads() == len(os.sched_getaffinity(0))
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("MPS backend out of memory (MPS allocated: 8.00 GB, max allowed: 9.07 GB)."),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."),
        MemoryError(),
    ],
)
def test_out_of_memory_errors_are_recognized(error):
    assert devices.is_out_of_memory(error)


@pytest.mark.parametrize(
    "error", [RuntimeError("shapes do not match"), ValueError("out of memory"), KeyError("out of memory")]
)
def test_other_errors_are_not_out_of_memory(error):
    assert not devices.is_out_of_memory(error)


def test_empty_cache_does_nothing_on_cpu(monkeypatch):
    calls = []
    for module in (torch.cuda, torch.mps):
        monkeypatch.setattr(module, "empty_cache", lambda: calls.append("emptied"))
    devices.empty_cache(torch.device("cpu"))
    assert calls == []


@pytest.mark.parametrize(("kind", "module"), [("cuda", torch.cuda), ("mps", torch.mps)])
def test_empty_cache_calls_the_gpu_module(kind, module, monkeypatch):
    emptied = []
    monkeypatch.setattr(module, "empty_cache", lambda: emptied.append(kind))
    devices.empty_cache(torch.device(kind))
    assert emptied == [kind]


@pytest.mark.parametrize(
    ("kind", "capability", "amx", "arch", "scale", "expected"),
    [
        ("cpu", None, False, "9-5-5", 3, torch.float32),
        ("cpu", None, True, "9-5-5", 3, torch.bfloat16),
        ("cpu", None, True, "9-5-5", 2, torch.float32),
        ("cpu", None, True, "9-1-5", 3, torch.float32),
        ("cuda", (6, 1), False, "9-1-5", 3, torch.float32),
        ("cuda", (7, 0), False, "9-1-5", 3, torch.float16),
        ("cuda", (9, 0), False, "9-5-5", 2, torch.float16),
        ("mps", None, False, "9-1-5", 3, torch.float16),
    ],
)
def test_auto_precision_depends_on_hardware(kind, capability, amx, arch, scale, expected, monkeypatch):
    info = registry.parse(arch, scale)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    assert devices.select_dtype("auto", torch.device(kind), info) == expected
    for name in ("float32", "bfloat16", "float16"):
        assert devices.select_dtype(name, torch.device(kind), info) == getattr(torch, name)


@pytest.mark.parametrize(
    ("usable", "gpus", "processes", "expected"),
    [
        ({"cuda"}, 2, 2, torch.device("cuda", 1)),
        ({"cuda"}, 1, 2, torch.device("cpu")),  # there is no GPU for the second process
        ({"mps"}, 0, 2, torch.device("cpu")),  # MPS does not support communication
        ({"cuda"}, 1, 1, torch.device("cuda")),
        ({"mps"}, 0, 1, torch.device("mps")),
    ],
)
def test_each_process_gets_own_gpu_or_all_use_cpu(usable, gpus, processes, expected, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in usable)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in usable)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    assert devices.select("auto", 1 if processes > 1 else 0, processes) == (expected, False)
    (kind,) = usable
    assert devices.select(kind, 1 if processes > 1 else 0, processes) == (expected, expected.type != kind)
