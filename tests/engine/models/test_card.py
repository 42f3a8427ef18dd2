"""What a model card says in words."""

import pytest

from engine.models.card import training_set


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
def test_the_training_set_is_described_from_data(stored, words):
    assert training_set({"trained_on": stored}) == words


def test_the_text_of_a_card_of_an_earlier_version_is_shown_as_it_is():
    assert training_set({"trained_on": "T91, 86 pictures"}) == "T91, 86 pictures"


def test_a_card_that_does_not_name_its_training_set_gives_nothing():
    assert training_set({}) == ""
