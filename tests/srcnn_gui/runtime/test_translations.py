"""Words in more than one language, and words that can be said again in another."""

from dataclasses import dataclass

import pytest

from engine.errors import BadRequest, PictureUnreadable, fill, mark, mark_plural
from engine.upscaling.events import DeviceFellBack
from srcnn_gui.runtime import translations
from srcnn_gui.runtime.translations import _, again, listed, plural, said, sentence, standing_alone, together


@pytest.fixture(autouse=True)
def english_again():
    yield
    translations.choose_language()


@dataclass(frozen=True)
class Shown:
    title: str
    rows: tuple[tuple[str, int], ...]
    best_db: float | None = None


def test_every_language_can_be_chosen_and_an_unknown_one_is_english():
    assert translations.languages() == ("en", "zh_CN")
    translations.choose_language("zh_CN")
    assert _("Compare") == "对比"
    translations.choose_language("tlh")
    assert _("Compare") == "Compare"


@pytest.mark.parametrize(
    ("understood", "spoken"),
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
def test_the_best_language_is_the_first_that_is_spoken(understood, spoken):
    assert translations.best_language(understood) == spoken


def test_nothing_has_no_sign():
    differences = (-0.004, 0.004, -0.0, -0.006, 0.006, float("inf"))
    assert [translations.signed(value, 2) for value in differences] == [
        "0.00",
        "0.00",
        "0.00",
        "−0.01",
        "+0.01",
        "+inf",
    ]
    assert [translations.number(value, 2) for value in (-0.004, -0.5, 0.0)] == ["0.00", "−0.50", "0.00"]


def test_a_number_has_its_form():
    assert [plural("{n} file failed.", "{n} files failed.", n).format(n=n) for n in (1, 2)] == [
        "1 file failed.",
        "2 files failed.",
    ]
    translations.choose_language("zh_CN")
    assert plural("{n} file failed.", "{n} files failed.", 1).format(n=1) == "1 个文件失败。"


def test_nothing_stays_nothing():
    translations.choose_language("zh_CN")
    assert _("") == ""
    assert sentence(BadRequest(setting=mark(""), value=mark(""), allowed="")) == "为 ，不符合要求：。"


def test_a_state_is_said_again_in_another_language():
    left = _("{time} left").format(time=_("{time} s").format(time=3))
    before = Shown(left, ((listed((_("Done"), "", "a.png")), 1),), 30.5)
    translations.choose_language("zh_CN")
    assert before.title == "3 s left"
    after = again(before)
    assert after == Shown("剩余 3 秒", (("完成，a.png", 1),), 30.5)
    translations.choose_language()
    assert again(after) == before


def test_what_a_person_wrote_is_not_translated():
    translations.choose_language("zh_CN")
    assert again(("Done", "Compare")) == ("Done", "Compare")
    assert said("Compare") == "Compare"


def test_the_engines_words_are_said_in_the_language_with_what_fills_them():
    error = PictureUnreadable(name="Done", reason=mark("the file is damaged or cut short."))
    threads = fill(mark("CPU, {count} threads"), count=4)
    assert (threads, str(error)) == ("CPU, 4 threads", "Done could not be read: the file is damaged or cut short.")
    translations.choose_language("zh_CN")
    assert said(threads) == "CPU，4 线程"
    assert said(DeviceFellBack("cuda", threads).sentence) == "此计算机无法使用 CUDA，改用 CPU，4 线程。"
    assert sentence(error) == "无法读取 Done：文件已损坏或不完整。"
    assert sentence(KeyError("x")) == "发生意外错误：KeyError：'x'"


def test_the_engines_words_follow_a_number_as_the_language_does():
    images = fill(mark_plural("{name}, {count} image", "{name}, {count} images", 1), name="T91", count=1)
    assert said(images) == "T91, 1 image"
    translations.choose_language("zh_CN")
    assert said(images) == "T91，1 张图片"


def test_sentences_are_joined_as_the_language_does():
    assert together("One.", "", "Two.") == "One. Two."
    assert together("一。", "二。") == "一。二。"
    assert standing_alone("it is empty") == "It is empty."
    assert standing_alone("它是空的。") == "它是空的。"
