"""A person's own models in the window: one that was chosen is used, also for a scale that has no button."""

import shutil

import pytest

from engine.imaging.codecs import image_files
from engine.models import catalog
from engine.system import paths
from engine.upscaling import job as upscale_job
from srcnn_gui.choices.model_menu import ModelMenu
from srcnn_gui.pages.batch import state
from srcnn_gui.pages.batch.state import Choices as BatchChoices
from srcnn_gui.pages.compare.state import Choices
from srcnn_gui.shell import defaults
from srcnn_gui.shell.settings.state import Settings
from tests.srcnn_gui.pages.batch.test_presenter import page
from tests.srcnn_gui.pages.compare.presenters import presenter, texture


@pytest.fixture(autouse=True)
def own_journals(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "batches", lambda: tmp_path / "state")


@pytest.fixture
def own(monkeypatch, tmp_path):
    """Two 9-1-5 of a person's own: "six" for x6 and "three" for x3."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setattr(catalog.paths, "models", lambda: folder)
    shutil.copy(catalog.find("9-1-5", 3).path, folder / "three.safetensors")
    content = catalog.find("9-1-5", 4).path.read_bytes().replace(b'\\"scale\\": 4', b'\\"scale\\": 6')
    (folder / "six.safetensors").write_bytes(content)
    assert catalog.find("six").spec.scale == 6
    return folder


@pytest.fixture
def used(monkeypatch):
    """The names of the models that upscaled something, in order."""
    names, real = [], upscale_job.enlarge

    def watched(*what):
        job = real(*what)
        event = None
        while True:
            try:
                event = job.send(None if event is None else (yield event))
            except StopIteration as stop:
                return stop.value
            if hasattr(event, "panes"):
                names.append(event.model)

    monkeypatch.setattr(upscale_job, "enlarge", watched)
    return names


def key_of(made, name):
    return next(choice.key for choice in made.state.models if choice.name == name)


def test_a_model_for_a_scale_without_a_button_can_be_chosen_at_any(own, used, picture):
    remembered = []
    made, view = presenter(remembered=remembered)
    made.pictures.open(picture)
    titles = {choice.name: choice.title for choice in made.state.models}
    assert titles["six"] == "9-1-5, six (own) ×6"
    made.choose_model(key_of(made, "six"))
    assert (made.state.scale, made.state.model.name, used[-1]) == (6, "six", "six")
    assert view.panes["srcnn"].shape[:2] == (360, 450)
    again, _view = presenter(choices=remembered[-1])
    assert (again.state.scale, again.state.model.name) == (6, "six")
    made.choose_scale(3)
    assert (made.state.scale, made.state.model.name) == (3, "srcnn-9-1-5-x3"), "and the menu says so"


@pytest.mark.parametrize(("name", "factor"), [("six", 5), ("six", 7), ("three", 2.5), ("three", 3.5)])
def test_a_chosen_model_of_ones_own_makes_every_size(own, used, picture, name, factor):
    made, view = presenter()
    made.pictures.open(picture)
    made.choose_model(key_of(made, name))
    made.choose_size(factor=factor)
    assert used[-1] == name
    assert made.state.model.name == name
    assert view.panes["srcnn"].shape[0] == round(60 * factor)
    beyond = factor > catalog.find(name).spec.scale
    assert ("rest of the way" in made.state.notice) == beyond


def test_what_comes_with_the_program_stands_for_its_architecture(own, used, picture):
    made, _view = presenter()
    made.pictures.open(picture)
    made.choose_size(factor=2.5)
    made.choose_size(factor=6)
    assert used[-2:] == ["srcnn-9-1-5-x3", "srcnn-9-1-5-x4"]
    assert "srcnn-9-1-5-x4 is trained for ×4." in made.state.notice


def test_a_model_that_is_gone_takes_its_scale_with_it(own, picture):
    made, _view = presenter()
    made.pictures.open(picture)
    made.choose_model(key_of(made, "six"))
    (own / "six.safetensors").unlink()
    made.models_changed()
    assert made.state.scale in made.state.scales
    assert made.state.model is not None


def test_a_batch_is_made_and_named_with_the_model_chosen(own, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    image_files.write(texture(20, 30), folder / "0.png")
    made, _view = page()
    made.add([folder])
    made.choose(template="{name}_{model}")
    made.choose(model="six")
    assert (made.state.choices.scale, made.state.model.name) == (6, "six")
    assert made.state.example == "0.png → 0_six.png"
    made.choose_size(factor=7)
    made.start()
    assert image_files.read(tmp_path / "in ×7" / "0_six.png").pixels.shape[:2] == (140, 210)
    made.choose(model="srcnn-9-1-5-x3", scale=3)
    made.choose_size(factor=2.5)
    assert made.state.example == "0.png → 0_srcnn-9-1-5-x3.png"
    made.choose_size(width=110)  # 640 px wide as an example is: too large, so of one 55 px wide
    assert made.state.example == "0.png → 0_srcnn-9-1-5-x2.png"


@pytest.mark.parametrize(("name", "scale"), [("six", 6), ("three", 3)])
def test_a_model_of_ones_own_in_the_settings_brings_its_scale(own, name, scale):
    settings = Settings(scale=2, model=name)
    for choices in (Choices(), BatchChoices()):
        begun = defaults.begin(choices, settings)
        assert (begun.scale, begun.model) == (scale, name)
    made, _view = presenter(choices=Choices(scale=4))
    defaults.change_compare(made, Settings(scale=2), settings)
    assert (made.state.scale, made.state.model.name) == (scale, name)
    batch, _view = page(choices=state.Choices(scale=4))
    defaults.change_batch(batch, Settings(scale=2), settings)
    assert (batch.state.choices.scale, batch.state.model.name) == (scale, name)


def test_the_menu_offers_other_scales_only_after_the_models_of_the_scale(own):
    choices, chosen = ModelMenu().at(3)
    assert [choice.name for choice in choices] == ["srcnn-9-1-5-x3", "srcnn-9-5-5-x3", "three", "six"]
    assert chosen.name == "srcnn-9-1-5-x3"
