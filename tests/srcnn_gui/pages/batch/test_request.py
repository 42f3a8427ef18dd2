"""The choices of the Batch page and the request for the engine."""

from dataclasses import replace

import pytest

from engine.imaging.codecs import image_files
from engine.system import paths
from engine.upscaling.events import PrecisionFallback
from engine.upscaling.request import Target
from srcnn_gui.choices.model_menu import ModelMenu
from srcnn_gui.pages.batch import request
from srcnn_gui.pages.batch import text as words
from srcnn_gui.pages.batch.state import Choices
from tests.srcnn_gui.pages.batch.test_presenter import page
from tests.srcnn_gui.pages.compare.presenters import texture


@pytest.fixture(autouse=True)
def own_journals(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "batches", lambda: tmp_path / "state")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "in"
    made.mkdir()
    for number in range(3):
        image_files.write(texture(20, 30), made / f"{number}.png")
    return made


def test_a_target_size_is_shown_and_used(folder, tmp_path):
    kept = []
    made, view = page(remembered=kept)
    made.add([folder])
    made.choose_size(width=75)
    assert (made.state.size, made.state.choices.target) == ("75 px wide", Target(width=75))
    assert kept[-1].width == 75
    assert made.state.example == "0.png → 0_x2.027.png"  # of a picture 37 px wide
    assert made.state.output.endswith("in 75 px wide")
    assert [row.result for row in view.rows] == ["→ 0_x2.5.png", "→ 1_x2.5.png", "→ 2_x2.5.png"]
    made.start()
    assert image_files.read(tmp_path / "in 75 px wide" / "0_x2.5.png").pixels.shape[:2] == (50, 75)
    made.choose_size(factor=2)
    assert (made.state.size, made.state.choices.target, made.state.choices.scale) == ("", None, 2)


def test_every_choice_is_part_of_the_request(folder):
    made, view = page()
    made.add([folder])
    made.choose(precision="float32", self_ensemble=True, include="*.png", exclude="1.*, 2.*", collision="skip")
    batch_request = made._request()
    assert (batch_request.upscale.precision, batch_request.upscale.self_ensemble) == ("float32", True)
    assert (batch_request.include, batch_request.exclude, batch_request.if_exists) == (
        ("*.png",),
        ("1.*", "2.*"),
        "skip",
    )
    assert [row.file for row in view.rows] == ["0.png"]


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        (Choices(), "a.png → a_x3.png"),
        (Choices(factor=2.5), "a.png → a_x2.5.png"),
        (Choices(height=1080, template="{name} {width}x{height}"), "a.png → a 1440x1080.png"),
        (Choices(width=65_000, template="{name} {width}"), "a.png → a 65000.png"),
    ],
)
def test_the_example_uses_the_chosen_size(chosen, told):
    assert words.example("a.png", chosen, lambda _times: "model") == (told, "")


def test_invalid_saved_choices_are_replaced():
    wrong = replace(Choices(), factor=99.0, precision="float8", scale=7)
    menu = ModelMenu()
    assert request.valid_choices(wrong, menu) == Choices(scale=2)
    assert request.valid_choices(replace(Choices(), width=5, height=5), menu) == Choices()


def test_a_precision_fallback_is_a_notice(folder):
    made, _view = page()
    made.add([folder])
    made._on_event(PrecisionFallback("float16", "float32"))
    assert made.state.notice == "float16 failed on this device; using float32."
