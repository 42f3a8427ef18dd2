"""Application of the settings to the pages."""

from dataclasses import dataclass, replace

import pytest

from engine.models import catalog
from srcnn_gui.choices import text
from srcnn_gui.pages.batch import state as batch_state
from srcnn_gui.pages.compare import state as compare_state
from srcnn_gui.pages.train import state as train_state
from srcnn_gui.shell.settings import apply_to_pages
from srcnn_gui.shell.settings.state import Settings
from tests.srcnn_gui.pages.compare import presenters

ALL = Settings(scale=2, model="srcnn-9-5-5-x3", device="cpu", precision="float32", format="jpg", metadata=False)


def test_empty_settings_leave_the_choices_unchanged():
    compare = compare_state.CompareSettings(4, "srcnn-9-5-5-x4", "cpu", True, "float32", "split")
    batch = batch_state.BatchSettings(scale=4, model="x", device="cpu", extension=".tif", include="*.png")
    train = train_state.TrainSettings(scale=4, device="cpu")

    assert apply_to_pages.initial_page_settings(compare, Settings()) == compare
    assert apply_to_pages.initial_page_settings(batch, Settings()) == batch
    assert apply_to_pages.initial_page_settings(train, Settings()) == train


def test_settings_become_the_initial_choices_of_each_page():
    compare = apply_to_pages.initial_page_settings(compare_state.CompareSettings(self_ensemble=True), ALL)
    assert (compare.scale, compare.model, compare.device, compare.self_ensemble) == (2, "srcnn-9-5-5-x3", "cpu", True)
    batch = apply_to_pages.initial_page_settings(batch_state.BatchSettings(), ALL)
    assert (batch.scale, batch.model, batch.extension, batch.metadata) == (2, "srcnn-9-5-5-x3", ".jpg", False)
    train = apply_to_pages.initial_page_settings(train_state.TrainSettings(), ALL)
    assert (train.scale, train.device) == (2, "cpu")


def test_a_page_uses_only_the_settings_it_has():
    @dataclass(frozen=True)
    class Page:
        precision: str = "auto"
        own: int = 3

    assert apply_to_pages.initial_page_settings(Page(), ALL) == Page("float32")
    assert apply_to_pages.initial_page_settings(Page("bfloat16"), Settings(scale=4)) == Page("bfloat16")


def test_the_compare_page_changes_at_once():
    page, _view = presenters.make_presenter()
    page.set_devices((("cuda", "A GPU"), ("cpu", "CPU")))
    before = Settings()
    after = replace(before, scale=2, model="srcnn-9-5-5-x3", device="cpu", precision="float32")
    apply_to_pages.apply_to_compare(page, before, after)

    assert (page.state.scale, page.state.model.name, page.state.device) == (2, "srcnn-9-5-5-x2", "cpu")
    assert page.state.precision == "float32"
    page.choose_scale(4)
    apply_to_pages.apply_to_compare(page, after, replace(after, theme="dark"))
    assert page.state.scale == 4, "what was not changed in the settings stays as the page has it"


def test_the_batch_page_gets_only_the_changed_settings():
    class Page:
        def __init__(self):
            self.chosen, self.state = [], batch_state.State()

        def apply_defaults(self, **changes):
            self.chosen.append(changes)

    page = Page()
    apply_to_pages.apply_to_batch(page, Settings(), Settings(theme="dark"))
    assert page.chosen == []
    apply_to_pages.apply_to_batch(page, Settings(), Settings(device="cpu", scale=4))
    apply_to_pages.apply_to_batch(page, Settings(), Settings(format="webp"))
    apply_to_pages.apply_to_batch(page, Settings(format="webp"), Settings(metadata=False))
    assert page.chosen == [
        {"scale": 4, "device": "cpu"},
        {"metadata": True, "quality": 0, "extension": ".webp"},
        {"metadata": False, "quality": 0},
    ]


@pytest.mark.parametrize(
    ("settings", "output"),
    [
        (Settings(), ("webp", 80)),
        (Settings(format="jpg"), ("jpg", 80)),
        (Settings(format="jpg", quality=70), ("jpg", 70)),
    ],
)
def test_compare_keeps_its_format_and_quality_unless_the_settings_set_them(settings, output):
    page = apply_to_pages.initial_page_settings(compare_state.CompareSettings(format="webp", quality=80), settings)
    assert (page.format, page.quality) == output


def test_model_options_are_the_built_in_families_and_the_library(tmp_path, monkeypatch):
    shipped = next(model for model in catalog.list_models() if model.info.scale == 4)
    monkeypatch.setattr(catalog.paths, "models_folder", lambda: tmp_path)
    (tmp_path / "meins.safetensors").write_bytes(shipped.path.read_bytes())

    built_in = {model.family for model in catalog.list_models() if catalog.is_built_in(model)}
    titles = [title for _name, title in apply_to_pages.list_model_options()]
    assert titles == [*(text.family_title(family) for family in text.FAMILIES if family in built_in), "meins ×4"]
    assert "SRCNN 9-1-5" in titles
