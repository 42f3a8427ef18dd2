"""The text of model cards."""

import pytest

from engine.models.card import describe_training_set, is_training_image


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({"name": "T91", "images": 86}, "T91, 86 images"),
        ({"name": "one, two", "images": 1}, "one, two, 1 image"),
        ({"name": "starter", "images": 6}, "Starter set, 6 images"),
        ({"name": "train.h5", "patches": 21884}, "train.h5, 21,884 patches"),
        ({"name": "{count}", "patches": 1}, "{count}, 1 patch"),
        ({"name": "T91"}, "T91"),
        ({"images": "many"}, ""),
    ],
)
def test_describe_training_set(stored, words):
    assert describe_training_set({"trained_on": stored}) == words


@pytest.mark.parametrize(
    ("stored", "text"),
    [("T91, 86 pictures", "T91, 86 images"), ("own, 1 picture", "own, 1 image"), ("my own photos", "my own photos")],
)
def test_training_set_of_earlier_cards_is_described(stored, text):
    assert describe_training_set({"trained_on": stored}) == text


def test_card_without_training_set_gives_empty_text():
    assert describe_training_set({}) == ""


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"trained_on": {"name": "starter", "images": 6}, "held_out": ["coffee.png"]}, True),
        ({"trained_on": {"name": "starter", "images": 6}, "held_out": ["cat.png"]}, False),
        ({"trained_on": {"name": "T91", "images": 86}, "held_out": ["t1.bmp"]}, False),
        ({"trained_on": "starter, 6 pictures", "held_out": None}, False),
        ({}, False),
    ],
)
def test_training_images_of_the_starter_set_are_recognized(record, expected):
    assert is_training_image(record, "cat.png") == expected
