"""When memory runs out: smaller tiles, the same picture, and a sentence when nothing helps."""

import sys

import numpy as np
import pytest
import torch

from engine.errors import OutOfMemory
from engine.imaging.codecs.image_files import Picture
from engine.imaging.tiles import Rect
from engine.inference import device as devices
from engine.inference.torch_backend import Inference
from engine.upscaling.events import TileDone, TileShrunk
from engine.upscaling.job import enlarge
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
    """A factory of machines whose memory holds windows of so many pixels a side, and no larger."""

    def holds(side_px, error=ERRORS["cuda"]):
        run = Inference.__call__

        def limited(network, luma):
            if max(luma.shape) - 2 * network.spec.margin_px > side_px:
                raise error
            return run(network, luma)

        monkeypatch.setattr(Inference, "__call__", limited)

    return holds


@pytest.fixture
def picture(texture):
    return Picture(texture(80, 100))


@pytest.fixture
def request_for(tiny_model):
    def make(tile=128, **options):
        return UpscaleRequest(tiny_model(scale=2), "cpu", tile=tile, **options)

    return make


@pytest.mark.parametrize("kind", ERRORS)
def test_tiles_shrink_until_they_fit_and_the_picture_is_the_same(
    kind, picture, request_for, memory, drive, same_picture
):
    _, expected = drive(enlarge(picture, request_for()))
    memory(40, ERRORS[kind])

    events, result = drive(enlarge(picture, request_for()))

    assert [event for event in events if isinstance(event, TileShrunk)] == [TileShrunk(128, 64), TileShrunk(64, 32)]
    same_picture(result.picture.pixels, expected.picture.pixels)
    same_picture(result.bicubic.pixels, expected.bicubic.pixels)


def test_the_scores_are_the_same_with_smaller_tiles(picture, request_for, memory, drive):
    _, expected = drive(enlarge(picture, request_for(reference=True)))
    memory(40)
    _, result = drive(enlarge(picture, request_for(reference=True)))
    for pane in ("bicubic", "srcnn"):
        assert result.scores[pane].psnr_db == pytest.approx(expected.scores[pane].psnr_db, abs=1e-3)


def test_every_pixel_is_still_done_once_and_counted(picture, request_for, memory, drive):
    memory(70)
    events, _ = drive(enlarge(picture, request_for()))
    tiles = [event for event in events if isinstance(event, TileDone)]
    for pane in ("bicubic", "srcnn"):
        covered = np.zeros((160, 200), np.uint8)
        for event in tiles:
            covered[event.rect.slices] += event.pane == pane
        assert (covered == 1).all()
    assert tiles[-1].done == tiles[-1].total == len(tiles)


def test_a_picture_smaller_than_a_tile_shrinks_too(texture, request_for, memory, drive):
    memory(33)
    events, _ = drive(enlarge(Picture(texture(20, 20)), request_for(tile=512)))
    shrunk = [event.after for event in events if isinstance(event, TileShrunk)]
    assert shrunk[-1] == 32
    assert max(event.rect.width for event in events if isinstance(event, TileDone) and event.pane == "srcnn") <= 33


@pytest.mark.parametrize(("tile", "least"), [(128, 32), (100, 50), (63, 63), (16, 16)])
def test_below_32_px_there_is_a_sentence(tile, least, picture, request_for, memory, drive, plain_sentence):
    memory(0)
    with pytest.raises(OutOfMemory) as refused:
        drive(enlarge(picture, request_for(tile=tile)))
    assert refused.value.facts == {"tile": least}
    assert str(least) in str(refused.value)
    assert str(refused.value).endswith(".")


def test_cached_memory_is_released_after_the_error_is_gone(picture, request_for, memory, drive, monkeypatch):
    handled = []
    monkeypatch.setattr(devices, "release", lambda _: handled.append(sys.exc_info()[0]))
    memory(70)
    drive(enlarge(picture, request_for()))
    assert handled == [None]  # no error is being handled, so none holds the tensors of its traceback


def test_a_visible_part_sent_while_shrinking_counts(picture, request_for, memory):
    memory(70)
    job = enlarge(picture, request_for(compare=False))
    while not isinstance(next(job), TileShrunk):
        pass
    assert job.send(Rect(150, 190, 5, 5)).rect.bottom == 160
    job.close()


@pytest.mark.parametrize("error", [RuntimeError("mat1 and mat2 shapes cannot be multiplied"), ValueError("no")])
def test_any_other_error_is_passed_through(error, picture, request_for, memory, drive):
    memory(0, error)
    with pytest.raises(type(error)) as passed:
        drive(enlarge(picture, request_for()))
    assert passed.value is error
