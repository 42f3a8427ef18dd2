"""What a training shows to somebody who looks on: filters, and a part of a held-out picture."""

import numpy as np
import pytest
import torch

from engine.imaging import color, metrics
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Picture
from engine.models import catalog
from engine.models.catalog import ModelSpec
from engine.models.weights import load_network
from engine.training import job as train
from engine.training import patches
from engine.training.events import Aim, Finish, Looked, PatchesBuilt, Stepped, Validated
from engine.training.preview import HEIGHT, WIDTH, Preview
from engine.training.request import Recipe, TrainRequest

pytestmark = pytest.mark.usefixtures("one_thread", "short_run")
SPEC = ModelSpec(5, 1, 3, 2, n1=8, n2=4)


@pytest.fixture
def request_for(training_folder, tmp_path):
    def make(**changes):
        usual = {"source": training_folder, "spec": SPEC, "output": tmp_path / "own.safetensors", "device": "cpu"}
        usual |= {"steps": 30, "recipe": Recipe(batch=8, learning_rate=5e-3, warm_up=4), "held_out": 2}
        return TrainRequest(**usual | changes)

    return make


def of_kind(kind, events):
    return [event for event in events if isinstance(event, kind)]


def weights_in(path):
    return torch.cat([tensor.flatten() for tensor in load_network(path).state_dict().values()])


def test_who_watches_sees_the_filters_and_a_part_of_a_held_out_picture(request_for, drive):
    events, _ = drive(train.run(request_for(watched=True, steps=30)))
    seen = of_kind(Looked, events)
    assert [event.step for event in seen] == [0, 10, 20, 30]
    assert {event.filters.shape for event in seen} == {(8, 5, 5)}
    assert not np.array_equal(seen[0].filters, seen[-1].filters), "each is a copy"
    parts = [event.part for event in seen]
    assert {part.name for part in parts} <= {path.name for path in request_for().source.iterdir()}
    assert parts[0].bicubic_psnr_db == parts[-1].bicubic_psnr_db
    assert parts[-1].psnr_db > parts[0].psnr_db
    assert parts[-1].now.shape == parts[-1].truth.shape == parts[-1].bicubic.shape
    assert of_kind(Looked, drive(train.run(request_for(steps=1, overwrite=True)))[0]) == []


def test_watching_changes_no_weight(request_for, tmp_path, drive):
    for name, watched in (("seen", True), ("unseen", False)):
        drive(train.run(request_for(output=tmp_path / f"{name}.safetensors", watched=watched, steps=25)))
    assert torch.equal(weights_in(tmp_path / "seen.safetensors"), weights_in(tmp_path / "unseen.safetensors"))


def test_the_part_shown_is_where_bicubic_errs_most(texture, tmp_path):
    pixels = np.full((200, 240, 3), 90, np.uint8)
    pixels[100:180, 130:225] = texture(80, 95)
    path = tmp_path / "corner.png"
    image_files.write(Picture(pixels), path)
    part = Preview(path, SPEC).of(as_it_comes)
    assert part.truth.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(part.truth.astype(int) - 90).mean() > 20
    np.testing.assert_array_equal(part.now, part.bicubic)
    assert part.psnr_db == part.bicubic_psnr_db
    left, top, width, height = part.place
    shown = pixels[round(top * 200) :, round(left * 240) :][: round(height * 200), : round(width * 240)]
    assert np.abs(part.truth.astype(int) - shown).max() <= 2, "that is where it says it is"


def as_it_comes(window):
    """What stands for a network: it passes on what it gets."""
    return window[3:-3, 3:-3]


def test_a_small_gray_picture_is_shown_whole(texture, tmp_path):
    path = tmp_path / "small.png"
    image_files.write(Picture(texture(35, 37, 1)), path)
    assert Preview(path, SPEC).of(as_it_comes).truth.shape == (34, 36, 1)


def test_a_gray_picture_is_shown_in_the_range_of_luma_and_scored_as_it_is(texture, tmp_path):
    """A network that sets black's luma, 16, where it gets less than 30 levels shows black; its levels are scored."""
    pixels = np.zeros((78, 92, 1), np.uint8)
    pixels[:, 40:] = texture(78, 52, 1)
    image_files.write(Picture(pixels), tmp_path / "gray.png")

    def run(window):
        return np.where(as_it_comes(window) < 30 / 255, 16 / 255, as_it_comes(window)).astype(np.float32)

    part = Preview(tmp_path / "gray.png", SPEC).of(run)
    assert (part.now[:, :30] == 0).all()
    assert (part.bicubic[:, :30] == 0).all()
    bicubic = patches.degrade(pixels[:, :, 0] / 255, SPEC.scale)
    scored = np.where(bicubic < 30 / 255, 16 / 255, bicubic)
    for made, psnr_db in ((bicubic, part.bicubic_psnr_db), (scored, part.psnr_db)):
        expected = metrics.psnr(color.quantise(made), pixels[:, :, 0], data_range=255)
        assert psnr_db == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("centre", [(0.1, 0.9), (0.5, 0.5), (0.73, 0.2), (2.0, -1.0)])
def test_another_part_is_around_the_place_asked_for(centre, texture, tmp_path):
    path, pixels = tmp_path / "large.png", texture(900, 1000)
    image_files.write(Picture(pixels), path)
    part = Preview(path, SPEC, centre).of(as_it_comes)
    left, top, width, height = part.place
    half = (width / 2, height / 2)
    wanted = [min(max(at, edge), 1 - edge) for at, edge in zip(centre, half, strict=True)]
    assert (left + half[0], top + half[1]) == pytest.approx(wanted, abs=0.002)
    shown = pixels[round(top * 900) :, round(left * 1000) :][:HEIGHT, :WIDTH]
    assert np.abs(part.truth.astype(int) - shown).max() <= 2


def test_a_running_training_shows_itself_where_it_is_told_at_once(request_for, drive):
    job = train.run(request_for(watched=True, steps=30))
    before = list(iter(lambda: next(job), Stepped(1, 30)))
    (built,), (first,) = of_kind(PatchesBuilt, before), of_kind(Looked, before)
    names = built.to_show
    assert names[0].name == first.part.name
    looked = job.send(Aim(names[1].name, (0.3, 0.4)))
    assert isinstance(looked, Looked)
    assert (looked.step, looked.part.name) == (1, names[1].name)
    assert isinstance(job.send(Aim(names[1].name, (0.3, 0.4))), Stepped), "it is there already"
    assert isinstance(job.send(Aim("of another run.png", (0.3, 0.4))), Stepped)
    drive(job)


def rest_of(job, hint):
    """What a job does after it was told something."""
    yield job.send(hint)
    return (yield from job)


def test_told_to_finish_it_measures_the_step_in_work_and_is_done(request_for, drive):
    request = request_for(steps=1000)
    job = train.run(request)
    event = next(job)
    while not (isinstance(event, Stepped) and event.step == 33):
        event = next(job)
    events, result = drive(rest_of(job, Finish()))
    assert result.steps == 33
    assert [event.step for event in of_kind(Validated, events)] == [33]
    assert of_kind(Stepped, events) == []
    assert not catalog.checkpoint_path(request.output).exists()
