"""An enlargement as a job: stopping it, its device and threads, and the files it reads and writes."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import safetensors
import safetensors.torch
import torch

from engine.errors import DeviceUnknown, PictureUnreadable, PictureUnwritable, WeightsUnusable
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Picture
from engine.imaging.tiles import Rect
from engine.inference import device as devices
from engine.inference.torch_backend import Inference, PrecisionTooLow
from engine.models.catalog import Model, read_model
from engine.upscaling import job as upscale
from engine.upscaling.events import DeviceFellBack, PrecisionFellBack, Started, TileDone
from engine.upscaling.job import enlarge, enlarge_file
from engine.upscaling.request import UpscaleRequest


@pytest.fixture
def picture(texture):
    return Picture(texture(40, 52))


@pytest.fixture
def request_for(tiny_model):
    def make(**options):
        return UpscaleRequest(tiny_model(scale=2), "cpu", **{"tile": 32} | options)

    return make


@pytest.fixture
def file(picture, tmp_path):
    path = tmp_path / "small.png"
    image_files.write(Picture(picture.pixels), path)
    return path


@pytest.fixture
def renders(monkeypatch):
    """The tiles rendered so far."""
    done, render = [], upscale.render_tile

    def counted(small, scale, tile, network, size):
        done.append(tile)
        return render(small, scale, tile, network, size)

    monkeypatch.setattr(upscale, "render_tile", counted)
    return done


def names_in(folder):
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize("cores", [1, 2, 3])
@pytest.mark.parametrize("after", [0, 1, 4])
def test_closing_stops_the_work(after, cores, picture, request_for, renders, monkeypatch):
    monkeypatch.setattr(devices, "cores", lambda: cores)
    job = enlarge(picture, request_for())
    for _ in range(after + 1):
        next(job)
    job.close()
    assert len(renders) <= (after + cores + 1 if after else 0)  # one more a thread may have begun, and one lay ready
    assert list(job) == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tile")]


def test_any_number_of_threads_gives_the_same_picture(picture, request_for, drive, monkeypatch):
    results = []
    for cores in (1, 2, 5):
        monkeypatch.setattr(devices, "cores", lambda cores=cores: cores)
        results.append(drive(enlarge(picture, request_for()))[1])
    for other in results[1:]:
        np.testing.assert_array_equal(other.picture.pixels, results[0].picture.pixels)
        np.testing.assert_array_equal(other.bicubic.pixels, results[0].bicubic.pixels)


def test_each_of_the_threads_computes_with_one(picture, request_for, drive, monkeypatch):
    inside = set()
    run = Inference.__call__

    def watched(network, luma):
        inside.add((threading.current_thread().name, torch.get_num_threads()))
        return run(network, luma)

    monkeypatch.setattr(Inference, "__call__", watched)
    monkeypatch.setattr(devices, "cores", lambda: 2)
    drive(enlarge(picture, request_for()))
    assert {threads for _, threads in inside} == {1}
    assert all(name.startswith("tile") for name, _ in inside)


@pytest.mark.parametrize(("cores", "hint"), [(1, None), (3, None), (2, Rect(60, 80, 20, 24))])
def test_where_some_tiles_give_nonsense_all_are_done_again(
    cores, hint, picture, tiny_model, drive, renders, monkeypatch
):
    run = Inference.__call__

    def fails_in_places(network, luma):
        if network.dtype != torch.float32 and luma.mean() > 0.5:
            raise PrecisionTooLow
        return run(network, luma)

    request = UpscaleRequest(tiny_model(scale=2), "cpu", tile=32, precision="bfloat16", reference=True)
    _, exact = drive(enlarge(picture, replace(request, precision="float32")))
    monkeypatch.setattr(Inference, "__call__", fails_in_places)
    monkeypatch.setattr(devices, "cores", lambda: cores)

    job, events, result = enlarge(picture, request), [], None
    try:
        events.append(next(job))
        while True:
            events.append(job.send(hint))
    except StopIteration as stop:
        result = stop.value

    assert len([event for event in events if isinstance(event, PrecisionFellBack)]) == 1
    np.testing.assert_array_equal(result.picture.pixels, exact.picture.pixels)
    assert result.scores == exact.scores
    last = [event for event in events if isinstance(event, TileDone)][-1]
    assert last.done == last.total


def test_16_bit_pictures_are_not_reduced_unless_asked(picture, tiny_model, drive, monkeypatch):
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True)
    deep = Picture(picture.pixels.astype(np.uint16) * 257)
    used = []
    run = Inference.__call__

    def watched(network, luma):
        used.append(network.dtype)
        return run(network, luma)

    monkeypatch.setattr(Inference, "__call__", watched)
    model = tiny_model(arch="5-3-5", scale=3)
    for content in (deep, picture):
        used.clear()
        drive(enlarge(content, UpscaleRequest(model, "cpu")))
        assert set(used) == {torch.float32 if content is deep else torch.bfloat16}


def test_a_precision_that_gives_nonsense_is_left_and_said(picture, tiny_model, drive):
    path = tiny_model(scale=2).path
    with safetensors.safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dictionary
        card = file.metadata()
    tensors["conv2.weight"] *= 1e8  # beyond float16
    tensors["conv3.weight"] *= 1e-8
    wild = path.with_name("wild.safetensors")
    safetensors.torch.save_file(tensors, wild, card)
    request = UpscaleRequest(read_model(wild), "cpu", tile=32, precision="float16")

    events, result = drive(enlarge(picture, request))

    told = [event for event in events if isinstance(event, PrecisionFellBack)]
    assert told == [PrecisionFellBack("float16", "float32")]
    _, exact = drive(enlarge(picture, replace(request, precision="float32")))
    np.testing.assert_array_equal(result.picture.pixels, exact.picture.pixels)


def test_a_device_that_is_not_there_is_said_and_the_cpu_does_it(picture, tiny_model, request_for, drive, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    events, result = drive(enlarge(picture, UpscaleRequest(tiny_model(scale=2), "cuda", tile=32)))
    assert events[0] == DeviceFellBack("cuda", f"CPU, {devices.cores()} threads")
    assert isinstance(events[1], Started)
    _, expected = drive(enlarge(picture, request_for()))
    np.testing.assert_array_equal(result.picture.pixels, expected.picture.pixels)


def test_an_unknown_device_is_refused(picture, tiny_model):
    with pytest.raises(DeviceUnknown):
        next(enlarge(picture, UpscaleRequest(tiny_model(), "abacus")))


def test_a_damaged_model_is_refused_before_anything_is_said(picture, tiny_model, tmp_path):
    path = tmp_path / "damaged.safetensors"
    path.write_bytes(tiny_model().path.read_bytes()[:-40])
    with pytest.raises(WeightsUnusable):
        next(enlarge(picture, UpscaleRequest(Model("damaged", tiny_model().spec, path))))


@pytest.mark.usefixtures("one_thread")
def test_a_file_is_read_enlarged_and_written(file, request_for, drive):
    output = file.parent / "large.png"
    events, result = drive(enlarge_file(file, output, request_for()))
    assert isinstance(events[0], Started)
    np.testing.assert_array_equal(image_files.read(output).pixels, result.picture.pixels)
    assert names_in(file.parent) == ["large.png", "small.png"]


@pytest.mark.usefixtures("one_thread")
def test_without_an_output_nothing_is_written(file, request_for, drive):
    drive(enlarge_file(file, None, request_for()))
    assert names_in(file.parent) == ["small.png"]


@pytest.mark.usefixtures("one_thread")
def test_a_closed_job_leaves_nothing_under_the_final_name(file, request_for):
    job = enlarge_file(file, file.parent / "large.png", request_for())
    *_, last = (next(job) for _ in range(5))
    assert isinstance(last, TileDone)
    job.close()
    assert list(job) == []
    assert names_in(file.parent) == ["small.png"]


@pytest.mark.usefixtures("one_thread")
def test_closing_after_the_last_tile_still_writes_nothing(file, request_for):
    job = enlarge_file(file, file.parent / "large.png", request_for())
    for event in job:
        if isinstance(event, TileDone) and event.done == event.total:
            break
    job.close()
    assert names_in(file.parent) == ["small.png"]


@pytest.mark.usefixtures("one_thread")
def test_a_failed_job_leaves_nothing_under_the_final_name(file, request_for, drive, monkeypatch):
    def fail(*_):
        raise RuntimeError("the network broke")

    monkeypatch.setattr(Inference, "__call__", fail)
    with pytest.raises(RuntimeError, match="the network broke"):
        drive(enlarge_file(file, file.parent / "large.png", request_for()))
    assert names_in(file.parent) == ["small.png"]


@pytest.mark.usefixtures("one_thread")
def test_an_output_that_cannot_be_written_is_said(file, request_for, drive, plain_sentence):
    with pytest.raises(PictureUnwritable) as refused:
        drive(enlarge_file(file, file.parent / "large.xyz", request_for()))
    plain_sentence(refused.value, "large.xyz")
    assert names_in(file.parent) == ["small.png"]


def test_an_unreadable_source_is_said(tmp_path, request_for, plain_sentence):
    with pytest.raises(PictureUnreadable) as refused:
        next(enlarge_file(tmp_path / "gone.png", tmp_path / "large.png", request_for()))
    plain_sentence(refused.value, "gone.png")
    assert names_in(tmp_path) == []


@pytest.mark.parametrize(("reference", "deep"), [(True, False), (False, True), (False, False)])
def test_by_itself_figures_and_16_bits_are_float32s(picture, tiny_model, drive, monkeypatch, reference, deep):
    """What the window shows must be what `srcnn evaluate` prints, on a machine that gains by bfloat16 too."""
    taken = []
    init = Inference.__init__

    def noting(self, network, device, *, dtype=torch.float32, ensemble=False):
        taken.append(dtype)
        init(self, network, device, dtype=dtype, ensemble=ensemble)

    monkeypatch.setattr(Inference, "__init__", noting)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True)
    model = tiny_model(scale=3)
    source = replace(picture, pixels=picture.pixels.astype(np.uint16) * 257) if deep else picture
    drive(enlarge(source, UpscaleRequest(model, "cpu", tile=64, reference=reference)))
    assert taken == [torch.float32 if reference or deep else torch.bfloat16]
