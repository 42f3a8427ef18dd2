"""Library models in the model menu, including models for scale factors without a button."""

import shutil

import PIL.Image
import pytest

import engine
from engine.imaging.codecs import image_files
from engine.models import catalog
from engine.system import paths
from engine.upscaling import job as upscale_job
from engine.upscaling.request import Target
from srcnn_gui.choices.model_menu import ModelMenu
from srcnn_gui.choices.options import AUTOMATIC
from srcnn_gui.pages.batch import state
from srcnn_gui.pages.batch.request import build_request
from srcnn_gui.pages.batch.state import BatchSettings
from srcnn_gui.pages.compare.state import CompareSettings
from srcnn_gui.runtime import resources
from srcnn_gui.shell.settings import apply_to_pages
from srcnn_gui.shell.settings.state import Settings
from tests.srcnn_gui.pages.batch.test_presenter import page
from tests.srcnn_gui.pages.compare.presenters import make_presenter, texture


@pytest.fixture(autouse=True)
def temporary_journals(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "journals_folder", lambda: tmp_path / "state")


@pytest.fixture
def library(monkeypatch, tmp_path):
    """Add two 9-1-5 models to the library: "six" for ×6 and "three" for ×3."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setattr(catalog.paths, "models_folder", lambda: folder)
    shutil.copy(catalog.find("9-1-5", 3).path, folder / "three.safetensors")
    content = catalog.find("9-1-5", 4).path.read_bytes().replace(b'\\"scale\\": 4', b'\\"scale\\": 6')
    (folder / "six.safetensors").write_bytes(content)
    assert catalog.find("six").info.scale == 6
    return folder


@pytest.fixture
def used_models(monkeypatch):
    """Return a list to which the name of the model of each upscale is added."""
    names, real = [], upscale_job.upscale

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

    monkeypatch.setattr(upscale_job, "upscale", watched)
    return names


def model_key(presenter, name):
    return next(choice.key for choice in presenter.state.models if choice.name == name)


def test_a_model_for_a_non_standard_scale_can_be_chosen_at_any_scale(library, used_models, image):
    saved_settings = []
    presenter, view = make_presenter(saved_settings=saved_settings)
    presenter.images.open(image)
    titles = {choice.name: choice.title for choice in presenter.state.models}
    assert titles["six"] == "six (9-1-5) ×6"
    presenter.choose_model(model_key(presenter, "six"))
    assert (presenter.state.scale, presenter.state.model.name, used_models[-1]) == (6, "six", "six")
    assert view.panes["model"].shape[:2] == (360, 450)
    again, _view = make_presenter(settings=saved_settings[-1])
    assert (again.state.scale, again.state.model.name) == (6, "six")
    presenter.choose_scale(3)
    assert (presenter.state.scale, presenter.state.model.name) == (3, "srcnn-9-1-5-x3"), "and the menu says so"


@pytest.mark.parametrize(("name", "factor"), [("six", 5), ("six", 7), ("three", 2.5), ("three", 3.5)])
def test_a_chosen_library_model_is_used_for_every_size(library, used_models, image, name, factor):
    presenter, view = make_presenter()
    presenter.images.open(image)
    presenter.choose_model(model_key(presenter, name))
    presenter.choose_size(Target(factor=factor))
    assert used_models[-1] == name
    assert presenter.state.model.name == name
    assert view.panes["model"].shape[0] == round(60 * factor)
    beyond = factor > catalog.find(name).info.scale
    assert ("upscaled further" in presenter.state.notice) == beyond


def test_a_built_in_model_selects_its_architecture_at_other_scales(library, used_models, image):
    presenter, _view = make_presenter()
    presenter.images.open(image)
    presenter.choose_model(model_key(presenter, "srcnn-9-1-5-x3"))
    presenter.choose_size(Target(factor=2.5))
    presenter.choose_size(Target(factor=6))
    assert used_models[-2:] == ["srcnn-9-1-5-x3", "srcnn-9-1-5-x4"]
    assert "srcnn-9-1-5-x4 is trained for ×4." in presenter.state.notice


def test_a_deleted_model_removes_its_scale(library, image):
    presenter, _view = make_presenter()
    presenter.images.open(image)
    presenter.choose_model(model_key(presenter, "six"))
    (library / "six.safetensors").unlink()
    presenter.reload_models()
    assert presenter.state.scale in presenter.state.scales
    assert presenter.state.model is not None


def test_a_batch_uses_the_chosen_model_and_its_name(library, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    image_files.write(texture(20, 30), folder / "0.png")
    presenter, _view = page()
    presenter.add([folder])
    presenter.change_settings(template="{name}_{model}")
    presenter.change_settings(model="six")
    assert (presenter.state.settings.scale, presenter.state.model.name) == (6, "six")
    assert presenter.state.example == "0.png → 0_six.png"
    presenter.choose_size(Target(factor=7))
    presenter.start()
    assert image_files.read(tmp_path / "in-x7" / "0_six.png").pixels.shape[:2] == (140, 210)
    presenter.change_settings(model="srcnn-9-1-5-x3", scale=3)
    presenter.choose_size(Target(factor=2.5))
    assert presenter.state.example == "0.png → 0_srcnn-9-1-5-x3.png"
    presenter.choose_size(Target(width=110))  # 640 px wide as an example is: too large, so of one 55 px wide
    assert presenter.state.example == "0.png → 0_srcnn-9-1-5-x2.png"


@pytest.mark.parametrize(("name", "scale"), [("six", 6), ("three", 3)])
def test_a_library_model_in_the_settings_sets_its_scale(library, name, scale):
    settings = Settings(scale=2, model=name)
    for page_settings in (CompareSettings(), BatchSettings()):
        initial = apply_to_pages.initial_page_settings(page_settings, settings)
        assert (initial.scale, initial.model) == (scale, name)
    presenter, _view = make_presenter(settings=CompareSettings(scale=4))
    apply_to_pages.apply_to_compare(presenter, Settings(scale=2), settings)
    assert (presenter.state.scale, presenter.state.model.name) == (scale, name)
    batch, _view = page(settings=state.BatchSettings(scale=4))
    apply_to_pages.apply_to_batch(batch, Settings(scale=2), settings)
    assert (batch.state.settings.scale, batch.state.model.name) == (scale, name)


def test_models_for_other_scales_come_last_in_the_menu(library):
    entries, selected = ModelMenu().choices_for(3)
    assert [choice.stored_name for choice in entries] == [
        "",
        "compact-s-x3",
        "fsrcnn-x3",
        "srcnn-9-1-5-x3",
        "srcnn-9-5-5-x3",
        "three",
        "photo-light-s-x1",
        "photo-medium-s-x1",
        "photo-strong-s-x1",
        "six",
    ]
    assert selected.name == "compact-s-x3"


def test_default_model_in_simulation_is_the_model_of_the_paper(monkeypatch, tmp_path):
    shutil.copy(catalog.find("9-5-5", 3).path, tmp_path / "compact-s-x3.safetensors")
    shutil.copy(catalog.find("9-1-5", 3).path, tmp_path / "srcnn-9-1-5-x3.safetensors")
    shutil.copy(catalog.find("9-1-5", 4).path, tmp_path / "srcnn-9-1-5-x4.safetensors")
    monkeypatch.setattr(catalog, "built_in_directory", lambda: tmp_path)

    def selected(simulate, preferred=""):
        return ModelMenu(preferred).choices_for(3, simulate=simulate)[1].name

    assert selected(simulate=False) == "compact-s-x3"
    assert selected(simulate=True) == "srcnn-9-1-5-x3"
    assert selected(simulate=True, preferred="compact-s-x3") == "compact-s-x3"
    assert selected(simulate=False, preferred="srcnn-9-1-5-x4") == "srcnn-9-1-5-x3", "same family at another scale"


@pytest.mark.parametrize(
    ("jpeg_quality", "family", "simulate", "name"),
    [
        (None, "", False, "compact-s-x2"),
        (99, "", False, "compact-s-x2"),
        (74, "photo-medium-s", False, "photo-medium-s-x2"),
        (74, "photo-medium-s", True, "srcnn-9-1-5-x2"),
    ],
)
def test_automatic_choice_depends_on_image(jpeg_quality, family, simulate, name):
    menu = ModelMenu()
    entries, selected = menu.choices_for(2, simulate=simulate, jpeg_quality=jpeg_quality, photo_family=family)
    assert selected == entries[0]
    assert (selected.title, selected.stored_name) == ("Automatic", "")
    assert selected.name == name
    assert dict(selected.card)["Model"] == selected.model_title
    reason = None if jpeg_quality is None or simulate else f"JPEG, quality about {jpeg_quality}"
    assert dict(selected.card).get("Input") == reason


def test_drawing_is_named_as_the_reason():
    _entries, selected = ModelMenu().choices_for(2, jpeg_quality=90)
    assert selected.name == "compact-s-x2"
    assert dict(selected.card)["Input"] == "Drawing, JPEG, quality about 90"


def save_former_jpeg(path, quality):
    """Save a photograph as PNG that was compressed as JPEG."""
    photo = PIL.Image.open(resources.sample_path("cat.png")).convert("RGB").reduce(2)
    photo.save(path.with_suffix(".jpg"), quality=quality)
    PIL.Image.open(path.with_suffix(".jpg")).save(path)
    return path


@pytest.mark.parametrize(
    ("target", "name", "size"),
    [
        (Target(factor=2), "photo-strong-s-x2", (300, 452)),
        (Target(factor=3), "photo-strong-s-x4", (450, 678)),
        (Target(factor=2.5), "photo-strong-s-x4", (375, 565)),
    ],
)
def test_suggested_model_is_used_for_the_same_size(tmp_path, used_models, target, name, size):
    presenter, view = make_presenter()
    presenter.images.open(save_former_jpeg(tmp_path / "a.png", 50))
    presenter.choose_size(target)
    assert "JPEG of about quality" in presenter.state.suggestion
    assert "Photo, strong" in presenter.state.suggestion
    assert used_models[-1].startswith("compact-s"), "it is only a suggestion"
    presenter.use_suggested_model()
    assert used_models[-1] == name
    assert view.panes["model"].shape[:2] == size
    assert presenter.state.suggestion == ""
    presenter.choose_model(AUTOMATIC)
    assert presenter.state.suggestion


def test_suggestion_is_hidden_in_simulations_and_for_other_images(tmp_path, image):
    presenter, _view = make_presenter(settings=CompareSettings(scale=2))
    presenter.images.open(image)
    assert presenter.state.suggestion == ""
    presenter.use_suggested_model()
    assert presenter.state.model.key == AUTOMATIC
    presenter.images.open(save_former_jpeg(tmp_path / "a.png", 50))
    presenter.choose_ground_truth("simulate")
    assert presenter.state.suggestion == ""
    presenter.choose_ground_truth("none")
    assert presenter.state.suggestion
    presenter.images.close_all()
    assert presenter.state.suggestion == ""


def test_model_of_a_jpeg_is_chosen_until_the_user_chooses_one(tmp_path, used_models):
    path = tmp_path / "a.jpg"
    PIL.Image.fromarray(texture(60, 75).pixels).save(path, quality=74)
    saved = []
    presenter, _view = make_presenter(settings=CompareSettings(scale=2), saved_settings=saved)
    presenter.images.open(path)
    presenter.choose_model(model_key(presenter, "srcnn-9-5-5-x2"))
    assert saved[-1].model == "srcnn-9-5-5-x2"
    presenter.choose_model(AUTOMATIC)
    assert used_models == ["photo-medium-s-x2", "srcnn-9-5-5-x2", "photo-medium-s-x2"]
    assert presenter.state.model.model_title == "Photo, medium"
    assert saved[-1].model == ""


def test_a_batch_chooses_automatically_unless_a_model_is_selected(tmp_path):
    model = catalog.find("compact-s-x2")
    for name, is_automatic in (("", True), ("compact-s-x2", False)):
        request = build_request((tmp_path,), tmp_path / "out", model, BatchSettings(model=name))
        assert request.upscale.automatic == is_automatic


@pytest.mark.parametrize("factor", [2, 3, 2.5, 6])
def test_automatic_choice_equals_the_choice_of_the_engine(tmp_path, used_models, factor):
    path = tmp_path / "a.jpg"
    PIL.Image.fromarray(texture(60, 75).pixels).save(path, quality=74)
    presenter, _view = make_presenter()
    presenter.images.open(path)
    presenter.choose_size(Target(factor=factor))
    in_window = used_models[-1]
    engine.upscale(path, scale=factor)
    assert used_models[-1] == in_window
    assert in_window.startswith("photo-medium-s-x")
    assert presenter.state.model.model_title == "Photo, medium"
