"""Length, warm start and preview region of a run."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.models import catalog
from engine.models.architectures.srcnn import Srcnn
from engine.models.formats import external
from engine.models.info import ModelInfo
from engine.models.network import Network
from engine.models.weights import load_network, save_model
from engine.system import paths
from engine.training import runs
from engine.training.events import PreviewRegion, Snapshot
from srcnn_gui.pages.train import request as train_request
from srcnn_gui.pages.train.state import CUSTOM, TrainSettings
from tests.srcnn_gui.lanes import SteppedLane, SynchronousLane
from tests.srcnn_gui.pages.train import fakes
from tests.srcnn_gui.pages.train.presenters import Page


@pytest.fixture
def settings(monkeypatch, tmp_path):
    with fakes.one_thread():
        yield fakes.prepare(monkeypatch, tmp_path)


def network():
    torch.manual_seed(1)
    return Network(ModelInfo(Srcnn(5, 1, 3, 6, 4), 3))


@pytest.fixture
def own_model(settings):
    paths.models_folder().mkdir(parents=True)
    return save_model(paths.models_folder() / "mine.safetensors", network(), {})


@pytest.mark.parametrize(("unit", "amount"), [("minutes", 2.5), ("steps", 700), ("epochs", 3)])
def test_a_length_is_in_minutes_steps_or_epochs(unit, amount):
    request = train_request.build_request(replace(TrainSettings(), unit=unit, **{unit: amount}))
    lengths = {"minutes": request.minutes, "steps": request.steps, "epochs": request.epochs}
    assert {name: value for name, value in lengths.items() if value is not None} == {unit: amount}


def test_the_time_of_a_custom_length_is_known_after_the_speed_was_measured(settings):
    page = Page(settings, SynchronousLane())
    page.presenter.dataset.on_page_shown()
    page.presenter.dataset.change_setting("unit", "steps")
    page.presenter.dataset.change_setting("steps", 30)
    assert (page.state.settings.preset, page.state.estimated_time) == (CUSTOM, "30 steps")
    page.presenter.start()
    assert page.state.curves.losses[-1][0] == 30
    page.presenter.dataset.change_setting("unit", "epochs")
    assert page.state.estimated_time.startswith("about ")
    page.presenter.dataset.change_setting("batch_size", 5)
    assert page.state.estimated_time == "200 steps", "another batch has another speed; 50 epochs of 20 patches"
    page.presenter.dataset.choose_preset("quick")
    assert page.state.estimated_time == "about 5 min"


def test_a_warm_start_sets_the_architecture_and_another_architecture_resets_it(settings, own_model):
    page = Page(settings, SynchronousLane())
    page.presenter.dataset.on_page_shown()
    assert str(own_model.path) in [start.key for start in page.state.warm_starts]
    page.presenter.dataset.choose_warm_start(str(own_model.path))
    changed = page.state.settings
    assert (changed.arch, changed.n1, changed.n2, changed.scale) == ("5-1-3", 6, 4, 2), (
        "the scale is a person's choice"
    )
    page.presenter.dataset.change_setting("scale", 4)
    assert page.state.settings.start_from
    page.presenter.dataset.change_setting("n1", 8)
    assert not page.state.settings.start_from


def test_a_training_starts_with_the_chosen_weights(settings, own_model):
    page = Page(replace(settings, unit="steps", steps=1), SteppedLane())
    page.presenter.dataset.on_page_shown()
    page.presenter.dataset.choose_warm_start(str(own_model.path))
    page.presenter.start()
    page.until(lambda state: state.curves.psnr)
    (run,) = runs.list_runs()
    began = load_network(run.request.output)
    assert torch.equal(began.conv1.weight, load_network(own_model.path).conv1.weight)
    assert catalog.read_model(run.request.output).record["warm_start"] == "mine"
    page.run.job.close()


def test_a_weights_file_is_imported_as_initial_weights(settings, tmp_path):
    page = Page(settings, SynchronousLane())
    page.presenter.dataset.on_page_shown()
    path = tmp_path / "theirs_x4.mat"
    path.write_bytes(external.to_mat(network()))
    page.presenter.dataset.choose_warm_start_file(path)
    (model,) = [model for model in catalog.list_models() if model.path.parent == paths.models_folder()]
    assert (page.state.settings.start_from, page.state.settings.arch) == (str(model.path), "5-1-3")
    assert model.info.scale == 4, "its name says so"
    assert "models" in page.calls
    assert page.state.training_set_rows
    (tmp_path / "odd.mat").write_bytes(b"no weights")
    page.presenter.dataset.choose_warm_start_file(tmp_path / "odd.mat")
    assert "odd.mat" in page.state.notice
    assert page.state.settings.start_from == str(model.path)


def test_a_deleted_model_is_no_longer_the_warm_start(settings, own_model):
    page = Page(settings, SynchronousLane())
    page.presenter.dataset.on_page_shown()
    page.presenter.dataset.choose_warm_start(str(own_model.path))
    own_model.path.unlink()
    page.presenter.start()
    assert "mine.safetensors" in page.state.notice
    assert page.state.phase == "idle"
    page.presenter.dataset.reload_models()
    assert not page.state.settings.start_from


def test_the_preview_shows_the_chosen_region(settings):
    page = Page(replace(settings, minutes=0.0, validation_size=2), SteppedLane())
    page.presenter.start()
    page.until(lambda state: state.can_stop)
    page.presenter.show_validation_images()
    names = [name for name, _ in page.view.validation_images]
    assert names == [path.name for path in page.state.preview_images]
    assert page.view.validation_images[0][1].shape[2] == 3
    other = next(name for name in names if name != page.view.snapshots[-1].preview.name)
    page.presenter.set_preview_region(other, 0.25, 0.75)
    assert page.run.hints == [PreviewRegion(other, (0.25, 0.75))]
    events = (page.run.job.send(page.run.hints[-1]) for _event in range(500))
    looked = next(event for event in events if isinstance(event, Snapshot) and event.preview.name == other)
    assert np.array_equal(looked.preview.region[2:], (1.0, 1.0)), "an image this small is shown whole"
    page.run.job.close()


def test_a_run_of_another_window_is_not_offered(settings):
    first = Page(replace(settings, minutes=0.0), SteppedLane())
    first.presenter.start()
    first.until(lambda state: state.can_stop)
    second = Page(settings, SynchronousLane())
    second.presenter.run_history.reload()
    assert second.state.interrupted == ""
    assert second.calls == []
    first.run.job.close()
    second.presenter.run_history.reload()
    assert "interrupted" in second.state.interrupted


def test_a_run_is_named_after_its_architecture():
    """A number that makes the name unique follows the recipe, so that it isn't taken for the date."""
    name = train_request.suggest_run_name(TrainSettings(arch="9-5-5", scale=2))
    assert name.startswith("9-5-5 x2, ")
    assert not name[-1].isdigit()
