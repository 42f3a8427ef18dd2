"""Changes of the language of the whole window in different states."""

import re

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QSettings
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QListWidget, QPushButton, QWidget

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from srcnn_gui.app import Studio
from srcnn_gui.runtime import crash_marker, language, resources, translations
from srcnn_gui.shell.main_window import MainWindow
from srcnn_gui.ui.menus import plain_text
from tests.srcnn_gui.pages.compare.presenters import texture
from tests.srcnn_gui.texts import texts
from tests.srcnn_gui.widgets import language_action, named, shown_tour

# Texts that stay English: names, keys, file formats, and the contents of model files.
UNTRANSLATED = re.compile(
    r"SRCNN Studio|T91, \d+ images|(Ctrl|Alt|Shift)\+\S+|\S+\.(png|safetensors)|Noto .*|English|<.*>|"
    r"Learning a Deep .*|Image Super-Res.*|srcnn evaluate|\{.*\}"
)


@pytest.fixture(autouse=True)
def restore_english(qapp):
    yield
    language.apply_language(qapp, translations.ENGLISH)


def switch_language(qtbot, studio, name: str) -> None:
    """Choose a language in the menu, and wait until the window is rebuilt."""
    before = studio.compare
    language_action(studio.window, name).trigger()
    qtbot.waitUntil(lambda: studio.compare is not before and studio.window.centralWidget().isVisible())
    QCoreApplication.sendPostedEvents(None, 52)  # QEvent.DeferredDelete: the old window is deleted
    assert translations._("Compare") == {"zh_CN": "对比", "en": "Compare"}[name]


def all_texts(qtbot, studio) -> list[tuple[str, str]]:
    """Return the texts of all pages. Each page is shown once, because it is built on demand."""
    for page in range(len(studio.window.pages)):
        studio.window.show_page(page)
        qtbot.wait(10)
    page = studio.train_page  # built part by part
    qtbot.waitUntil(lambda: page.body is not None and all(card.plot for card in page.body.curves), timeout=30_000)
    return list(texts(studio.window))


def fill(qtbot, studio, tmp_path) -> None:
    """Open an image, run a batch and fill the other pages."""
    folder = tmp_path / "batch"
    folder.mkdir()
    image_files.write(texture(20, 30), folder / "a.png")
    (folder / "b.png").write_bytes(b"bad")
    studio.window.show_page(2)
    qtbot.waitUntil(lambda: studio.train.state.can_show_patches, timeout=60_000)  # counted, that is
    studio.batch.add([folder])
    qtbot.waitUntil(lambda: studio.batch.state.can_start, timeout=30_000)
    studio.batch.start()
    qtbot.waitUntil(lambda: studio.batch.state.counts.failed == 1 and not studio.batch.state.locked, timeout=60_000)
    studio.window.show_page(0)
    studio.presenter.images.open(resources.sample_path("cat.png"))
    qtbot.waitUntil(lambda: studio.presenter.state.can_save and bool(studio.presenter.state.devices), timeout=60_000)


def test_all_texts_are_translated_and_return_to_english(qtbot, studio, tmp_path):
    fill(qtbot, studio, tmp_path)
    english = all_texts(qtbot, studio)
    switch_language(qtbot, studio, "zh_CN")
    assert studio.window.current_page == len(studio.window.pages) - 1
    chinese = all_texts(qtbot, studio)
    assert [part for part, _words in chinese] == [part for part, _words in english]
    left = [words for _part, words in chinese if re.search(r"[A-Za-z]{3,} [a-z]{2,}", UNTRANSLATED.sub("", words))]
    assert left == []
    switch_language(qtbot, studio, "en")
    assert all_texts(qtbot, studio) == english


def test_a_running_upscale_continues_and_can_be_saved(qtbot, studio, tmp_path):
    source, target = tmp_path / "large.png", tmp_path / "result.png"
    image_files.write(Image(np.random.default_rng(0).integers(0, 256, (1200, 1500, 3), np.uint8)), source)
    studio.presenter.images.open(source)
    qtbot.waitUntil(
        lambda: studio.presenter.state.working and studio.compare.canvas.contents.has_panes, timeout=60_000
    )
    switch_language(qtbot, studio, "zh_CN")
    assert studio.presenter.state.working
    assert studio.presenter.state.status.startswith("正在放大")
    qtbot.waitUntil(lambda: studio.presenter.state.can_save, timeout=60_000)
    assert studio.compare.canvas.contents.image("model").is_complete
    assert studio.compare.inspector.save.isEnabled()
    assert studio.compare.filmstrip.findChild(QListWidget).count() == 1
    studio.presenter.saving.save(target)
    qtbot.waitUntil(target.exists, timeout=30_000)


def test_zoom_selection_and_hidden_panels_are_kept(qtbot, studio):
    studio.presenter.images.open(resources.sample_path("cat.png"))
    qtbot.waitUntil(lambda: studio.presenter.state.can_save, timeout=60_000)
    studio.compare.zoom_bar.nearest.trigger()
    studio.compare.toggle_panel(inspector=True)
    studio.compare.canvas.zoom_to(2.0)
    studio.compare.canvas.select_region((10, 10, 40, 40))
    region_scores = studio.presenter.state.readout.region_scores
    thumbnail = studio.compare.filmstrip.findChild(QListWidget).item(0).icon().cacheKey()
    switch_language(qtbot, studio, "zh_CN")
    canvas = studio.compare.canvas
    assert (canvas.smooth, canvas.zoom, canvas.selection) == (False, 2.0, (10, 10, 40, 40))
    assert studio.presenter.state.readout.region_scores == region_scores
    assert not studio.compare.inspector.isVisible()
    assert studio.compare.filmstrip.findChild(QListWidget).item(0).icon().cacheKey() == thumbnail


def test_the_language_is_saved_and_checked_in_the_menu(qtbot, qapp, studio, tmp_path):
    switch_language(qtbot, studio, "zh_CN")
    assert language_action(studio.window, "zh_CN").isChecked()
    again = Studio(qapp, QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(again.window)
    assert again.window.titles[0] == "对比"
    again.close()


def test_dialogs_and_tour_close_and_the_notice_is_translated(qtbot, studio, monkeypatch):
    monkeypatch.setattr(crash_marker, "take_crash_reports", lambda: ["Fatal Python error"])
    studio.controller.show_crash_notice()
    actions = {plain_text(action.text()): action for action in studio.window.menus.help.actions()}
    for title in ("About SRCNN Studio", "Guide", "Keyboard Shortcuts"):
        actions[title].trigger()
    assert len([dialog for dialog in studio.window.findChildren(QDialog) if dialog.isVisible()]) == 3
    studio.controller.show_tour()
    assert shown_tour(studio) is not None
    switch_language(qtbot, studio, "zh_CN")
    assert shown_tour(studio) is None
    assert [one for one in studio.window.findChildren(QDialog) if one.isVisible()] == []
    assert studio.window.notice.isVisible()
    assert named(studio.window.notice, QPushButton, "诊断信息…").isVisible()
    studio.window.notice.dismissed.emit()
    switch_language(qtbot, studio, "en")
    assert not studio.window.notice.isVisible()


def test_rebuilding_the_window_leaves_no_widgets(qtbot, studio):
    switch_language(qtbot, studio, "zh_CN")
    parts = lambda: len(studio.window.findChildren(QWidget)) + len(studio.window.findChildren(QAction))  # noqa: E731
    before = parts()
    for name in ("en", "zh_CN"):
        switch_language(qtbot, studio, name)
    assert parts() == before


def test_texts_of_qt_are_translated(qapp):
    words = lambda: QCoreApplication.translate("QPlatformTheme", "Cancel")  # noqa: E731
    language.apply_language(qapp, "zh_CN")
    assert words() == "取消"
    language.apply_language(qapp, translations.ENGLISH)
    assert words() == "Cancel"


def test_an_unknown_language_falls_back_to_the_system_language(qapp):
    assert language.apply_language(qapp, "tlh") == language.apply_language(qapp, "system")


def test_a_window_without_pages_can_be_rebuilt(qtbot):
    window = MainWindow()
    qtbot.addWidget(window)
    window.build_ui()
    assert window.pages == []


def test_a_closed_settings_dialog_can_be_opened_again(qtbot, studio):
    studio.controller.show_settings().close()
    switch_language(qtbot, studio, "zh_CN")
    studio.window.theme_chosen.emit("dark")
    assert studio.controller.settings.settings.theme == "dark"
    assert [dialog for dialog in studio.window.findChildren(QDialog) if dialog.isVisible()] == []
    switch_language(qtbot, studio, "en")
    assert studio.controller.show_settings().isVisible()
