"""Every error is one sentence, in any language."""

import re
from string import Formatter

import pytest

from engine import errors
from engine.errors import BadRequest, EngineError, PictureUnreadable, fill, in_words, mark, mark_plural
from engine.models.catalog import ModelSpec


def kinds(parent=EngineError):
    return [parent] + [kind for child in parent.__subclasses__() for kind in kinds(child)]


def facts_of(kind):
    """Some value for every blank of an error's message; a reason ends in a full stop, as reasons do."""
    blanks = {name for _, name, _, _ in Formatter().parse(kind.message) if name}
    return {name: "of something." if name == "reason" else "a thing" for name in blanks}


@pytest.mark.parametrize("kind", kinds())
def test_every_error_reads_as_a_sentence(kind):
    said = str(kind(**facts_of(kind)))
    assert said.endswith(".")
    assert not said.endswith("..")
    assert not re.search(r"[{}]", said)


@pytest.mark.parametrize("kind", kinds())
def test_every_error_explains_itself_to_programmers(kind):
    assert kind.__doc__


def test_every_kind_has_words_of_its_own_or_its_parents():
    assert all(kind.message != EngineError.message for kind in kinds()[1:])


def test_the_facts_are_kept():
    error = PictureUnreadable(name="a.png", reason="it is empty.")
    assert error.facts == {"name": "a.png", "reason": "it is empty."}
    assert str(error) == "a.png could not be read: it is empty."


def test_a_translator_sees_the_message_and_the_reason():
    error = PictureUnreadable(name="a.png", reason=mark("it is empty."))
    words = {"{name} could not be read: {reason}": "{reason} ({name})", "it is empty.": "它是空的。"}
    assert error.sentence(lambda message: words.get(message, message)) == "它是空的。 (a.png)"


def test_a_phrase_inside_a_phrase_is_translated_too():
    said = fill(mark("Using {device}."), device=fill(mark("CPU, {count} threads"), count=2))
    words = {"Using {device}.": "改用 {device}。", "CPU, {count} threads": "CPU，{count} 个线程"}
    assert said == "Using CPU, 2 threads."
    assert in_words(said, lambda message: words[message]) == "改用 CPU，2 个线程。"


@pytest.mark.parametrize(("number", "words"), [(0, "0 images"), (1, "1 image"), (2, "2 images")])
def test_a_message_with_a_number_has_its_english_form(number, words):
    assert fill(mark_plural("{count} image", "{count} images", number), count=number) == words


def test_a_file_called_like_a_message_is_not_translated():
    error = PictureUnreadable(name="it is empty.", reason=mark("it is empty."))
    words = {"it is empty.": "它是空的。"}
    assert error.sentence(lambda message: words.get(message, message)) == "it is empty. could not be read: 它是空的。"


def test_a_translator_is_never_asked_for_nothing():
    def like_gettext(message):  # which answers "" with the catalogue's own header
        return message or "Project-Id-Version: SRCNN\n"

    with pytest.raises(BadRequest) as refused:
        ModelSpec.parse("", 3)
    assert "Project-Id-Version" not in refused.value.sentence(like_gettext)


@pytest.mark.parametrize("name", ["{x}.png", "{}.png", "{0!r}", "%s", "100%"])
def test_braces_in_a_name_are_only_braces(name):
    assert name in str(PictureUnreadable(name=name, reason="it is empty."))


def test_marking_changes_nothing():
    assert errors.mark("Something.") == "Something."
