"""The Compare page in the window: drop targets, filmstrip, clipboard, shortcuts, many images."""

import os
import threading
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, QSize, Qt, QUrl
from PySide6.QtGui import (
    QAction,
    QColor,
    QContextMenuEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QKeySequence,
)
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QColorDialog,
    QComboBox,
    QFileDialog,
    QLabel,
    QListWidget,
    QMenu,
    QPushButton,
    QScrollArea,
    QToolButton,
)

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from srcnn_gui.app import Studio
from srcnn_gui.choices.size_dialog import SizeDialog
from srcnn_gui.pages.compare import actions as compare_actions
from srcnn_gui.pages.compare.empty_state import CompareEmptyState
from srcnn_gui.pages.compare.save_dialog import SaveDialog
from srcnn_gui.runtime import resources
from srcnn_gui.ui.controls import ScaleOrSizeButtons
from srcnn_gui.ui.menus import plain_text
from tests.srcnn_gui.widgets import named, pick, theme_action


@pytest.fixture
def files(tmp_path) -> list[Path]:
    """Return small image files with different gray levels."""
    paths = []
    for number in range(4):
        paths.append(tmp_path / f"{number}.png")
        image_files.write(Image(np.full((24, 32, 3), 40 + 40 * number, np.uint8)), paths[-1])
    return paths


def drop_at(page, fraction: float, *paths: Path) -> None:
    """Drop files on the canvas. `fraction` is the horizontal position relative to its width."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, button, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    at = QPoint(int(page.canvas.width() * fraction), 200)
    QApplication.sendEvent(page, QDragEnterEvent(at, action, data, button, keys))
    QApplication.sendEvent(page, QDragMoveEvent(at, action, data, button, keys))
    QApplication.sendEvent(page, QDropEvent(QPointF(at), action, data, button, keys))


def thread_count() -> int:
    """Return the number of threads of the process, or of Python threads if the system does not report it."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else threading.active_count()


def press(studio, keys: str) -> None:
    """Trigger the only enabled action with a shortcut. Real key events would require an active window."""
    shortcut = QKeySequence(keys)
    matches = [
        action
        for action in studio.window.findChildren(QAction)
        if shortcut in action.shortcuts() and action.isEnabled() and action.isVisible()
    ]
    assert len(matches) == 1
    matches[0].trigger()


def wait_for(qtbot, studio, name: str) -> None:
    qtbot.waitUntil(lambda: studio.presenter.state.name == name and studio.presenter.state.can_save, timeout=20_000)


def test_the_left_half_opens_and_the_right_half_is_the_ground_truth(qtbot, studio, files, tmp_path):
    drop_at(studio.compare, 0.5, files[0])
    wait_for(qtbot, studio, "0.png")
    drop_at(studio.compare, 0.2, files[1])
    wait_for(qtbot, studio, "1.png")
    ground_truth = tmp_path / "truth.png"
    image_files.write(Image(np.full((96, 128, 3), 90, np.uint8)), ground_truth)
    drop_at(studio.compare, 0.8, ground_truth)
    qtbot.waitUntil(
        lambda: studio.presenter.state.ground_truth == "file" and studio.presenter.state.can_save, timeout=30_000
    )
    assert (studio.presenter.state.name, studio.presenter.state.scale) == ("1.png", 4)
    assert len(studio.presenter.state.filmstrip) == 2


def test_clicking_the_filmstrip_shows_the_image(qtbot, studio, files):
    drop_at(studio.compare, 0.5, *files)
    wait_for(qtbot, studio, "0.png")
    strip = studio.compare.filmstrip
    assert strip.isVisible()
    row = strip.findChild(QListWidget)
    qtbot.waitUntil(lambda: all(not row.item(i).icon().isNull() for i in range(4)), timeout=10_000)
    qtbot.mouseClick(row.viewport(), Qt.MouseButton.LeftButton, pos=row.visualItemRect(row.item(2)).center())
    wait_for(qtbot, studio, "2.png")
    press(studio, "PgDown")
    wait_for(qtbot, studio, "3.png")


def test_delete_in_the_filmstrip_closes_an_unreadable_file(qtbot, studio, files, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"this is text")
    drop_at(studio.compare, 0.5, files[0], broken)
    wait_for(qtbot, studio, "0.png")
    row = studio.compare.filmstrip.findChild(QListWidget)
    qtbot.mouseClick(row.viewport(), Qt.MouseButton.LeftButton, pos=row.visualItemRect(row.item(1)).center())
    qtbot.waitUntil(lambda: "broken.png" in studio.presenter.state.notice, timeout=10_000)
    assert row.currentRow() == 1
    qtbot.keyClick(row, Qt.Key.Key_Delete)
    assert row.count() == 1
    assert (studio.presenter.state.name, studio.presenter.state.notice) == ("0.png", "Closed broken.png.")


def open_image_menu(studio, number: int) -> dict[str, QAction]:
    """Click a thumbnail with the right button, and return the actions of its context menu by their text."""
    row = studio.compare.filmstrip.findChild(QListWidget)
    at = row.visualItemRect(row.item(number)).center()
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(row.viewport(), QContextMenuEvent(reason, at, row.viewport().mapToGlobal(at)))
    return shown_menu(studio)


def shown_menu(studio) -> dict[str, QAction]:
    """Return the actions of the context menu of the page by their text."""
    menu = next(menu for menu in studio.compare.findChildren(QMenu) if menu.isVisible())
    return {plain_text(action.text()): action for action in menu.actions() if action.text()}


IMAGE_MENU = ["Copy Image", "Save Result", "Use as Ground Truth", "Add to Batch", "Show in Folder", "Copy Path"]


def test_the_right_button_shows_the_menu_of_an_image_without_selecting_it(qtbot, studio, files):
    drop_at(studio.compare, 0.5, *files)
    wait_for(qtbot, studio, "0.png")
    row = studio.compare.filmstrip.findChild(QListWidget)
    at = row.visualItemRect(row.item(2)).center()
    qtbot.mouseClick(row.viewport(), Qt.MouseButton.RightButton, pos=at)
    assert row.currentRow() == 0
    actions = open_image_menu(studio, 2)
    assert list(actions) == [*IMAGE_MENU, "Close", "Close All"]
    assert not actions["Copy Image"].isEnabled(), "the image is not shown"
    assert studio.presenter.state.name == "0.png"
    actions["Copy Path"].trigger()
    assert QGuiApplication.clipboard().text() == str(files[2])
    actions["Close"].trigger()
    assert [entry.name for entry in studio.presenter.state.filmstrip] == ["0.png", "1.png", "3.png"]
    assert studio.presenter.state.name == "0.png"


def test_another_image_becomes_the_ground_truth(qtbot, studio, files, tmp_path):
    image_files.write(Image(np.full((72, 96, 3), 60, np.uint8)), tmp_path / "truth.png")
    drop_at(studio.compare, 0.5, files[0], tmp_path / "truth.png")
    wait_for(qtbot, studio, "0.png")
    open_image_menu(studio, 1)["Use as Ground Truth"].trigger()
    qtbot.waitUntil(lambda: studio.presenter.state.ground_truth_name == "truth.png", timeout=10_000)
    wait_for(qtbot, studio, "0.png")


def test_the_menu_of_a_pane_copies_what_the_pane_shows(qtbot, studio, tmp_path):
    image_files.write(Image(np.full((24, 32, 3), 60, np.uint8)), tmp_path / "gray.png")
    drop_at(studio.compare, 0.5, tmp_path / "gray.png")
    wait_for(qtbot, studio, "gray.png")
    canvas = studio.compare.canvas
    studio.presenter.set_view_layout(studio.presenter.state.view_layout.with_content("left", "original"))
    for share, size in ((0.25, QSize(32, 24)), (0.75, QSize(96, 72))):
        at = QPoint(int(canvas.width() * share), canvas.height() // 2)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, canvas.mapToGlobal(at))
        QApplication.sendEvent(canvas, event)
        actions = shown_menu(studio)
        assert list(actions) == [*IMAGE_MENU, "Close", "Close All"]
        actions["Copy Image"].trigger()
        assert QGuiApplication.clipboard().image().size() == size
        QApplication.activePopupWidget().close()
        qtbot.waitUntil(lambda: QApplication.activePopupWidget() is None)


def test_an_image_can_be_sent_to_the_batch(qtbot, studio, files):
    drop_at(studio.compare, 0.5, *files)
    wait_for(qtbot, studio, "0.png")
    open_image_menu(studio, 1)["Add to Batch"].trigger()
    assert studio.window.pages[studio.window.current_page] is studio.batch_page
    qtbot.waitUntil(lambda: [row.file for row in studio.batch.files] == ["1.png"], timeout=10_000)


def test_the_menu_of_an_image_shows_its_folder(qtbot, studio, files, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    drop_at(studio.compare, 0.5, files[0])
    wait_for(qtbot, studio, "0.png")
    open_image_menu(studio, 0)["Show in Folder"].trigger()
    assert [Path(url.toLocalFile()) for url in opened] == [files[0].parent]


def test_a_pasted_image_has_no_actions_for_files(qtbot, studio):
    studio.presenter.images.paste(np.full((20, 30, 3), 90, np.uint8))
    wait_for(qtbot, studio, "pasted 1.png")
    actions = open_image_menu(studio, 0)
    assert [text for text, action in actions.items() if action.isEnabled()] == [
        "Copy Image",
        "Save Result",
        "Use as Ground Truth",
        "Close",
        "Close All",
    ]


@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_End, Qt.Key.Key_C])
def test_a_key_in_the_closed_ground_truth_box_opens_no_dialog(qtbot, studio, files, monkeypatch, key):
    asked = []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: asked.append(True) or ("", ""))
    drop_at(studio.compare, 0.5, files[0])
    wait_for(qtbot, studio, "0.png")
    box = named(studio.compare.inspector, QComboBox, "Ground truth")
    box.setFocus()
    for _time in range(3):
        qtbot.keyClick(box, key)
    assert box.view().isVisible()
    assert asked == []
    assert studio.presenter.state.ground_truth == "none"
    box.hidePopup()


def test_the_focus_starts_on_open_and_moves_to_the_image(qtbot, studio, files):
    assert studio.window.focusWidget() is studio.compare.empty_state.open
    drop_at(studio.compare, 0.5, files[0])
    wait_for(qtbot, studio, "0.png")
    assert studio.window.focusWidget() is studio.compare.canvas
    studio.presenter.images.close_selected()
    assert studio.window.focusWidget() is studio.compare.empty_state.open


def test_showing_another_image_leaves_the_focus_in_the_filmstrip(qtbot, studio, files):
    drop_at(studio.compare, 0.5, *files)
    wait_for(qtbot, studio, "0.png")
    row = studio.compare.filmstrip.findChild(QListWidget)
    row.setFocus()
    row.setCurrentRow(1)
    qtbot.keyClick(row, Qt.Key.Key_Space)
    wait_for(qtbot, studio, "1.png")
    assert studio.window.focusWidget() is row


def test_the_focus_moves_from_stop_to_export_when_the_result_is_done(qtbot, studio, files):
    studio.presenter.images.open(resources.sample_path("cat.png"))
    stop = studio.compare.inspector.cancel
    qtbot.waitUntil(stop.isVisible, timeout=20_000)
    stop.setFocus()
    qtbot.keyClick(stop, Qt.Key.Key_Return)
    assert studio.presenter.state.can_start
    assert studio.window.focusWidget() is stop
    qtbot.keyClick(stop, Qt.Key.Key_Return)
    wait_for(qtbot, studio, "cat.png")
    assert studio.window.focusWidget() is studio.compare.inspector.export


def test_enter_opens_a_sample(qtbot, studio):
    sample = named(studio.compare.empty_state, QToolButton, "Sample image: Cat")
    sample.setFocus()
    qtbot.keyClick(sample, Qt.Key.Key_Return)
    wait_for(qtbot, studio, "cat.png")


def test_escape_clears_the_selection_before_it_leaves_the_full_screen(qtbot, studio, files):
    drop_at(studio.compare, 0.5, files[0])
    wait_for(qtbot, studio, "0.png")
    press(studio, "F11")
    qtbot.waitUntil(studio.window.isFullScreen)
    studio.compare.canvas.select_region((0, 0, 10, 10))
    press(studio, "Esc")
    assert studio.compare.canvas.selection is None
    assert studio.window.isFullScreen()
    qtbot.keyClick(studio.compare.canvas, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not studio.window.isFullScreen())


def test_a_region_is_upscaled_alone_and_the_whole_image_is_shown_again(qtbot, studio, files):
    drop_at(studio.compare, 0.5, files[0])
    wait_for(qtbot, studio, "0.png")
    canvas = studio.compare.canvas
    whole = canvas.viewport.width
    canvas.select_region((0, 0, 30, 30))
    canvas.menu_requested.emit("model", studio.window.pos())
    menu = next(menu for menu in studio.compare.findChildren(QMenu) if menu.isVisible())
    assert plain_text(menu.actions()[0].text()) == "Upscale Only Region"
    menu.close()
    press(studio, "C")
    assert studio.presenter.state.region == (0, 0, 10, 10)
    wait_for(qtbot, studio, "0.png")
    assert (canvas.viewport.width, canvas.selection) == (30, None)
    press(studio, "Shift+C")
    wait_for(qtbot, studio, "0.png")
    assert canvas.viewport.width == whole


def test_an_image_and_files_can_be_pasted(qtbot, studio, files):
    image = QImage(30, 20, QImage.Format.Format_ARGB32)
    image.fill(0xFF3C5A78)
    QGuiApplication.clipboard().setImage(image)
    press(studio, "Ctrl+V")
    wait_for(qtbot, studio, "pasted 1.png")
    assert studio.presenter.saving.result_image().pixels.shape == (60, 90, 3)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(files[1]))])
    QGuiApplication.clipboard().setMimeData(data)
    press(studio, "Ctrl+V")
    wait_for(qtbot, studio, "1.png")
    QGuiApplication.clipboard().setText("words")
    press(studio, "Ctrl+V")
    assert "clipboard" in studio.presenter.state.notice


def test_the_displayed_result_is_copied(qtbot, studio, files):
    drop_at(studio.compare, 0.5, files[0])
    wait_for(qtbot, studio, "0.png")
    press(studio, "Ctrl+C")
    copied = QGuiApplication.clipboard().image()
    assert (copied.width(), copied.height()) == (96, 72)
    assert abs(copied.pixelColor(40, 40).red() - 40) <= 1


@pytest.mark.parametrize(("key", "view"), [("2", "split"), ("3", "flip"), ("4", "difference"), ("1", "side")])
def test_shortcuts_choose_the_view(qtbot, studio, files, key, view):
    studio.presenter.set_view_layout(
        studio.presenter.state.view_layout.with_view("flip" if view == "side" else "side")
    )
    drop_at(studio.compare, 0.5, files[0])
    wait_for(qtbot, studio, "0.png")
    press(studio, key)
    assert studio.presenter.state.view_layout.view == view
    assert studio.compare.canvas.view_layout.view == view


def test_the_visible_region_is_scored_after_a_change_of_view(qtbot, studio):
    drop_at(studio.compare, 0.5, resources.sample_path("cat.png"))
    wait_for(qtbot, studio, "cat.png")
    studio.compare.canvas.zoom_to(4)
    press(studio, "2")
    top, left, height, width = studio.compare.canvas.viewport.visible
    emitted = f"Visible: {width} × {height} px at {left}, {top}"
    assert studio.presenter.state.readout.region_text == emitted
    assert emitted in [label.text() for label in studio.compare.scores.findChildren(QLabel)]


def test_shortcuts_swap_and_change_the_contents(qtbot, studio, files):
    drop_at(studio.compare, 0.5, files[0])
    wait_for(qtbot, studio, "0.png")
    press(studio, "X")
    assert (studio.presenter.state.view_layout.left, studio.presenter.state.view_layout.right) == ("model", "bicubic")
    press(studio, "B")
    assert studio.presenter.state.view_layout.right == "original"


def test_the_self_ensemble_check_box_emits_its_state(qtbot, studio):
    box = studio.compare.inspector.findChild(QCheckBox)
    with qtbot.waitSignal(studio.compare.inspector.self_ensemble_chosen) as blocker:
        qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(10, box.height() // 2))
    assert blocker.args == [True]
    assert studio.presenter.state.self_ensemble


def test_a_custom_size_can_be_chosen(qtbot, studio, files, monkeypatch):
    drop_at(studio.compare, 0.5, files[0])
    wait_for(qtbot, studio, "0.png")

    def answer(dialog: SizeDialog) -> int:
        dialog.radio_buttons[1].setChecked(True)
        dialog.width_px.setValue(50)
        return 1

    monkeypatch.setattr(SizeDialog, "exec", answer)
    other = studio.compare.inspector.findChild(ScaleOrSizeButtons).other
    qtbot.mouseClick(other, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: studio.presenter.state.can_save, timeout=30_000)
    assert studio.presenter.saving.result_image().pixels.shape == (38, 50, 3)
    assert other.text() == "50 px wide"


def test_a_result_is_saved_with_the_chosen_options(qtbot, studio, files, tmp_path, monkeypatch):
    drop_at(studio.compare, 0.5, files[0])
    wait_for(qtbot, studio, "0.png")
    target = tmp_path / "result.png"

    def answer(dialog: SaveDialog) -> int:
        dialog.format.setCurrentIndex(1)
        assert not dialog.quality.isEnabled(), "a PNG loses nothing"
        dialog.bits.setCurrentIndex(2)
        return 1

    monkeypatch.setattr(SaveDialog, "exec", answer)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(target), ""))
    press(studio, "Ctrl+Alt+S")
    qtbot.waitUntil(target.exists, timeout=10_000)
    assert image_files.read(target).bits == 16


def test_one_click_saves_in_the_format_of_the_panel_and_offers_the_folder(qtbot, studio, files, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url) or True)
    drop_at(studio.compare, 0.5, files[0])
    wait_for(qtbot, studio, "0.png")
    kind, quality = (named(studio.compare.inspector, QComboBox, name) for name in ("Format", "Quality"))
    assert not quality.isEnabled(), "the input is a PNG, which loses nothing"
    pick(kind, "jpg")
    assert quality.isEnabled()
    pick(quality, 70)
    qtbot.mouseClick(studio.compare.inspector.save, Qt.MouseButton.LeftButton)
    target = files[0].with_name("0_x3.jpg")
    qtbot.waitUntil(lambda: studio.compare.notice.accessibleName() == "Saved as 0_x3.jpg.", timeout=10_000)
    assert image_files.read(target).pixels.shape == (72, 96, 3)
    qtbot.mouseClick(named(studio.compare.notice, QPushButton, "Show in Folder"), Qt.MouseButton.LeftButton)
    assert [Path(url.toLocalFile()) for url in opened] == [target.parent]
    wait_for(qtbot, studio, "0.png")
    press(studio, "Ctrl+S")
    qtbot.waitUntil(files[0].with_name("0_x3 (2).jpg").exists, timeout=10_000)


def test_saving_a_pasted_image_asks_for_the_path(qtbot, studio, tmp_path, monkeypatch):
    target = tmp_path / "chosen.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(target), ""))
    studio.presenter.images.paste(np.full((20, 30, 3), 90, np.uint8))
    wait_for(qtbot, studio, "pasted 1.png")
    press(studio, "Ctrl+S")
    qtbot.waitUntil(target.exists, timeout=10_000)


def test_transparency_is_saved_over_a_remembered_background(qtbot, studio, tmp_path, monkeypatch):
    source = tmp_path / "clear.png"
    image_files.write(Image(np.full((24, 32, 3), 60, np.uint8), np.zeros((24, 32), np.uint8)), source)
    os.utime(source, (1_000_000_000, 1_000_000_000))
    drop_at(studio.compare, 0.5, source)
    wait_for(qtbot, studio, "clear.png")
    target = tmp_path / "result.jpg"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(target), ""))
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_args: QColor(250, 250, 100))

    def answer(dialog: SaveDialog) -> int:
        dialog.background.setCurrentIndex(dialog.background.count() - 1)
        dialog.background.activated.emit(dialog.background.count() - 1)
        dialog.keep_time.setChecked(True)
        return 1

    monkeypatch.setattr(SaveDialog, "exec", answer)
    press(studio, "Ctrl+Alt+S")
    qtbot.waitUntil(target.exists, timeout=10_000)
    assert np.abs(image_files.read(target).pixels[0, 0].astype(int) - (250, 250, 100)).max() <= 3
    assert target.stat().st_mtime == 1_000_000_000
    assert SaveDialog(None, asdict(studio.presenter.state.output_options)).options["background"] == (250, 250, 100)


def test_the_frames_of_an_animation_are_counted_and_saved(qtbot, studio, tmp_path):
    frames = [Image(np.full((24, 32, 3), level, np.uint8), duration_ms=50) for level in (60, 120, 180)]
    image_files.write(replace(frames[0], frames=tuple(frames[1:]), num_plays=0), tmp_path / "moving.gif")
    emitted = []
    studio.compare.status_changed.connect(emitted.append)
    drop_at(studio.compare, 0.5, tmp_path / "moving.gif")
    wait_for(qtbot, studio, "moving.gif")
    assert "Upscaling frame 3 of 3…" in emitted
    assert len(studio.presenter.saving.result_image().frames) == 2


def test_the_comparison_is_exported(qtbot, studio, files, tmp_path, monkeypatch):
    drop_at(studio.compare, 0.5, files[0])
    wait_for(qtbot, studio, "0.png")
    target = tmp_path / "both.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(target), ""))
    qtbot.mouseClick(studio.compare.inspector.export, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(target.exists, timeout=10_000)
    assert image_files.read(target).width == 3 * 12 + 2 * 96


def test_opened_files_are_listed_as_recent(qtbot, studio, files, qapp, tmp_path):
    drop_at(studio.compare, 0.5, files[2])
    wait_for(qtbot, studio, "2.png")
    again = Studio(qapp, QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(again.window)
    opening = next(action.menu() for action in again.window.menus.file.actions() if action.menu())
    opening.aboutToShow.emit()
    assert [action.text() for action in opening.actions()] == ["2.png", "", "&Clear Menu"]
    opening.actions()[-1].trigger()
    opening.aboutToShow.emit()
    assert [action.text() for action in opening.actions()] == ["No Recent Images"]
    assert again._window_settings.recent == ""
    again.close()


def test_recent_files_of_the_same_name_have_their_folder(tmp_path):
    same = [tmp_path / folder / "a.png" for folder in ("one", "two", "deep/two")]
    assert compare_actions._recent_titles([*same, tmp_path / "b.png"]) == [
        "a.png – one",
        f"a.png – {tmp_path / 'two'}",
        f"a.png – {tmp_path / 'deep' / 'two'}",
        "b.png",
    ]


def test_many_images_leave_no_threads_and_no_tiles_of_other_images(qtbot, studio, tmp_path):
    """If images are opened faster than they are upscaled, only the last one is shown."""
    files = []
    for number in range(40):
        files.append(tmp_path / f"{number:03}.png")
        image_files.write(Image(np.full((30, 30, 1), 5 * number, np.uint8)), files[-1])
    studio.presenter.images.open(*files)
    for number in range(1, 40):
        studio.presenter.images.show(number)
        if number % 4 == 0:
            studio.presenter.choose_scale(2 + number // 4 % 3)
            QApplication.processEvents()
    wait_for(qtbot, studio, "039.png")
    result = studio.presenter.saving.result_image()
    assert abs(int(result.pixels.mean()) - 195) <= 2
    center = studio.compare.canvas.rect().center()
    red = studio.compare.canvas.grab().toImage().pixelColor(center.x() + 60, center.y()).red()
    assert abs(red - 195) <= 2


def test_fast_choices_do_not_accumulate_threads(qtbot, studio, files):
    drop_at(studio.compare, 0.5, resources.sample_path("cat.png"))
    wait_for(qtbot, studio, "cat.png")
    before, most = thread_count(), 0
    for number in range(30):
        studio.presenter.choose_scale(2 + number % 3)
        studio.presenter.choose_model(studio.presenter.state.models[number // 3 % 2].key)
        qtbot.wait(10 * (number % 3))
        most = max(most, thread_count())
    assert most <= before + 12, "two enlargements with their workers, whatever was asked for meanwhile"
    wait_for(qtbot, studio, "cat.png")
    assert studio.presenter.state.scale == 4
    scored = studio.presenter.state.readout.whole_scores
    assert not scored.stale
    assert scored.gain == 1
    qtbot.waitUntil(lambda: thread_count() <= before + 2, timeout=10_000)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_fits_into_960_by_600(qtbot, studio, files, theme):
    theme_action(studio.window, theme).trigger()
    studio.presenter.images.open(resources.sample_path("cat.png"), *files)
    wait_for(qtbot, studio, "cat.png")
    studio.window.resize(960, 600)
    qtbot.waitUntil(lambda: studio.window.width() == 960)
    fits = QSize(960, 600)
    qtbot.waitUntil(lambda: studio.window.minimumSizeHint().boundedTo(fits) == studio.window.minimumSizeHint())
    assert studio.compare.filmstrip.isVisible()
    studio.presenter.show_file_names(True)
    qtbot.waitUntil(lambda: studio.window.minimumSizeHint().boundedTo(fits) == studio.window.minimumSizeHint())
    settings = studio.compare.inspector.findChild(QScrollArea)
    assert settings.widget().width() <= settings.viewport().width(), "nothing is cut beside the scroll bar"


def test_the_page_with_only_unreadable_files_fits_into_960_by_600(qtbot, studio, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"this is text")
    studio.presenter.images.open(tmp_path / "broken.png")
    studio.window.resize(960, 600)
    qtbot.waitUntil(lambda: bool(studio.presenter.state.notice) and studio.window.width() == 960, timeout=10_000)
    assert studio.compare.filmstrip.isVisible()
    qtbot.waitUntil(lambda: studio.window.minimumSizeHint().height() <= 600)


def test_file_names_are_shown_below_the_thumbnails(qtbot, studio, files):
    drop_at(studio.compare, 0.5, *files)
    wait_for(qtbot, studio, "0.png")
    row = studio.compare.filmstrip.findChild(QListWidget)
    without = row.visualItemRect(row.item(1))
    actions = {plain_text(action.text()): action for action in studio.window.menus.view.actions()}
    actions["File Names in Filmstrip"].trigger()
    assert studio.presenter.state.shows_file_names
    qtbot.waitUntil(lambda: row.visualItemRect(row.item(1)).height() > without.height())
    assert row.visualItemRect(row.item(1)).width() > without.width()
    assert row.viewport().height() >= row.visualItemRect(row.item(1)).height(), "the names are not cut off"
    actions["File Names in Filmstrip"].trigger()
    qtbot.waitUntil(lambda: row.visualItemRect(row.item(1)) == without)


def test_the_menu_sets_the_zoom_of_new_images(qtbot, studio, files):
    menu = next(menu for menu in studio.window.menus.view.findChildren(QMenu) if "Zoom" in menu.title())
    zooms = {plain_text(action.text()): action for action in menu.actions()}
    assert zooms["Fit to Window"].isChecked()
    zooms["100%"].trigger()
    assert zooms["100%"].isChecked()
    assert not zooms["Fit to Window"].isChecked()
    drop_at(studio.compare, 0.5, files[0])
    wait_for(qtbot, studio, "0.png")
    assert studio.compare.canvas.zoom == 1


def test_the_zoom_is_shown_only_with_an_image(qtbot, studio, files):
    zoom_text = named(studio.compare.zoom_bar, QToolButton, "Zoom").text
    studio.window.resize(1000, 640)
    qtbot.wait(20)
    assert zoom_text() == "–"
    studio.presenter.images.open(files[0])
    wait_for(qtbot, studio, "0.png")
    assert zoom_text().endswith("%")
    studio.presenter.images.close_selected()
    studio.window.resize(1100, 640)
    qtbot.waitUntil(lambda: zoom_text() == "–")


def test_samples_that_the_model_was_trained_on_are_marked(qtbot):
    page = CompareEmptyState()
    qtbot.addWidget(page)
    names = lambda: [button.text() for button in page.findChildren(QToolButton)]  # noqa: E731 - read twice
    page.mark_training_samples(("astronaut.png", "cat.png"))
    assert names() == ["Astronaut (training image)", "Cat (training image)", "Coffee"]
    page.mark_training_samples(())
    assert names() == ["Astronaut", "Cat", "Coffee"]


def test_samples_are_hidden_where_they_would_be_clipped(qtbot):
    page = CompareEmptyState()
    qtbot.addWidget(page)
    page.set_compact(True)
    page.resize(640, 500)
    page.show()
    (sample, *_others) = page.findChildren(QToolButton)
    assert sample.isVisible()
    for height in range(500, 200, -5):
        page.setMinimumSize(1, 1)  # as in a window that is too small for its contents
        page.resize(640, height)
        assert not sample.isVisible() or sample.height() >= sample.sizeHint().height()
    assert not sample.isVisible()
    page.resize(640, 500)
    assert sample.isVisible()
    page.set_samples_visible(False)
    assert not sample.isVisible()
