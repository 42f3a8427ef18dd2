"""Translation of the texts and error messages of the window with gettext."""

import gettext
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import partial, reduce
from io import BytesIO
from typing import Any, TypeVar, cast

from engine.errors import EngineError, Plural, translate_value
from srcnn_gui.runtime.resources import resource_path

DOMAIN = "srcnn-studio"
Value = TypeVar("Value")
ENGLISH = "en"  # the language of the source code, which needs no catalog
_translation: gettext.NullTranslations = gettext.NullTranslations()


def languages() -> tuple[str, ...]:
    """Return the codes of the available languages: English, and the languages that have a catalog."""
    return (ENGLISH, *sorted(file.parts[-3] for file in resource_path("locale").glob(f"*/LC_MESSAGES/{DOMAIN}.po")))


def set_language(language: str = ENGLISH) -> None:
    """Set the language of the window. If the language has no catalog, English is used."""
    global _translation  # noqa: PLW0603 - one language per process
    _translation = _read(language) if language in languages() and language != ENGLISH else gettext.NullTranslations()


def match_language(preferred: Sequence[str]) -> str:
    """Return the code of the first language in `preferred` that is available, or English if none is.

    `preferred` contains language tags such as "zh-Hans-CN" or "de-DE".
    """
    names = (_catalog_name(tag.replace("_", "-").split("-")) for tag in preferred)
    return next((name for name in names if name in languages()), ENGLISH)


class TranslatedText(str):
    """Translated string that can be translated again after the language has changed."""

    __slots__ = ("_render",)
    _render: Callable[[], str]

    @classmethod
    def from_function(cls, render: Callable[[], str]) -> "TranslatedText":
        """Create a text from the result of `render`, which is called again by `retranslate`."""
        text = cls(render())
        text._render = render
        return text

    def format(self, *args: object, **kwargs: object) -> "TranslatedText":
        """Format the text like `str.format`. Translated texts among the arguments are retranslated with it."""
        return TranslatedText.from_function(
            lambda: str.format(
                self._render(),
                *(retranslate(arg) for arg in args),
                **{name: retranslate(value) for name, value in kwargs.items()},
            )
        )

    def retranslate(self) -> "TranslatedText":
        """Return the text in the current language."""
        return TranslatedText.from_function(self._render)


def _(message: str) -> TranslatedText:
    """Translate a message into the current language."""
    return TranslatedText.from_function(lambda: _translation.gettext(message) if message else message)


def plural(singular: str, plural_form: str, count: int) -> TranslatedText:
    """Translate the singular or plural form of a message, depending on `count`."""
    return TranslatedText.from_function(lambda: _translation.ngettext(singular, plural_form, count))


def translate(text: str) -> TranslatedText:
    """Translate a text from the engine, such as the reason of a failure.

    Other texts are returned unchanged.
    """
    return TranslatedText.from_function(lambda: str(translate_value(text, _translate_message)))


def error_message(error: BaseException) -> TranslatedText:
    """Return the translated message of an `EngineError`, or the type and text of any other exception."""
    if isinstance(error, EngineError):
        return TranslatedText.from_function(lambda: error.translated_message(_translate_message))
    return _("An unexpected error occurred. {kind}: {text}").format(kind=type(error).__name__, text=error)


def _translate_message(message: str) -> str:
    """Translate a message from the engine, which may be singular or plural."""
    if isinstance(message, Plural):
        return _translation.ngettext(message.singular, message.plural, message.number)
    return _translation.gettext(message) if message else ""  # gettext("") returns the header of the catalog


def join_list(parts: Iterable[str]) -> TranslatedText:
    """Join the non-empty parts with the list separator of the current language."""
    nonempty = [part for part in parts if part]
    return TranslatedText.from_function(lambda: _(", ").join(retranslate(part) for part in nonempty))


def join_sentences(*sentences: str) -> TranslatedText:
    """Join the non-empty sentences with spaces. After full-width punctuation, no space is added."""
    return TranslatedText.from_function(lambda: reduce(_append, (str(retranslate(s)) for s in sentences if s), ""))


def as_sentence(text: str) -> TranslatedText:
    """Capitalize a text, and add a period if it does not end with one."""
    return TranslatedText.from_function(lambda: _capitalize(retranslate(text)))


def retranslate(value: Value) -> Value:
    """Return a value with every `TranslatedText` in it translated into the current language.

    The value can be a text, or a dataclass or tuple that contains texts. Other values are returned unchanged.
    """
    result: Any = value
    if isinstance(value, TranslatedText):
        result = value.retranslate()
    elif type(value) is tuple:
        result = tuple(retranslate(item) for item in cast("tuple[Any, ...]", value))
    elif is_dataclass(value) and not isinstance(value, type):
        result = replace(value, **{field.name: retranslate(getattr(value, field.name)) for field in fields(value)})
    return cast("Value", result)


def _capitalize(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "。")) else _("."))


def _append(text: str, sentence: str) -> str:
    return text + sentence if not text or text[-1] in "。！？；：" else f"{text} {sentence}"


def format_signed(value: float, decimals: int) -> str:
    """Format a difference with its sign, "+" or "−". A value that rounds to zero has no sign."""
    text = f"{value:+z.{decimals}f}".replace("-", "−")
    return text if text.strip("+0.") else text[1:]


def format_number(value: float, decimals: int) -> str:
    """Format a number with the minus sign "−" instead of a hyphen, and positive infinity as "∞"."""
    return "∞" if value == float("inf") else f"{value:z.{decimals}f}".replace("-", "−")


format_psnr = partial(format_number, decimals=2)
format_ssim = partial(format_number, decimals=4)


def _read(language: str) -> gettext.NullTranslations:
    """Read a catalog from its .po file. A compiled .mo file could be outdated."""
    import polib  # noqa: PLC0415 - not needed for English

    catalog = polib.pofile(str(resource_path("locale", language, "LC_MESSAGES", f"{DOMAIN}.po")))
    return gettext.GNUTranslations(BytesIO(catalog.to_binary()))


def _catalog_name(parts: list[str]) -> str:
    """Return the catalog name for the parts of a language tag, or "" for Traditional Chinese.

    For Chinese, there is only a catalog with simplified characters.
    """
    if parts[0] != "zh":
        return parts[0]
    traditional = {"Hant", "TW", "HK", "MO"} & set(parts)
    return "" if traditional else "zh_CN"
