"""Every error consists of whole sentences, in every language."""

import re
from functools import partial
from string import Formatter

import polib
import pytest

from engine import errors
from engine.errors import (
    N_,
    EngineError,
    ImageUnreadable,
    InvalidSetting,
    N_plural,
    check,
    lazy_format,
    translate_value,
)
from engine.models import registry
from tests.raised_errors import raised_errors
from tests.translations import catalog_paths

LANGUAGES = ["en", *(path.parts[-3] for path in catalog_paths())]


@pytest.fixture(scope="module", params=LANGUAGES)
def translate(request):
    """Return a function that translates a message id into a language, if there is a translation."""
    if request.param == "en":
        return str
    path = next(path for path in catalog_paths() if path.parts[-3] == request.param)
    translations = {entry.msgid: entry.msgstr for entry in polib.pofile(str(path)) if entry.msgstr}
    return lambda message: translations.get(message, message)


def placeholders(message):
    return {name for _, name, _, _ in Formatter().parse(message) if name}


def lazy_message(message):
    """Return a lazy message with "X" for each placeholder."""
    return lazy_format(N_(message), **dict.fromkeys(placeholders(message), "X"))


def sentence_problem(text):
    """Return why a text does not consist of whole sentences, or "" if it does."""
    if re.search(r"[{}]", text):
        return "unfilled placeholder"
    if not text.endswith((".", "。")) or text.endswith(".."):
        return "no full stop at the end"
    if re.search(r":\s*$|\s[.,;。，](?!\w)", text):
        return "punctuation"
    return "lowercase" if any(part[:1].islower() for part in re.split(r"(?<=\.)\s+|(?<=。)", text)) else ""


def error_classes(parent=EngineError):
    return [parent] + [kind for child in parent.__subclasses__() for kind in error_classes(child)]


def translated_texts(error, translate):
    """Yield the translated message of an error for each of its possible reasons."""
    facts = dict.fromkeys(placeholders(error.message), "X")
    facts |= {"reason": "It is that of another error."} if "reason" in facts else {}
    kind = getattr(errors, error.name)
    create = partial(kind, error.message) if kind is InvalidSetting else kind
    for reason in error.reasons or [""]:
        yield create(**facts | ({"reason": lazy_message(reason)} if reason else {})).translated_message(translate)


def test_errors_are_found_in_the_code():
    found = {error.name for error in raised_errors()}
    assert {"ImageUnreadable", "BatchStopped", "InvalidSetting", "DownloadFailed"} <= found
    reasons = {reason for error in raised_errors() for reason in error.reasons}
    assert "The disk is full. Free up some space." in reasons, "returned by a function"
    assert "{format} can't store multiple pages." in reasons, "passed to a function"
    assert "The file is damaged or incomplete. Use another copy of the file." in reasons, "a constant"


def test_every_error_consists_of_whole_sentences(translate):
    wrong = [
        f"{error.place}: {problem}: {text}"
        for error in raised_errors()
        for text in translated_texts(error, translate)
        if (problem := sentence_problem(text))
    ]
    assert wrong == []


@pytest.mark.parametrize("kind", [kind for kind in error_classes() if kind is not InvalidSetting])
def test_every_class_of_errors_has_whole_sentences(kind, translate):
    facts = {name: "The disk is full." if name == "reason" else "X" for name in placeholders(kind.message)}
    assert sentence_problem(kind(**facts).translated_message(translate)) == ""


def test_every_placeholder_gets_a_value():
    wrong = [
        f"{error.place}: {sorted(error.facts)} for {error.message!r}"
        for error in raised_errors()
        if error.facts is not None
        if not (placeholders(error.message) <= error.facts if error.name != "InvalidSetting" else
                placeholders(error.message) == error.facts)
    ]  # fmt: skip
    assert wrong == []


@pytest.mark.parametrize(
    "text", ["it is damaged.", "X can't be read: it is damaged", "X can't be read. it is damaged.", "{name}.", "X .."]
)
def test_fragments_are_recognized(text):
    assert sentence_problem(text)
    assert not sentence_problem("X can't be read. The file is damaged.")


@pytest.mark.parametrize("kind", error_classes())
def test_every_error_has_a_docstring(kind):
    assert kind.__doc__


def test_every_error_has_its_own_or_an_inherited_message():
    without = [kind for kind in error_classes()[1:] if kind.message == EngineError.message]
    assert without == [InvalidSetting]


def test_failed_check_raises_its_message():
    check(True, N_("The size is {size}."), size=1)
    with pytest.raises(InvalidSetting) as refused:
        check(False, N_("The size is {size}. Choose 1."), size=2)
    assert str(refused.value) == "The size is 2. Choose 1."
    assert refused.value.translated_message(lambda _message: "尺寸为 {size}。") == "尺寸为 2。"


def test_error_has_its_facts_and_message():
    error = ImageUnreadable(name="a.png", reason="It is empty.")
    assert error.facts == {"name": "a.png", "reason": "It is empty."}
    assert str(error) == "a.png can't be read. It is empty."


def test_message_and_reason_are_translated():
    error = ImageUnreadable(name="a.png", reason=N_("It is empty."))
    words = {"{name} can't be read. {reason}": "{reason} ({name})", "It is empty.": "它是空的。"}
    assert error.translated_message(lambda message: words.get(message, message)) == "它是空的。 (a.png)"


def test_nested_lazy_messages_are_translated():
    text = lazy_format(N_("Using {device}."), device=lazy_format(N_("CPU, {count} threads"), count=2))
    catalog = {"Using {device}.": "改用 {device}。", "CPU, {count} threads": "CPU，{count} 个线程"}
    assert text == "Using CPU, 2 threads."
    assert translate_value(text, lambda message: catalog[message]) == "改用 CPU，2 个线程。"


@pytest.mark.parametrize(("number", "text"), [(0, "0 images"), (1, "1 image"), (2, "2 images")])
def test_plural_message_has_its_english_form(number, text):
    assert lazy_format(N_plural("{count} image", "{count} images", number), count=number) == text


def test_file_name_equal_to_a_message_is_not_translated():
    error = ImageUnreadable(name="It is empty.", reason=N_("It is empty."))
    words = {"It is empty.": "它是空的。"}
    translated = error.translated_message(lambda message: words.get(message, message))
    assert translated == "It is empty. can't be read. 它是空的。"


def test_empty_string_is_never_translated():
    def like_gettext(message):  # which answers "" with the catalog's own header
        return message or "Project-Id-Version: Network\n"

    with pytest.raises(InvalidSetting) as refused:
        registry.parse("", 3)
    assert "Project-Id-Version" not in refused.value.translated_message(like_gettext)


@pytest.mark.parametrize("name", ["{x}.png", "{}.png", "{0!r}", "%s", "100%"])
def test_braces_in_a_name_are_kept(name):
    assert name in str(ImageUnreadable(name=name, reason="It is empty."))


def test_n_underscore_returns_the_message_unchanged():
    assert errors.N_("Something.") == "Something."
