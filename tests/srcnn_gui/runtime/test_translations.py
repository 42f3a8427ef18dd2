"""Translation of messages, and retranslation after a change of language."""

import gettext
from dataclasses import dataclass

import pytest

from engine.errors import N_, ImageUnreadable, InvalidSetting, N_plural, lazy_format
from engine.upscaling.events import DeviceFallback
from srcnn_gui.runtime import translations
from srcnn_gui.runtime.translations import (
    _,
    as_sentence,
    error_message,
    join_list,
    join_sentences,
    plural,
    retranslate,
    translate,
)


@pytest.fixture(autouse=True)
def restore_english():
    yield
    translations.set_language()


@dataclass(frozen=True)
class Shown:
    title: str
    rows: tuple[tuple[str, int], ...]
    best_db: float | None = None


def test_every_language_can_be_chosen_and_an_unknown_one_is_english():
    assert translations.languages() == ("en", "zh_CN")
    translations.set_language("zh_CN")
    assert _("Compare") == "对比"
    translations.set_language("tlh")
    assert _("Compare") == "Compare"


@pytest.mark.parametrize(
    ("available", "spoken"),
    [
        (["zh-Hans-CN", "zh-CN", "zh"], "zh_CN"),
        (["zh_SG"], "zh_CN"),
        (["zh-Hant-TW", "zh-TW"], "en"),
        (["de-DE", "zh-CN"], "zh_CN"),
        (["en-GB", "zh-CN"], "en"),
        (["de-DE"], "en"),
        ([], "en"),
    ],
)
def test_the_first_available_language_is_matched(available, spoken):
    assert translations.match_language(available) == spoken


def test_zero_has_no_sign():
    differences = (-0.004, 0.004, -0.0, -0.006, 0.006, float("inf"))
    assert [translations.format_signed(value, 2) for value in differences] == [
        "0.00",
        "0.00",
        "0.00",
        "−0.01",
        "+0.01",
        "+inf",
    ]
    assert [translations.format_number(value, 2) for value in (-0.004, -0.5, 0.0)] == ["0.00", "−0.50", "0.00"]


def test_plural_forms_depend_on_the_number():
    assert [plural("{n} file failed.", "{n} files failed.", n).format(n=n) for n in (1, 2)] == [
        "1 file failed.",
        "2 files failed.",
    ]
    translations.set_language("zh_CN")
    assert plural("{n} file failed.", "{n} files failed.", 1).format(n=1) == "1 个文件失败。"


def test_an_empty_message_stays_empty():
    translations.set_language("zh_CN")
    assert _("") == ""
    assert error_message(InvalidSetting(N_("{format}"), format=N_(""))) == ""


def test_a_state_is_retranslated():
    left = _("{time} left").format(time=_("{time} s").format(time=3))
    before = Shown(left, ((join_list((_("Done"), "", "a.png")), 1),), 30.5)
    translations.set_language("zh_CN")
    assert before.title == "3 s left"
    after = retranslate(before)
    assert after == Shown("剩余 3 秒", (("完成，a.png", 1),), 30.5)
    translations.set_language()
    assert retranslate(after) == before


def test_plain_strings_are_not_translated():
    translations.set_language("zh_CN")
    assert retranslate(("Done", "Compare")) == ("Done", "Compare")
    assert translate("Compare") == "Compare"


class Catalog(gettext.NullTranslations):
    """Catalog with two messages of the engine."""

    def gettext(self, message):
        known = {"{name} can't be read. {reason}": "无法读取 {name}。{reason}", "It is empty.": "文件是空的。"}
        return known.get(message, message)


def test_an_error_of_the_engine_is_translated_with_its_reason(monkeypatch):
    error = ImageUnreadable(name="It is empty.", reason=N_("It is empty."))
    assert error_message(error) == "It is empty. can't be read. It is empty."
    monkeypatch.setattr(translations, "_translation", Catalog())
    assert error_message(error) == "无法读取 It is empty.。文件是空的。"


def test_messages_of_the_engine_are_translated_with_their_arguments():
    threads = lazy_format(N_("CPU, {count} threads"), count=4)
    assert threads == "CPU, 4 threads"
    translations.set_language("zh_CN")
    assert translate(threads) == "CPU，4 线程"
    assert translate(DeviceFallback("cuda", threads).message) == "此计算机无法使用 CUDA，改用 CPU，4 线程。"
    assert error_message(KeyError("x")) == "发生意外错误。KeyError：'x'"


def test_plural_messages_of_the_engine_are_translated():
    images = lazy_format(N_plural("{name}, {count} image", "{name}, {count} images", 1), name="T91", count=1)
    assert translate(images) == "T91, 1 image"
    translations.set_language("zh_CN")
    assert translate(images) == "T91，1 张图片"


def test_sentences_are_joined_for_the_language():
    assert join_sentences("One.", "", "Two.") == "One. Two."
    assert join_sentences("一。", "二。") == "一。二。"
    assert as_sentence("it is empty") == "It is empty."
    assert as_sentence("它是空的。") == "它是空的。"
