"""The full window with threads: drops, settings, saving and closing."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, QSize, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QFileDialog, QLabel, QToolButton

from engine.evaluation import job as evaluate
from engine.evaluation.events import ImageScored
from engine.evaluation.request import EvaluateRequest
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.models import catalog
from srcnn_gui.app import Studio
from srcnn_gui.runtime import resources
from srcnn_gui.shell import main_window
from srcnn_gui.shell.main_window import MainWindow
from tests.srcnn_gui.widgets import named, theme_action


def drop(widget, *paths: Path) -> bool:
    """Drag files over a widget and drop them, as a file manager does."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, button, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), action, data, button, keys)
    QApplication.sendEvent(widget, enter)
    if enter.isAccepted():
        QApplication.sendEvent(widget, QDropEvent(QPointF(50, 50), action, data, button, keys))
    return enter.isAccepted()


@pytest.fixture
def image(tmp_path) -> Path:
    rows, columns = np.mgrid[:64, :80]
    waves = 127 + 90 * np.sin(rows / 3.0) * np.cos(columns / 5.0)
    path = tmp_path / "Größe 100% #1 图.png"
    image_files.write(Image(np.repeat(waves[:, :, None], 3, axis=2).astype(np.uint8)), path)
    return path


def wait_until_done(qtbot, studio) -> None:
    qtbot.waitUntil(lambda: studio.presenter.state.can_save, timeout=60_000)


def test_a_dropped_image_is_upscaled_and_saved(qtbot, studio, image, tmp_path, monkeypatch):
    assert drop(studio.compare, image)
    wait_until_done(qtbot, studio)
    assert studio.window.windowTitle() == f"{image.name} – SRCNN Studio"
    target = tmp_path / "result ü.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(target), ""))
    qtbot.mouseClick(studio.compare.inspector.save_as, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(target.exists, timeout=10_000)
    assert image_files.read(target).pixels.shape == (192, 240, 3)


def test_the_status_bar_shows_that_pytorch_is_being_loaded(qtbot):
    window = MainWindow()
    qtbot.addWidget(window)
    device = window.statusBar().findChild(QToolButton)
    assert "Loading PyTorch" in device.text()
    window.show_device("CPU, 2 threads")
    assert device.text() == "CPU, 2 threads"


def test_dropped_text_is_ignored(studio):
    data = QMimeData()
    data.setText("hello")
    action, button, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), action, data, button, keys)
    enter.ignore()
    QApplication.sendEvent(studio.compare, enter)
    assert not enter.isAccepted()


def test_simulation_shows_scores_and_copies_them(qtbot, studio, image):
    drop(studio.compare, image)
    wait_until_done(qtbot, studio)
    combo = studio.compare.inspector.findChild(QComboBox)
    combo.setCurrentIndex(1)
    combo.activated.emit(1)
    qtbot.waitUntil(lambda: not studio.presenter.state.readout.whole_scores.stale, timeout=60_000)
    copy = named(studio.compare.scores, QToolButton, "Copy Scores (Ctrl+Shift+C)")
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert studio.presenter.state.readout.whole_scores.psnr[1] in QGuiApplication.clipboard().text()


def test_the_window_shows_the_scores_of_the_evaluation(qtbot, studio, data_folder, tmp_path):
    (tmp_path / "set").mkdir()
    path = Path(shutil.copy(data_folder / "Set5" / "butterfly_GT.bmp", tmp_path / "set"))
    drop(studio.compare, path)
    wait_until_done(qtbot, studio)
    studio.presenter.choose_ground_truth("simulate")
    wait_until_done(qtbot, studio)
    readout = studio.presenter.state.readout
    job = evaluate.run(EvaluateRequest(path.parent, catalog.default_model(3, simulate=True), "cpu"))
    scored = next(event for event in job if isinstance(event, ImageScored) and event.name == path.name)
    assert readout.whole_scores.psnr[:2] == (f"{scored.bicubic.psnr_db:.2f}", f"{scored.model.psnr_db:.2f}")
    assert readout.whole_scores.ssim[:2] == (f"{scored.bicubic.ssim:.4f}", f"{scored.model.ssim:.4f}")
    assert readout.region_scores.psnr == readout.whole_scores.psnr, "at fit the visible region is the whole image"
    labels = {label.text() for label in studio.compare.scores.findChildren(QLabel)}
    assert set(readout.whole_scores.psnr) <= labels


def test_an_unreadable_file_shows_a_notice_that_can_be_dismissed(qtbot, studio, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff nothing")
    drop(studio.compare, broken)
    qtbot.waitUntil(studio.compare.notice.isVisible, timeout=10_000)
    assert "broken.jpg" in studio.compare.notice.accessibleName()
    studio.presenter.dismiss_notice()
    assert not studio.compare.notice.isVisible()


def test_closing_during_work_ends_every_thread(qtbot, studio, tmp_path):
    large = tmp_path / "large.png"
    image_files.write(Image(np.zeros((700, 900, 3), np.uint8)), large)
    drop(studio.compare, large)
    qtbot.waitUntil(lambda: studio.presenter.state.working, timeout=30_000)
    threads = [task for lane in studio.lanes for task in lane._running]
    assert any(thread.isRunning() for thread in threads)
    studio.window.close()
    assert not studio.window.isVisible()
    assert not any(lane._running for lane in studio.lanes)


@pytest.mark.parametrize("maximized", [False, True])
def test_the_size_of_the_window_is_restored(qtbot, qapp, studio, tmp_path, maximized):
    studio.window.resize(1010, 620)
    qtbot.waitUntil(lambda: studio.window.width() == 1010)
    if maximized:
        studio.window.showMaximized()
        qtbot.waitUntil(studio.window.isMaximized)
    studio.window.close()
    again = Studio(qapp, QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(again.window)
    assert again.window.isMaximized() is maximized
    assert again.window.normalGeometry().height() == 620
    assert again.window.normalGeometry().width() <= 1010, "less on a smaller screen, such as Qt's offscreen one"
    again.close()


def test_an_invalid_geometry_is_ignored(qtbot, qapp, tmp_path):
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    store.setValue("window/geometry", "not hexadecimal, ä")
    studio = Studio(qapp, store)
    qtbot.addWidget(studio.window)
    assert studio.window.width() >= 480
    studio.close()


def test_choices_are_saved(qtbot, qapp, studio, image, tmp_path):
    studio.presenter.choose_scale(4)
    again = Studio(qapp, QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(again.window)
    assert again.presenter.state.scale == 4
    again.close()


def test_every_button_has_text_or_an_accessible_name(studio):
    nameless = [
        button
        for button in studio.window.findChildren(QAbstractButton)
        if not (button.accessibleName() or button.text()) and not button.objectName().startswith("qt_")
    ]
    assert not nameless


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_window_fits_into_960_by_600_in_both_themes(qtbot, studio, theme):
    theme_action(studio.window, theme).trigger()
    studio.window.resize(960, 600)
    qtbot.waitUntil(lambda: studio.window.width() == 960)
    drop(studio.compare, resources.sample_path("cat.png"))
    wait_until_done(qtbot, studio)
    hint = studio.window.minimumSizeHint()
    assert hint.width() <= 960
    assert hint.height() <= 600


def test_the_window_fits_on_a_small_screen_with_its_frame(qtbot, monkeypatch):
    """A screen of 1440 x 900 px at 144 DPI has 960 x 600 logical px."""
    monkeypatch.setattr(main_window, "available_size", lambda _window: QSize(960, 600))
    window = MainWindow()
    qtbot.addWidget(window)
    for size in (window.size(), window.minimumSize()):
        assert size.width() < 960
        assert size.height() <= 600 - 40, "without the title bar"


def test_the_title_names_the_image_only_on_its_page(qtbot, studio, image):
    drop(studio.compare, image)
    wait_until_done(qtbot, studio)
    studio.window.show_page(studio.batch_page)
    assert studio.window.windowTitle() == "SRCNN Studio"
    studio.presenter.choose_scale(2)
    assert studio.window.windowTitle() == "SRCNN Studio"
    studio.window.show_page(studio.compare)
    assert studio.window.windowTitle() == f"{image.name} – SRCNN Studio"
    wait_until_done(qtbot, studio)


@pytest.mark.parametrize("page", [0, 1, 2])
def test_no_shortcut_is_ambiguous_on_a_page(studio, page):
    """Qt triggers none of two actions with the same shortcut."""
    studio.window.show_page(page)
    keys = [
        shortcut.toString()
        for action in studio.window.findChildren(QAction)
        for shortcut in action.shortcuts()
        if action.isEnabled() and action.isVisible()
    ]
    assert len(keys) == len(set(keys))


def test_the_full_screen_shows_only_the_image_and_escape_leaves_it(qtbot, studio, image):
    window, page = studio.window, studio.compare
    drop(page, image)
    wait_until_done(qtbot, studio)
    parts = (window.rail, window.statusBar(), page.inspector, page.filmstrip, page.scores, page.views_bar)
    action = next(a for a in window.findChildren(QAction) if a.shortcut() == QKeySequence("F11"))
    action.trigger()
    qtbot.waitUntil(lambda: window.isFullScreen() and not page.views_bar.isVisible())
    qtbot.waitUntil(lambda: page.canvas.size() == window.size())
    assert not any(part.isVisible() for part in parts)
    window.show_page(studio.batch_page)
    assert window.rail.isVisible(), "the other pages keep their controls"
    window.show_page(page)
    assert not window.rail.isVisible()
    page.canvas.setFocus()
    qtbot.keyClick(page.canvas, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.isFullScreen() and window.rail.isVisible())
    assert all(part.isVisible() for part in parts)
    assert window.menuBar().height() > 0
