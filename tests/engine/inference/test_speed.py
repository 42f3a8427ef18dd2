"""Measured speed of an architecture."""

import pytest
import torch

from engine.inference import speed
from engine.inference.speed import measure_seconds_per_megapixel
from engine.models import registry


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(speed, "MIN_SECONDS", 0)


@pytest.mark.parametrize("label", ["9-1-5", "fsrcnn", "compact-8-1", "compact-8-1-y"])
def test_every_architecture_has_a_speed(label):
    assert measure_seconds_per_megapixel(registry.parse(label, 2), "cpu") > 0


def test_time_is_per_megapixel_of_all_threads(monkeypatch):
    """With a clock that advances by a second per reading, a round of two 384 px tiles takes a second."""
    seconds = iter(range(100))
    monkeypatch.setattr(speed, "perf_counter", lambda: next(seconds))
    monkeypatch.setattr("engine.inference.device.thread_count", lambda: 2)
    assert measure_seconds_per_megapixel(registry.parse("1-1-1", 3), "cpu") == pytest.approx(1e6 / (2 * 384**2))


def test_measuring_changes_neither_random_numbers_nor_threads():
    """Training after a measurement is bit-identical to training without one."""
    torch.manual_seed(3)
    expected, threads = torch.rand(4), torch.get_num_threads()
    torch.manual_seed(3)
    measure_seconds_per_megapixel(registry.parse("fsrcnn-8-4-1", 2), "cpu")
    assert torch.equal(torch.rand(4), expected)
    assert torch.get_num_threads() == threads
