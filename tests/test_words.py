"""Tests of `tests.words`."""

import pytest

from tests import words


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("The picture is too large.", "image"),
        ("Enlarged by 2.", "upscale"),
        ("Held-out images.", "validation"),
        ("Its colour is unknown.", "color"),
        ("Nobody knows.", "you"),
        ('Choose "auto".', "straight quotes"),
        ("Saving...", "three dots"),
        ("It can’t be read.", "curly apostrophe"),
    ],
)
def test_a_problem_is_found(text, problem):
    (found,) = words.problems(text)
    assert problem in found


@pytest.mark.parametrize(
    "text",
    ["Saving…", "“auto” isn't a supported device.", 'Run: pip install "srcnn-studio[heif]".', "It pictured a shape."],
)
def test_a_correct_text_has_no_problem(text):
    assert words.problems(text) == []


def test_messages_and_help_texts_are_checked():
    texts = {text for _place, text in words.texts()}
    assert "{name} can't be read. {reason}" in texts
    assert "Allow overwriting the input." in texts
    assert "Example: srcnn data list" in texts
    assert any(text.startswith("Download image sets or the official weights") for text in texts)


def test_user_visible_texts_follow_the_glossary():
    assert [(place, words.problems(text)) for place, text in words.texts() if words.problems(text)] == []
