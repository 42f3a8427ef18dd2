"""Pictures, models and times in words."""

from pathlib import Path

import numpy as np
import pytest

from engine.imaging.codecs.image_files import Picture
from engine.models import catalog
from engine.models.catalog import Model
from srcnn_gui.choices import text
from srcnn_gui.runtime import translations
from srcnn_gui.runtime.translations import again


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.02, "0.1 s"), (0.24, "0.2 s"), (9.96, "10 s"), (42.4, "42 s"), (240, "4 min")]
)
def test_times_are_said_as_a_person_would(seconds, said):
    assert text.duration(seconds) == said


def test_a_rate_gives_back_the_time_it_was_made_from():
    spec = catalog.default_for(3).spec
    assert text.seconds(2_000_000, spec, text.rate(1_000_000, spec, 3.0)) == pytest.approx(6.0)


def test_a_card_says_only_what_the_file_says():
    labels = [label for label, _value in text.card(catalog.default_for(3))]
    assert labels == ["Set5 ×3", "Trained on", "Size"]


def test_transparency_frames_and_pages_are_said():
    pixels, alpha = np.zeros((2, 3, 3), np.uint16), np.zeros((2, 3), np.uint16)
    page = Picture(pixels)
    assert text.facts(Picture(pixels, alpha)) == "3 × 2 px, 16-bit RGB, transparent"
    assert text.facts(Picture(pixels, frames=(page, page))) == "3 × 2 px, 16-bit RGB, 3 pages"
    assert text.facts(Picture(pixels, frames=(page,), duration_ms=40.0)) == "3 × 2 px, 16-bit RGB, 2 frames"


@pytest.mark.parametrize(
    ("stored", "english", "chinese"),
    [
        ({"name": "T91", "images": 86}, "T91, 86 images", "T91，86 张图片"),
        ({"name": "starter", "images": 6}, "Starter set, 6 images", "入门图集，6 张图片"),
        ({"name": "mine", "images": 1}, "mine, 1 image", "mine，1 张图片"),
        ({"name": "train.h5", "patches": 21884}, "train.h5, 21,884 patches", "train.h5，21,884 个图块"),
        ("T91, 86 pictures", "T91, 86 pictures", "T91, 86 pictures"),  # the text of a former card
    ],
)
def test_a_card_names_the_training_set_in_the_chosen_language(stored, english, chinese):
    rows = text.card(Model("m", catalog.default_for(3).spec, Path("m.safetensors"), {"trained_on": stored}))
    assert dict(rows)["Trained on"] == english
    translations.choose_language("zh_CN")
    try:
        assert again(rows)[0][1] == chinese
    finally:
        translations.choose_language()
