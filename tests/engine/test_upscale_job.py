"""An enlargement as a job: stopping it, its device and threads, and the files it reads and writes."""

import numpy as np
import pytest
import torch

from engine import upscale
from engine.errors import DeviceUnknown, PictureUnreadable, PictureUnwritable, WeightsUnusable
from engine.events import DeviceFellBack, Started, TileDone
from engine.imaging import pictures
from engine.imaging.pictures import Picture
from engine.models import Model
from engine.network import inference
from engine.requests import UpscaleRequest
from engine.upscale import enlarge, enlarge_file


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
    pictures.write(Picture(picture.pixels), path)
    return path


@pytest.fixture
def renders(monkeypatch):
    """The tiles rendered so far."""
    done, render = [], upscale.render_tile

    def counted(small, scale, tile, network):
        done.append(tile)
        return render(small, scale, tile, network)

    monkeypatch.setattr(upscale, "render_tile", counted)
    return done


def names_in(folder):
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("after", [0, 1, 4])
def test_closing_stops_the_work(after, picture, request_for, renders):
    job = enlarge(picture, request_for())
    for _ in range(after + 1):
        next(job)
    job.close()
    assert len(renders) == after
    assert list(job) == []


def test_a_job_takes_every_thread_again(picture, request_for, drive):
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        drive(enlarge(picture, request_for()))
        assert torch.get_num_threads() == before
    finally:
        torch.set_num_threads(before)


def test_a_device_that_is_not_there_is_said_and_the_cpu_does_it(picture, tiny_model, request_for, drive, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    events, result = drive(enlarge(picture, UpscaleRequest(tiny_model(scale=2), "cuda", tile=32)))
    assert events[0] == DeviceFellBack("cuda", f"CPU, {torch.get_num_threads()} threads")
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
    np.testing.assert_array_equal(pictures.read(output).pixels, result.picture.pixels)
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

    monkeypatch.setattr(inference, "apply", fail)
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
