"""Tiles get smaller when memory runs out; the result stays, and the minimum size raises an error."""

import sys

import numpy as np
import pytest
import torch

from engine.errors import OutOfMemory
from engine.imaging.codecs.image_files import Image
from engine.imaging.tiles import Rect
from engine.inference import device as devices
from engine.inference.torch_backend import TorchBackend
from engine.upscaling.events import TileDone, TileSizeReduced
from engine.upscaling.job import upscale
from engine.upscaling.request import UpscaleRequest

pytestmark = pytest.mark.usefixtures("one_thread")

ERRORS = {
    "cuda": torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 3.00 GiB."),
    "mps": RuntimeError("MPS backend out of memory (MPS allocated: 17.9 GB, max allowed: 18.1 GB)."),
    "cpu": RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory"),
    "numpy": MemoryError("Unable to allocate 9.31 GiB"),
}


@pytest.fixture
def memory(monkeypatch):
    """Return a function that simulates a device with memory for windows up to `side_px` px per side."""

    def holds(side_px, error=ERRORS["cuda"]):
        run = TorchBackend.__call__

        def limited(network, luma):
            if max(luma.shape) - 2 * network.info.halo_px > side_px:
                raise error
            return run(network, luma)

        monkeypatch.setattr(TorchBackend, "__call__", limited)

    return holds


@pytest.fixture
def image(texture):
    return Image(texture(80, 100))


@pytest.fixture
def request_for(tiny_model):
    def make(tile=128, **options):
        return UpscaleRequest(tiny_model(scale=2), "cpu", tile=tile, **options)

    return make


@pytest.mark.parametrize("kind", ERRORS)
def test_tile_size_is_reduced_without_changing_result(kind, image, request_for, memory, drive, same_image):
    _, expected = drive(upscale(image, request_for()))
    memory(40, ERRORS[kind])

    events, result = drive(upscale(image, request_for()))

    assert [event for event in events if isinstance(event, TileSizeReduced)] == [
        TileSizeReduced(128, 64),
        TileSizeReduced(64, 32),
    ]
    same_image(result.image.pixels, expected.image.pixels)
    same_image(result.bicubic.pixels, expected.bicubic.pixels)


def test_scores_do_not_depend_on_tile_size(image, request_for, memory, drive):
    _, expected = drive(upscale(image, request_for(simulate=True)))
    memory(40)
    _, result = drive(upscale(image, request_for(simulate=True)))
    for pane in ("bicubic", "model"):
        assert result.scores[pane].psnr_db == pytest.approx(expected.scores[pane].psnr_db, abs=1e-3)


def test_each_pixel_is_rendered_once(image, request_for, memory, drive):
    memory(70)
    events, _ = drive(upscale(image, request_for()))
    tiles = [event for event in events if isinstance(event, TileDone)]
    for pane in ("bicubic", "model"):
        covered = np.zeros((160, 200), np.uint8)
        for event in tiles:
            covered[event.rect.slices] += event.pane == pane
        assert (covered == 1).all()
    assert tiles[-1].done == tiles[-1].total == len(tiles)


def test_tile_size_is_reduced_for_small_image(texture, request_for, memory, drive):
    memory(33)
    events, _ = drive(upscale(Image(texture(20, 20)), request_for(tile=512)))
    shrunk = [event.after for event in events if isinstance(event, TileSizeReduced)]
    assert shrunk[-1] == 32
    assert max(event.rect.width for event in events if isinstance(event, TileDone) and event.pane == "model") <= 33


@pytest.mark.parametrize(("tile", "least"), [(128, 32), (100, 50), (63, 63), (16, 16)])
def test_minimum_tile_size_raises_out_of_memory(tile, least, image, request_for, memory, drive, plain_sentence):
    memory(0)
    with pytest.raises(OutOfMemory) as refused:
        drive(upscale(image, request_for(tile=tile)))
    assert refused.value.facts == {"tile": least}
    assert str(least) in str(refused.value)
    assert str(refused.value).endswith(".")


def test_cache_is_emptied_after_error_handling(image, request_for, memory, drive, monkeypatch):
    handled = []
    monkeypatch.setattr(devices, "empty_cache", lambda _: handled.append(sys.exc_info()[0]))
    memory(70)
    drive(upscale(image, request_for()))
    assert handled == [None]  # no error is being handled, whose traceback would hold tensors


def test_hint_during_tile_size_reduction_applies(image, request_for, memory):
    memory(70)
    job = upscale(image, request_for(compare=False))
    while not isinstance(next(job), TileSizeReduced):
        pass
    assert job.send(Rect(150, 190, 5, 5)).rect.bottom == 160
    job.close()


@pytest.mark.parametrize("error", [RuntimeError("mat1 and mat2 shapes cannot be multiplied"), ValueError("no")])
def test_other_errors_propagate(error, image, request_for, memory, drive):
    memory(0, error)
    with pytest.raises(type(error)) as passed:
        drive(upscale(image, request_for()))
    assert passed.value is error
