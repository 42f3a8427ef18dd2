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
from engine.training.request import PAPER_RECIPE, STANDARD_RECIPE
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


EVERY_SETTING = {
    "n1": 16,
    "n2": 8,
    "scale": 4,
    "unit": "epochs",
    "epochs": 7,
    "optimizer": "adamw",
    "weight_decay": 0.02,
    "grad_clip": 0.5,
    "loss_weighting": 0.2,
    "ema_decay": 0.99,
    "warmup_steps": 10,
    "precision": "bfloat16",
    "all_phases": True,
    "orientations": False,
    "quantized_share": 0.5,
    "loss": "charbonnier",
    "rescaled": True,
    "validation_size": 2,
    "patience": 4,
    "seed": 9,
    "device": "cpu",
}


@pytest.mark.parametrize("changes", [{}, EVERY_SETTING, {"arch": "fsrcnn-56-12-4", "degradation": "jpeg:60-84"}])
def test_a_saved_recipe_has_all_settings(settings, tmp_path, changes):
    page, other = Page(settings, SynchronousLane()), Page(TrainSettings(), SynchronousLane())
    for name, value in changes.items():
        page.presenter.dataset.change_setting(name, value)
    page.presenter.export_config(tmp_path / "recipe.toml")
    assert page.state.status == "Saved as recipe.toml"
    other.presenter.import_config(tmp_path / "recipe.toml")
    assert (other.state.notice, other.state.status) == ("", "Recipe opened: recipe.toml")
    assert train_request.build_request(other.state.settings) == train_request.build_request(page.state.settings)
    assert other.state.settings.preset == CUSTOM


@pytest.mark.parametrize("preset", ["quick", "better"])
def test_a_preset_is_recognized_in_a_recipe(settings, tmp_path, preset):
    page, other = Page(settings, SynchronousLane()), Page(TrainSettings(), SynchronousLane())
    page.presenter.dataset.choose_preset(preset)
    page.presenter.export_config(tmp_path / "recipe.toml")
    other.presenter.import_config(tmp_path / "recipe.toml")
    assert other.state.settings.preset == preset


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("scale = 5", "scale"),
        ('device = "cuda"', "device"),
        ("[recipe]\nrescales = [0.5]", "rescales"),
        ("[recipe]\ninit_gain = 0.5", "init_gain"),
    ],
)
def test_a_setting_that_the_page_lacks_is_refused(settings, tmp_path, text, named):
    path = tmp_path / "recipe.toml"
    path.write_text(f'source = "{settings.folder}"\n{text}')
    page = Page(settings, SynchronousLane())
    page.presenter.import_config(path)
    assert f"can't show these settings: {named}. Train" in page.state.notice
    assert page.state.settings == settings


def test_the_recipes_of_the_presets_are_those_of_the_engine(settings):
    recipes = {
        key: train_request.build_request(train_request.apply_preset(settings, key)).recipe
        for key in ("quick", "better", "paper")
    }
    assert recipes == {
        "quick": replace(STANDARD_RECIPE, init_gain=0.1),
        "better": STANDARD_RECIPE,
        "paper": PAPER_RECIPE,
    }


def test_another_optimizer_resets_what_it_does_not_support(settings):
    page = Page(settings, SynchronousLane())
    page.presenter.dataset.change_setting("optimizer", "adamw")
    page.presenter.dataset.change_setting("weight_decay", 0.1)
    page.presenter.dataset.change_setting("optimizer", "sgd")
    request = train_request.build_request(page.state.settings)
    assert (request.recipe.optimizer, request.recipe.weight_decay, request.recipe.loss_weighting) == ("sgd", 0, 0)


def test_the_command_has_the_settings_of_the_page(settings):
    page = Page(replace(settings, n1=64, n2=32, source="starter", small_start=False), SynchronousLane())
    page.presenter.show_command()
    assert page.view.command.startswith(
        "srcnn train starter -o mine.safetensors --arch 3-1-3 --scale 2 --minutes 0.005"
    )
    assert page.view.command_note == "This command trains with the settings of the page:"
    page.presenter.dataset.change_setting("n1", 16)
    page.presenter.show_command()
    assert page.view.command == "srcnn train --config recipe.toml -o mine.safetensors"
    assert page.view.command_note == "Save the recipe as recipe.toml first. This command trains with it:"
    page.presenter.dataset.change_setting("arch", "nonsense")
    page.view.command = ""
    page.presenter.show_command()
    assert page.view.command == ""
    assert "isn't a supported architecture" in page.state.notice


def test_a_finished_run_can_be_trained_further(settings):
    page = Page(replace(settings, unit="steps", steps=20, minutes=5.0), SynchronousLane())
    page.presenter.extend_run()
    assert page.state.settings.start_from == "", "there is no model yet"
    page.presenter.start()
    (first,) = runs.list_runs()
    page.presenter.dataset.change_setting("seed", 5)
    page.presenter.extend_run()
    assert (page.state.notice, page.state.settings.seed) == ("", 0)
    assert page.state.settings.start_from == page.state.outcome.path
    page.presenter.start()
    (second,) = [run for run in runs.list_runs() if run.name != first.name]
    assert second.curve[0][1] == pytest.approx(max(psnr_db for _step, psnr_db in first.curve), abs=1e-4)


def test_set5_is_scored_during_training_if_it_is_downloaded(settings, monkeypatch, tmp_path):
    page = Page(replace(settings, unit="steps", steps=20), SynchronousLane())
    page.presenter.start()
    assert page.state.curves.test == ()
    paths.data_folder().mkdir(parents=True)
    fakes.make_images(paths.data_folder() / "Set5", count=2)
    monkeypatch.setattr(train_request.download, "is_downloaded", lambda name: name == "set5")
    page.presenter.start()
    assert [step for step, _psnr_db in page.state.curves.test] == [0, 20]
    assert page.state.test_title == "Set5, for reporting only (paper: 36.34)"
    assert [len(run.test_curve) for run in runs.list_runs()].count(2) == 1
    page.presenter.export_config(tmp_path / "recipe.toml")
    assert "test_set = " not in (tmp_path / "recipe.toml").read_text()
