"""The upscale job: cancellation, devices, threads, precision and files."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import safetensors
import safetensors.torch
import torch

from engine.errors import DeviceUnknown, ImageUnreadable, ImageUnwritable, WeightsUnusable
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.imaging.tiles import Rect
from engine.inference import device as devices
from engine.inference.torch_backend import InvalidOutput, TorchBackend
from engine.models.catalog import Model, read_model
from engine.upscaling import job as upscale_job
from engine.upscaling.events import DeviceFallback, PrecisionFallback, Started, TileDone
from engine.upscaling.job import upscale, upscale_file
from engine.upscaling.request import UpscaleRequest


@pytest.fixture
def image(texture):
    return Image(texture(40, 52))


@pytest.fixture
def request_for(tiny_model):
    def make(**options):
        return UpscaleRequest(tiny_model(scale=2), "cpu", **{"tile": 32} | options)

    return make


@pytest.fixture
def file(image, tmp_path):
    path = tmp_path / "small.png"
    image_files.write(Image(image.pixels), path)
    return path


@pytest.fixture
def rendered_tiles(monkeypatch):
    """Return a list to which each rendered tile is added."""
    done, render = [], upscale_job.render_tile

    def counted(small, scale, tile, network, size, sharpness):
        done.append(tile)
        return render(small, scale, tile, network, size, sharpness)

    monkeypatch.setattr(upscale_job, "render_tile", counted)
    return done


def names_in(folder):
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize("cores", [1, 2, 3])
@pytest.mark.parametrize("after", [0, 1, 4])
def test_closing_stops_rendering(after, cores, image, request_for, rendered_tiles, monkeypatch):
    monkeypatch.setattr(devices, "thread_count", lambda: cores)
    job = upscale(image, request_for())
    for _ in range(after + 1):
        next(job)
    job.close()
    assert len(rendered_tiles) <= (after + cores + 1 if after else 0)  # one tile for each thread, and one in reserve
    assert list(job) == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tile")]


def test_thread_count_does_not_change_result(image, request_for, drive, monkeypatch):
    results = []
    for cores in (1, 2, 5):
        monkeypatch.setattr(devices, "thread_count", lambda cores=cores: cores)
        results.append(drive(upscale(image, request_for()))[1])
    for other in results[1:]:
        np.testing.assert_array_equal(other.image.pixels, results[0].image.pixels)
        np.testing.assert_array_equal(other.bicubic.pixels, results[0].bicubic.pixels)


def test_pool_threads_use_one_thread_each(image, request_for, drive, monkeypatch):
    inside = set()
    run = TorchBackend.__call__

    def watched(network, luma):
        inside.add((threading.current_thread().name, torch.get_num_threads()))
        return run(network, luma)

    monkeypatch.setattr(TorchBackend, "__call__", watched)
    monkeypatch.setattr(devices, "thread_count", lambda: 2)
    drive(upscale(image, request_for()))
    assert {threads for _, threads in inside} == {1}
    assert all(name.startswith("tile") for name, _ in inside)


@pytest.mark.parametrize(("cores", "hint"), [(1, None), (3, None), (2, Rect(60, 80, 20, 24))])
def test_invalid_output_renders_all_tiles_again(cores, hint, image, tiny_model, drive, rendered_tiles, monkeypatch):
    run = TorchBackend.__call__

    def fails_in_places(network, luma):
        if network.dtype != torch.float32 and luma.mean() > 0.5:
            raise InvalidOutput
        return run(network, luma)

    request = UpscaleRequest(tiny_model(scale=2), "cpu", tile=32, precision="bfloat16", simulate=True)
    _, exact = drive(upscale(image, replace(request, precision="float32")))
    monkeypatch.setattr(TorchBackend, "__call__", fails_in_places)
    monkeypatch.setattr(devices, "thread_count", lambda: cores)

    job, events, result = upscale(image, request), [], None
    try:
        events.append(next(job))
        while True:
            events.append(job.send(hint))
    except StopIteration as stop:
        result = stop.value

    assert len([event for event in events if isinstance(event, PrecisionFallback)]) == 1
    np.testing.assert_array_equal(result.image.pixels, exact.image.pixels)
    assert result.scores == exact.scores
    last = [event for event in events if isinstance(event, TileDone)][-1]
    assert last.done == last.total


def test_16_bit_images_use_float32_by_default(image, tiny_model, drive, monkeypatch):
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True)
    deep = Image(image.pixels.astype(np.uint16) * 257)
    used = []
    run = TorchBackend.__call__

    def watched(network, luma):
        used.append(network.dtype)
        return run(network, luma)

    monkeypatch.setattr(TorchBackend, "__call__", watched)
    model = tiny_model(arch="5-3-5", scale=3)
    for content in (deep, image):
        used.clear()
        drive(upscale(content, UpscaleRequest(model, "cpu")))
        assert set(used) == {torch.float32 if content is deep else torch.bfloat16}


def test_invalid_precision_falls_back_and_is_reported(image, tiny_model, drive):
    path = tiny_model(scale=2).path
    with safetensors.safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dictionary
        card = file.metadata()
    tensors["conv2.weight"] *= 1e8  # beyond float16
    tensors["conv3.weight"] *= 1e-8
    wild = path.with_name("wild.safetensors")
    safetensors.torch.save_file(tensors, wild, card)
    request = UpscaleRequest(read_model(wild), "cpu", tile=32, precision="float16")

    events, result = drive(upscale(image, request))

    fallbacks = [event for event in events if isinstance(event, PrecisionFallback)]
    assert fallbacks == [PrecisionFallback("float16", "float32")]
    _, exact = drive(upscale(image, replace(request, precision="float32")))
    np.testing.assert_array_equal(result.image.pixels, exact.image.pixels)


def test_unavailable_device_falls_back_and_is_reported(image, tiny_model, request_for, drive, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    events, result = drive(upscale(image, UpscaleRequest(tiny_model(scale=2), "cuda", tile=32)))
    assert events[0] == DeviceFallback("cuda", devices.display_name(torch.device("cpu")))
    assert isinstance(events[1], Started)
    _, expected = drive(upscale(image, request_for()))
    np.testing.assert_array_equal(result.image.pixels, expected.image.pixels)


def test_unknown_device_raises(image, tiny_model):
    with pytest.raises(DeviceUnknown):
        next(upscale(image, UpscaleRequest(tiny_model(), "abacus")))


def test_damaged_model_raises_before_first_event(image, tiny_model, tmp_path):
    path = tmp_path / "damaged.safetensors"
    path.write_bytes(tiny_model().path.read_bytes()[:-40])
    with pytest.raises(WeightsUnusable):
        next(upscale(image, UpscaleRequest(Model("damaged", tiny_model().info, path))))


@pytest.mark.usefixtures("one_thread")
def test_upscale_file_writes_the_result(file, request_for, drive):
    output = file.parent / "large.png"
    events, result = drive(upscale_file(file, output, request_for()))
    assert isinstance(events[0], Started)
    np.testing.assert_array_equal(image_files.read(output).pixels, result.image.pixels)
    assert names_in(file.parent) == ["large.png", "small.png"]


@pytest.mark.usefixtures("one_thread")
def test_upscale_file_without_output_writes_nothing(file, request_for, drive):
    drive(upscale_file(file, None, request_for()))
    assert names_in(file.parent) == ["small.png"]


@pytest.mark.usefixtures("one_thread")
def test_closed_job_writes_no_output(file, request_for):
    job = upscale_file(file, file.parent / "large.png", request_for())
    *_, last = (next(job) for _ in range(5))
    assert isinstance(last, TileDone)
    job.close()
    assert list(job) == []
    assert names_in(file.parent) == ["small.png"]


@pytest.mark.usefixtures("one_thread")
def test_closing_after_last_tile_writes_no_output(file, request_for):
    job = upscale_file(file, file.parent / "large.png", request_for())
    for event in job:
        if isinstance(event, TileDone) and event.done == event.total:
            break
    job.close()
    assert names_in(file.parent) == ["small.png"]


@pytest.mark.usefixtures("one_thread")
def test_failed_job_writes_no_output(file, request_for, drive, monkeypatch):
    def fail(*_):
        raise RuntimeError("the network broke")

    monkeypatch.setattr(TorchBackend, "__call__", fail)
    with pytest.raises(RuntimeError, match="the network broke"):
        drive(upscale_file(file, file.parent / "large.png", request_for()))
    assert names_in(file.parent) == ["small.png"]


@pytest.mark.usefixtures("one_thread")
def test_unwritable_output_raises(file, request_for, drive, plain_sentence):
    with pytest.raises(ImageUnwritable) as refused:
        drive(upscale_file(file, file.parent / "large.xyz", request_for()))
    plain_sentence(refused.value, "large.xyz")
    assert names_in(file.parent) == ["small.png"]


def test_unreadable_source_raises(tmp_path, request_for, plain_sentence):
    with pytest.raises(ImageUnreadable) as refused:
        next(upscale_file(tmp_path / "gone.png", tmp_path / "large.png", request_for()))
    plain_sentence(refused.value, "gone.png")
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(("simulate", "deep"), [(True, False), (False, True), (False, False)])
def test_auto_precision_is_float32_for_scores_and_16_bit(image, tiny_model, drive, monkeypatch, simulate, deep):
    """The window and `srcnn evaluate` must give the same scores on all machines."""
    taken = []
    init = TorchBackend.__init__

    def noting(self, network, device, *, dtype=torch.float32, self_ensemble=False):
        taken.append(dtype)
        init(self, network, device, dtype=dtype, self_ensemble=self_ensemble)

    monkeypatch.setattr(TorchBackend, "__init__", noting)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True)
    model = tiny_model(scale=3)
    source = replace(image, pixels=image.pixels.astype(np.uint16) * 257) if deep else image
    drive(upscale(source, UpscaleRequest(model, "cpu", tile=64, simulate=simulate)))
    assert taken == [torch.float32 if simulate or deep else torch.bfloat16]
