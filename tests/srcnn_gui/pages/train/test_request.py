"""What is chosen before a training, and what a person does to it while it runs: length, first weights, preview."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.models import catalog
from engine.models.architectures.srcnn import SRCNN
from engine.models.catalog import ModelSpec
from engine.models.formats import foreign
from engine.models.weights import load_network, save_model
from engine.system import paths
from engine.training import runs
from engine.training.events import Aim, Looked
from srcnn_gui.pages.train import request as recipes
from srcnn_gui.pages.train.state import OWN, Choices
from tests.srcnn_gui.lanes import InPlaceLane, SteppedLane
from tests.srcnn_gui.pages.train import fakes
from tests.srcnn_gui.pages.train.presenters import Page


@pytest.fixture
def choices(monkeypatch, tmp_path):
    with fakes.one_thread():
        yield fakes.prepare(monkeypatch, tmp_path)


def network():
    torch.manual_seed(1)
    return SRCNN(ModelSpec(5, 1, 3, 3, 6, 4))


@pytest.fixture
def own_model(choices):
    paths.models().mkdir(parents=True)
    return save_model(paths.models() / "mine.safetensors", network(), {})


@pytest.mark.parametrize(("unit", "amount"), [("minutes", 2.5), ("steps", 700), ("epochs", 3)])
def test_a_length_is_in_minutes_steps_or_epochs(unit, amount):
    asked = recipes.request(replace(Choices(), unit=unit, **{unit: amount}))
    lengths = {"minutes": asked.minutes, "steps": asked.steps, "epochs": asked.epochs}
    assert {name: value for name, value in lengths.items() if value is not None} == {unit: amount}


def test_a_length_of_ones_own_is_trained_and_its_time_known_once_a_speed_was_measured(choices):
    page = Page(choices, InPlaceLane())
    page.presenter.pictures.see()
    page.presenter.pictures.change("unit", "steps")
    page.presenter.pictures.change("steps", 30)
    assert (page.state.choices.preset, page.state.time) == (OWN, "30 steps")
    page.presenter.start()
    assert page.state.curves.losses[-1][0] == 30
    page.presenter.pictures.change("unit", "epochs")
    assert page.state.time.startswith("about ")
    page.presenter.pictures.change("batch", 5)
    assert page.state.time == "200 steps", "another batch has another speed; 50 epochs of 20 patches"
    page.presenter.pictures.choose_preset("quick")
    assert page.state.time == "about 5 min"


def test_weights_to_start_from_bring_their_network_and_another_network_has_new_ones(choices, own_model):
    page = Page(choices, InPlaceLane())
    page.presenter.pictures.see()
    assert str(own_model.path) in [start.key for start in page.state.starts]
    page.presenter.pictures.choose_start(str(own_model.path))
    chosen = page.state.choices
    assert (chosen.arch, chosen.n1, chosen.n2, chosen.scale) == ("5-1-3", 6, 4, 2), "the scale is a person's choice"
    page.presenter.pictures.change("scale", 4)
    assert page.state.choices.start_from
    page.presenter.pictures.change("n1", 8)
    assert not page.state.choices.start_from


def test_a_training_begins_with_the_weights_chosen(choices, own_model):
    page = Page(replace(choices, unit="steps", steps=1), SteppedLane())
    page.presenter.pictures.see()
    page.presenter.pictures.choose_start(str(own_model.path))
    page.presenter.start()
    page.until(lambda state: state.curves.psnr)
    (run,) = runs.catalogue()
    began = load_network(run.request.output)
    assert torch.equal(began.conv1.weight, load_network(own_model.path).conv1.weight)
    assert catalog.read_model(run.request.output).record["warm_start"] == "mine"
    page.run.job.close()


def test_a_file_of_weights_becomes_a_model_to_start_from(choices, tmp_path):
    page = Page(choices, InPlaceLane())
    page.presenter.pictures.see()
    path = tmp_path / "theirs_x4.mat"
    path.write_bytes(foreign.to_mat(network()))
    page.presenter.pictures.choose_start_file(path)
    (model,) = [model for model in catalog.catalogue() if model.path.parent == paths.models()]
    assert (page.state.choices.start_from, page.state.choices.arch) == (str(model.path), "5-1-3")
    assert model.spec.scale == 4, "its name says so"
    assert "models" in page.told
    assert page.state.patches
    (tmp_path / "odd.mat").write_bytes(b"no weights")
    page.presenter.pictures.choose_start_file(tmp_path / "odd.mat")
    assert "odd.mat" in page.state.notice
    assert page.state.choices.start_from == str(model.path)


def test_weights_that_are_gone_are_new_ones_again(choices, own_model):
    page = Page(choices, InPlaceLane())
    page.presenter.pictures.see()
    page.presenter.pictures.choose_start(str(own_model.path))
    own_model.path.unlink()
    page.presenter.start()
    assert "mine.safetensors" in page.state.notice
    assert page.state.phase == "idle"
    page.presenter.pictures.models_changed()
    assert not page.state.choices.start_from


def test_the_preview_is_of_the_part_a_person_chooses(choices):
    page = Page(replace(choices, minutes=0.0, held_out=2), SteppedLane())
    page.presenter.start()
    page.until(lambda state: state.can_stop)
    page.presenter.show_held_out()
    names = [name for name, _ in page.view.held_out]
    assert names == [path.name for path in page.state.to_show]
    assert page.view.held_out[0][1].shape[2] == 3
    other = next(name for name in names if name != page.view.looks[-1].part.name)
    page.presenter.show_part(other, 0.25, 0.75)
    assert page.run.hints == [Aim(other, (0.25, 0.75))]
    told = (page.run.job.send(page.run.hints[-1]) for _event in range(500))
    looked = next(event for event in told if isinstance(event, Looked) and event.part.name == other)
    assert np.array_equal(looked.part.place[2:], (1.0, 1.0)), "a picture this small is shown whole"
    page.run.job.close()


def test_a_run_that_another_window_is_at_work_on_is_not_offered(choices):
    first = Page(replace(choices, minutes=0.0), SteppedLane())
    first.presenter.start()
    first.until(lambda state: state.can_stop)
    second = Page(choices, InPlaceLane())
    second.presenter.shelf.look()
    assert second.state.interrupted == ""
    assert second.told == []
    first.run.job.close()
    second.presenter.shelf.look()
    assert "interrupted" in second.state.interrupted
