"""The language of the whole program: its own words, and those of Qt's dialogs."""

import sys

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QApplication

from srcnn_gui.runtime import translations

_CHINESE = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei")  # the first that is there is taken
_own_families: list[str] = []
_qt_words: QTranslator | None = None  # those in use: Qt does not keep them alive


def titles() -> tuple[tuple[str, str], ...]:
    """The languages that can be spoken and what each calls itself, whatever is spoken now."""
    return tuple((name, _title(name)) for name in translations.languages())


def _title(language: str) -> str:
    return "English" if language == translations.ENGLISH else QLocale(language).nativeLanguageName()


def speak(app: QApplication, setting: str) -> str:
    """Speak the language of a setting, "system" or one of `messages.languages()`; returns which one that is."""
    language = (
        setting if setting in translations.languages() else translations.best_language(QLocale.system().uiLanguages())
    )
    translations.choose_language(language)
    _translate_qt(app, language)
    _choose_characters(app, language)
    return language


def _choose_characters(app: QApplication, language: str) -> None:
    """On Linux, take characters that the system's font lacks from a font for China: Japan writes some otherwise."""
    global _own_families  # noqa: PLW0603 - one font a process
    if sys.platform != "linux":
        return
    font = app.font()
    before = font.families()
    if before[-len(_CHINESE) :] != list(_CHINESE):
        _own_families = before
    # By its real name: a general one, such as "Sans Serif", would give way to the first Chinese font.
    font.setFamilies([QFontInfo(font).family(), *_CHINESE] if language == "zh_CN" else _own_families)
    if font.families() != before:
        app.setFont(font)


def _translate_qt(app: QApplication, language: str) -> None:
    """Qt's own buttons and dialogs; what it says by itself is English."""
    global _qt_words  # noqa: PLW0603 - one language a process
    if _qt_words is not None:
        app.removeTranslator(_qt_words)
        _qt_words = None
    words = QTranslator(app)
    if words.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(words)
        _qt_words = words
