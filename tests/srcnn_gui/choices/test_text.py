"""Text for images, models and durations."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.imaging.codecs.image_files import Image
from engine.models import catalog
from engine.models.catalog import Model
from srcnn_gui.choices import text
from srcnn_gui.runtime import translations
from srcnn_gui.runtime.translations import retranslate


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0.02, "0.1 s"), (0.24, "0.2 s"), (9.96, "10 s"), (42.4, "42 s"), (240, "4 min")]
)
def test_durations_are_rounded_to_a_readable_unit(seconds, expected):
    assert text.format_duration(seconds) == expected


def test_the_estimate_inverts_the_measured_speed():
    info = catalog.find("9-1-5", 3).info
    assert text.estimate_seconds(
        2_000_000, info, text.compute_operations_per_second(1_000_000, info, 3.0)
    ) == pytest.approx(6.0)


def test_a_card_contains_only_what_the_file_contains():
    labels = [label for label, _value in text.build_card_rows(catalog.find("9-1-5", 3))]
    assert labels == ["Set5 PSNR", "Trained on", "Parameters"]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("srcnn-9-1-5-x3", "SRCNN 9-1-5"),
        ("compact-s-x3", "Standard (Compact S)"),
        ("photo-light-s-x1", "Photo, light ×1"),
    ],
)
def test_built_in_models_are_titled_by_their_purpose(name, title):
    (model,) = (model for model in catalog.list_models() if model.name == name)
    assert text.format_model_title(model) == title


def test_transparency_frames_and_pages_are_described():
    pixels, alpha = np.zeros((2, 3, 3), np.uint16), np.zeros((2, 3), np.uint16)
    page = Image(pixels)
    assert text.describe_image(Image(pixels, is_cmyk=True)) == "3 × 2 px, 16-bit CMYK"
    assert text.describe_image(Image(pixels, alpha)) == "3 × 2 px, 16-bit RGB, with transparency"
    assert text.describe_image(Image(pixels, frames=(page, page))) == "3 × 2 px, 16-bit RGB, 3 pages"
    assert text.describe_image(Image(pixels, frames=(page,), duration_ms=40.0)) == "3 × 2 px, 16-bit RGB, 2 frames"


@pytest.mark.parametrize(
    ("stored", "english", "chinese"),
    [
        ({"name": "T91", "images": 86}, "T91, 86 images", "T91，86 张图片"),
        ({"name": "starter", "images": 6}, "Starter set, 6 images", "入门图集，6 张图片"),
        ({"name": "mine", "images": 1}, "mine, 1 image", "mine，1 张图片"),
        ({"name": "train.h5", "patches": 21884}, "train.h5, 21,884 patches", "train.h5，21,884 个图块"),
        ("T91, 86 pictures", "T91, 86 images", "T91，86 张图片"),  # the text of a former card
    ],
)
def test_a_card_names_the_training_set_in_the_chosen_language(stored, english, chinese):
    rows = text.build_card_rows(
        Model("m", catalog.find("9-1-5", 3).info, Path("m.safetensors"), {"trained_on": stored})
    )
    assert dict(rows)["Trained on"] == english
    translations.set_language("zh_CN")
    try:
        assert retranslate(rows)[0][1] == chinese
    finally:
        translations.set_language()


def test_each_built_in_family_has_title_and_place_in_menu():
    for model in catalog.list_models():
        if catalog.is_built_in(model):
            assert model.family in text.FAMILIES
            assert text.family_title(model.family) != model.family


def test_card_of_photo_model_states_its_purpose():
    rows = dict(text.build_card_rows(catalog.find("photo-medium-s-x2")))
    assert rows["Best for"] == "JPEG, quality 60 to 84"
    assert "Set5 PSNR" not in rows, "its score on clean images would mislead"


def test_a_choice_lists_the_samples_in_the_training_set_of_its_model():
    model = catalog.list_models()[0]
    starter = {"trained_on": {"name": "starter", "images": 6}, "held_out": ["coffee.png"]}
    choice = text.build_model_choice(replace(model, record=starter))
    assert choice.training_samples == ("astronaut.png", "cat.png")
    assert text.build_model_choice(model).training_samples == ()
