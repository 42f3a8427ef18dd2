"""The settings of the Batch page and the request for the engine."""

from dataclasses import replace

import pytest

from engine.imaging.codecs import image_files
from engine.imaging.codecs.formats import OutputOptions
from engine.system import paths
from engine.upscaling.events import PrecisionFallback
from engine.upscaling.request import Target
from srcnn_gui.choices.model_menu import ModelMenu
from srcnn_gui.pages.batch import request
from srcnn_gui.pages.batch import text as page_text
from srcnn_gui.pages.batch.state import BatchSettings
from tests.srcnn_gui.pages.batch.test_presenter import page
from tests.srcnn_gui.pages.compare.presenters import texture


@pytest.fixture(autouse=True)
def temporary_journals(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "journals_folder", lambda: tmp_path / "state")


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "in"
    path.mkdir()
    for number in range(3):
        image_files.write(texture(20, 30), path / f"{number}.png")
    return path


def test_a_target_size_is_shown_and_used(folder, tmp_path):
    saved_settings = []
    presenter, view = page(saved_settings=saved_settings)
    presenter.add([folder])
    presenter.choose_size(Target(width=75))
    assert (presenter.state.size, presenter.state.settings.target) == ("75 px wide", Target(width=75))
    assert saved_settings[-1].width == 75
    assert presenter.state.example == "0.png → 0_x2.027.png"  # of an image 37 px wide
    assert presenter.state.output.endswith("in-75px-wide")
    assert [row.result for row in view.rows] == ["→ 0_x2.5.png", "→ 1_x2.5.png", "→ 2_x2.5.png"]
    presenter.start()
    assert image_files.read(tmp_path / "in-75px-wide" / "0_x2.5.png").pixels.shape[:2] == (50, 75)
    presenter.choose_size(Target(factor=2))
    assert (presenter.state.size, presenter.state.settings.target, presenter.state.settings.scale) == ("", None, 2)


def test_every_choice_is_part_of_the_request(folder):
    presenter, view = page()
    presenter.add([folder])
    presenter.change_settings(
        precision="float32", self_ensemble=True, include="*.png", exclude="1.*, 2.*", if_exists="skip"
    )
    batch_request = presenter._request()
    assert (batch_request.upscale.precision, batch_request.upscale.self_ensemble) == ("float32", True)
    assert (batch_request.include, batch_request.exclude, batch_request.if_exists) == (
        ("*.png",),
        ("1.*", "2.*"),
        "skip",
    )
    assert [row.file for row in view.rows] == ["0.png"]
    presenter.change_settings(
        strength=40,
        sharpness=25,
        seamless=True,
        extension=".jpg",
        quality=80,
        bits=8,
        background="white",
        keep_time=False,
    )
    batch_request = presenter._request()
    assert (batch_request.upscale.strength, batch_request.upscale.sharpness) == (40, 25)
    assert batch_request.upscale.seamless
    assert batch_request.save == OutputOptions("jpg", 80, 8, background=(255, 255, 255), keep_time=False)
    presenter.change_settings(extension="", quality=0, bits=0, background="", keep_time=True, metadata=False)
    assert presenter._request().save == OutputOptions(strip=True, keep_time=True)


@pytest.mark.parametrize(
    ("settings", "example"),
    [
        (BatchSettings(), "a.png → a_x3.png"),
        (BatchSettings(factor=2.5), "a.png → a_x2.5.png"),
        (BatchSettings(height=1080, template="{name} {width}x{height}"), "a.png → a 1440x1080.png"),
        (BatchSettings(width=65_000, template="{name} {width}"), "a.png → a 65000.png"),
    ],
)
def test_the_example_uses_the_chosen_size(settings, example):
    assert page_text.format_name_example("a.png", settings, lambda _times: "model") == (example, "")


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (BatchSettings(scale=2), "in-x2"),
        (BatchSettings(factor=2.5), "in-x2.5"),
        (BatchSettings(width=1920), "in-1920px-wide"),
        (BatchSettings(height=1080), "in-1080px-high"),
        (BatchSettings(longest=1200), "in-1200px"),
    ],
)
def test_the_suggested_output_folder_adds_only_ascii_to_the_name(folder, settings, name):
    for source in (folder, folder / "0.png"):
        assert page_text.suggest_output_folder([source], settings).name == name


def test_invalid_saved_choices_are_replaced():
    wrong = replace(BatchSettings(), factor=99.0, precision="float8", scale=7, bits=12, quality=-5, background="paper")
    menu = ModelMenu()
    assert request.replace_invalid_settings(wrong, menu) == BatchSettings(scale=2)
    wrong = replace(BatchSettings(), strength=300, sharpness=-1, quality=300)
    assert request.replace_invalid_settings(wrong, menu) == BatchSettings(strength=100, quality=100)
    assert request.replace_invalid_settings(replace(BatchSettings(), width=5, height=5), menu) == BatchSettings()


def test_a_precision_fallback_shows_a_notice(folder):
    presenter, _view = page()
    presenter.add([folder])
    presenter._on_event(PrecisionFallback("float16", "float32"))
    assert presenter.state.notice == "float16 failed on this device; using float32."


def test_a_print_size_is_kept_in_the_settings():
    printed = request.with_target(BatchSettings(), Target(width=3543, dpi=300))
    assert printed.target == Target(width=3543, dpi=300)
    assert request.with_target(printed, Target(2)).dpi == 0
