"""Words: every string a person reads goes through `_`, and every failure through `sentence`."""

import gettext
from functools import partial

from engine.errors import EngineError
from srcnn_gui.resources import path

DOMAIN = "srcnn"
_translation: gettext.NullTranslations = gettext.NullTranslations()


def choose_language(languages: list[str] | None = None) -> None:
    """Speak one of these languages from now on (the system's, if None); English where there is no catalogue."""
    global _translation  # noqa: PLW0603 - one language a process
    _translation = gettext.translation(DOMAIN, path("locale"), languages, fallback=True)


def _(message: str) -> str:
    """The message in the chosen language."""
    return _translation.gettext(message) if message else message


def sentence(error: BaseException) -> str:
    """What to tell a person about a failure: the error's own sentence, or its type and text if it is a surprise."""
    if isinstance(error, EngineError):
        return error.sentence(_)
    return _("Something unexpected happened: {kind}: {text}").format(kind=type(error).__name__, text=error)


def signed(value: float, decimals: int) -> str:
    """A difference with its sign, the minus a true one."""
    return f"{value:+.{decimals}f}".replace("-", "−")


def number(value: float, decimals: int) -> str:
    """A figure with a true minus, or the infinity sign."""
    return "∞" if value == float("inf") else f"{value:.{decimals}f}".replace("-", "−")


decibel = partial(number, decimals=2)
similarity = partial(number, decimals=4)
