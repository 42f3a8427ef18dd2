"""Every error is one sentence, in any language."""

import re
from string import Formatter

import pytest

from engine import errors
from engine.errors import N_, BadRequest, EngineError, ImageUnreadable, N_plural, lazy_format, translate_fact
from engine.models import registry


def kinds(parent=EngineError):
    return [parent] + [kind for child in parent.__subclasses__() for kind in kinds(child)]


def facts_of(kind):
    """Return a value for every placeholder of an error message; reasons end with a period."""
    blanks = {name for _, name, _, _ in Formatter().parse(kind.message) if name}
    return {name: "of something." if name == "reason" else "a thing" for name in blanks}


@pytest.mark.parametrize("kind", kinds())
def test_every_error_message_is_a_sentence(kind):
    text = str(kind(**facts_of(kind)))
    assert text.endswith(".")
    assert not text.endswith("..")
    assert not re.search(r"[{}]", text)


@pytest.mark.parametrize("kind", kinds())
def test_every_error_has_a_docstring(kind):
    assert kind.__doc__


def test_every_error_has_its_own_or_an_inherited_message():
    assert all(kind.message != EngineError.message for kind in kinds()[1:])


def test_facts_are_kept():
    error = ImageUnreadable(name="a.png", reason="it is empty.")
    assert error.facts == {"name": "a.png", "reason": "it is empty."}
    assert str(error) == "a.png could not be read: it is empty."


def test_message_and_reason_are_translated():
    error = ImageUnreadable(name="a.png", reason=N_("it is empty."))
    catalog = {"{name} could not be read: {reason}": "{reason} ({name})", "it is empty.": "它是空的。"}
    assert error.translated_message(lambda message: catalog.get(message, message)) == "它是空的。 (a.png)"


def test_nested_lazy_messages_are_translated():
    text = lazy_format(N_("Using {device}."), device=lazy_format(N_("CPU, {count} threads"), count=2))
    catalog = {"Using {device}.": "改用 {device}。", "CPU, {count} threads": "CPU，{count} 个线程"}
    assert text == "Using CPU, 2 threads."
    assert translate_fact(text, lambda message: catalog[message]) == "改用 CPU，2 个线程。"


@pytest.mark.parametrize(("number", "text"), [(0, "0 images"), (1, "1 image"), (2, "2 images")])
def test_plural_message_has_its_english_form(number, text):
    assert lazy_format(N_plural("{count} image", "{count} images", number), count=number) == text


def test_file_name_equal_to_a_message_is_not_translated():
    error = ImageUnreadable(name="it is empty.", reason=N_("it is empty."))
    catalog = {"it is empty.": "它是空的。"}
    translated = error.translated_message(lambda message: catalog.get(message, message))
    assert translated == "it is empty. could not be read: 它是空的。"


def test_empty_string_is_never_translated():
    def like_gettext(message):  # which answers "" with the catalogue's own header
        return message or "Project-Id-Version: Network\n"

    with pytest.raises(BadRequest) as refused:
        registry.parse("", 3)
    assert "Project-Id-Version" not in refused.value.translated_message(like_gettext)


@pytest.mark.parametrize("name", ["{x}.png", "{}.png", "{0!r}", "%s", "100%"])
def test_braces_in_a_name_are_kept(name):
    assert name in str(ImageUnreadable(name=name, reason="it is empty."))


def test_n_returns_the_message_unchanged():
    assert errors.N_("Something.") == "Something."
