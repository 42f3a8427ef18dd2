"""Language of the application and of Qt's own dialogs."""

import sys

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QApplication

from srcnn_gui.runtime import translations

_CHINESE_FONTS = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei")  # in order of preference
_default_families: list[str] = []
_qt_translator: QTranslator | None = None  # Qt does not keep a reference


def language_titles() -> tuple[tuple[str, str], ...]:
    """Return (language code, native name) pairs of the available languages."""
    return tuple((name, _native_name(name)) for name in translations.languages())


def _native_name(language: str) -> str:
    return "English" if language == translations.ENGLISH else QLocale(language).nativeLanguageName()


def apply_language(app: QApplication, setting: str) -> str:
    """Set the language of the application, and return its code.

    `setting` is one of `translations.languages()`, or "system" for the first available language of the system.
    """
    language = (
        setting if setting in translations.languages() else translations.match_language(QLocale.system().uiLanguages())
    )
    translations.set_language(language)
    _translate_qt(app, language)
    _set_fallback_fonts(app, language)
    return language


def _set_fallback_fonts(app: QApplication, language: str) -> None:
    """On Linux, prefer Chinese fonts for Chinese. Japanese fonts draw some characters differently."""
    global _default_families  # noqa: PLW0603 - one font per process
    if sys.platform != "linux":
        return
    font = app.font()
    before = font.families()
    if before[-len(_CHINESE_FONTS) :] != list(_CHINESE_FONTS):
        _default_families = before
    # Use the resolved family name. A generic one, such as "Sans Serif", would resolve to the Chinese font.
    font.setFamilies([QFontInfo(font).family(), *_CHINESE_FONTS] if language == "zh_CN" else _default_families)
    if font.families() != before:
        app.setFont(font)


def _translate_qt(app: QApplication, language: str) -> None:
    """Load the translation of Qt's own dialogs. If there is none, the dialogs are in English."""
    global _qt_translator  # noqa: PLW0603 - one language per process
    if _qt_translator is not None:
        app.removeTranslator(_qt_translator)
        _qt_translator = None
    translator = QTranslator(app)
    if translator.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(translator)
        _qt_translator = translator
