"""Words: every string a person reads goes through `_`, and every failure through `sentence`."""

import gettext
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import partial, reduce
from io import BytesIO
from typing import Any, TypeVar, cast

from engine.errors import EngineError, Plural, in_words
from srcnn_gui.runtime.resources import path

DOMAIN = "srcnn-studio"
Value = TypeVar("Value")
ENGLISH = "en"  # the language of the code, which needs no catalogue
_translation: gettext.NullTranslations = gettext.NullTranslations()


def languages() -> tuple[str, ...]:
    """The languages that can be spoken: that of the code, and those with a catalogue."""
    return (ENGLISH, *sorted(file.parts[-3] for file in path("locale").glob(f"*/LC_MESSAGES/{DOMAIN}.po")))


def choose_language(language: str = ENGLISH) -> None:
    """Speak this language from now on; English where there is no catalogue."""
    global _translation  # noqa: PLW0603 - one language a process
    _translation = _read(language) if language in languages() and language != ENGLISH else gettext.NullTranslations()


def best_language(wanted: Sequence[str]) -> str:
    """The one to speak to somebody who understands these ("zh-Hans-CN", "de-DE", best first); English for none."""
    spoken = (_spoken(name.replace("_", "-").split("-")) for name in wanted)
    return next((language for language in spoken if language in languages()), ENGLISH)


class Words(str):
    """What is said to a person, and how to say it again when the language has changed."""

    __slots__ = ("_say",)
    _say: Callable[[], str]

    @classmethod
    def made_by(cls, say: Callable[[], str]) -> "Words":
        """The words that `say` gives now, and will give in another language."""
        words = cls(say())
        words._say = say
        return words

    def format(self, *blanks: object, **facts: object) -> "Words":
        """Fill the blanks; facts that are words themselves follow the language too."""
        return Words.made_by(
            lambda: str.format(
                self._say(), *(again(one) for one in blanks), **{name: again(one) for name, one in facts.items()}
            )
        )

    def again(self) -> "Words":
        """The same in the language that is spoken now."""
        return Words.made_by(self._say)


def _(message: str) -> Words:
    """The message in the chosen language."""
    return Words.made_by(lambda: _translation.gettext(message) if message else message)


def plural(one: str, many: str, count: int) -> Words:
    """One of two messages, by a number, in the chosen language."""
    return Words.made_by(lambda: _translation.ngettext(one, many, count))


def said(words: str) -> Words:
    """What the engine said outside of an error, such as a reason; what are not words of ours stay as they are."""
    return Words.made_by(lambda: str(in_words(words, _translate)))


def sentence(error: BaseException) -> Words:
    """What to tell a person about a failure: the error's own sentence, or its type and text if it is a surprise."""
    if isinstance(error, EngineError):
        return Words.made_by(lambda: error.sentence(_translate))
    return _("Something unexpected happened: {kind}: {text}").format(kind=type(error).__name__, text=error)


def _translate(message: str) -> str:
    """A message of the engine in the chosen language; gettext answers an empty one with its catalogue's header."""
    if isinstance(message, Plural):
        return _translation.ngettext(message.one, message.many, message.number)
    return _translation.gettext(message) if message else ""


def listed(parts: Iterable[str]) -> Words:
    """Parts of a list as a person writes them, without those that are empty."""
    there = [part for part in parts if part]
    return Words.made_by(lambda: _(", ").join(again(part) for part in there))


def together(*sentences: str) -> Words:
    """Sentences one after the other; a full-width stop brings its own space."""
    return Words.made_by(lambda: reduce(_after, (str(again(one)) for one in sentences if one), ""))


def standing_alone(words: str) -> Words:
    """What ends a sentence as one of its own: with a capital, and a stop."""
    return Words.made_by(lambda: _alone(again(words)))


def again(value: Value) -> Value:
    """The same in the language that is spoken now: words, or a state, a row, a tuple that holds some."""
    made: Any = value
    if isinstance(value, Words):
        made = value.again()
    elif type(value) is tuple:
        made = tuple(again(one) for one in cast("tuple[Any, ...]", value))
    elif is_dataclass(value) and not isinstance(value, type):
        made = replace(value, **{field.name: again(getattr(value, field.name)) for field in fields(value)})
    return cast("Value", made)


def _alone(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}" + ("" if words.endswith((".", "。")) else _("."))


def _after(before: str, one: str) -> str:
    return before + one if not before or before[-1] in "。！？；：" else f"{before} {one}"


def signed(value: float, decimals: int) -> str:
    """A difference with its sign, the minus a true one; what rounds to nothing has none."""
    told = f"{value:+z.{decimals}f}".replace("-", "−")
    return told if told.strip("+0.") else told[1:]


def number(value: float, decimals: int) -> str:
    """A figure with a true minus, or the infinity sign."""
    return "∞" if value == float("inf") else f"{value:z.{decimals}f}".replace("-", "−")


decibel = partial(number, decimals=2)
similarity = partial(number, decimals=4)


def _read(language: str) -> gettext.NullTranslations:
    """A catalogue, straight from the file that translators write: there is no second one to be out of date."""
    import polib  # noqa: PLC0415 - English needs none of it

    catalogue = polib.pofile(str(path("locale", language, "LC_MESSAGES", f"{DOMAIN}.po")))
    return gettext.GNUTranslations(BytesIO(catalogue.to_binary()))


def _spoken(parts: list[str]) -> str:
    """Which catalogue somebody reads: Chinese has one, in simplified characters."""
    if parts[0] != "zh":
        return parts[0]
    traditional = {"Hant", "TW", "HK", "MO"} & set(parts)
    return "" if traditional else "zh_CN"
