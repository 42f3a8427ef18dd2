"""The Batch page in the full window with threads: drops, clicks, keys and the table."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
)

from engine.imaging.codecs import image_files
from engine.upscaling.request import Target
from srcnn_gui.choices.size_dialog import SizeDialog
from srcnn_gui.pages.batch import view as batch_view
from srcnn_gui.pages.batch.state import Row
from srcnn_gui.pages.batch.table import BatchTable
from srcnn_gui.pages.batch.view import BatchPage
from srcnn_gui.ui import theme
from srcnn_gui.ui.controls import PercentSlider, ScaleOrSizeButtons
from tests.srcnn_gui.pages.compare.presenters import texture
from tests.srcnn_gui.widgets import combo_offering, named, pick


@pytest.fixture
def page(studio) -> BatchPage:
    batch_page = next(page for page in studio.window.pages if isinstance(page, BatchPage))
    studio.window.show_page(batch_page)
    return batch_page


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "Bilder ü"
    path.mkdir()
    for number in range(4):
        image_files.write(texture(20, 30), path / f"{number} 图.png")
    (path / "bad.png").write_bytes(b"bad")
    return path


def drop(widget, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, button, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(widget, QDragEnterEvent(QPoint(50, 50), action, data, button, keys))
    QApplication.sendEvent(widget, QDropEvent(QPointF(50, 50), action, data, button, keys))


def actions_of_page(menus, page):
    """Return the menu actions of a page. If `page` is None, return the actions that belong to no page."""
    for action in menus.actions():
        if action.menu() is not None:
            yield from actions_of_page(action.menu(), page)
        elif action.actionGroup() in (None, page.page_actions):
            yield action


class CountingRows(list):
    """List of rows that counts how often a row is formatted."""

    rows_formatted = 0

    @property
    def file_states(self):
        return [row.state for row in self]

    def __getitem__(self, index):
        self.rows_formatted += 1
        return super().__getitem__(index)


def cells(table):
    model = table.model()
    return [[model.index(row, column).data() or "" for column in range(6)] for row in range(model.rowCount())]


def test_a_dropped_folder_is_processed_after_a_click_and_the_table_follows(qtbot, studio, page, folder, tmp_path):
    drop(page, folder)
    qtbot.waitUntil(page.inspector.start.isEnabled, timeout=30_000)
    assert page.inspector.start.text() == "Upscale 5 Files"
    qtbot.waitUntil(lambda: cells(page.table)[0][2] == "30 × 20", timeout=10_000)
    qtbot.mouseClick(page.inspector.start, Qt.MouseButton.LeftButton)
    assert page.inspector.pause.isVisible()
    assert not page.inspector.start.isVisible()
    qtbot.waitUntil(lambda: not studio.batch.state.locked and studio.batch.state.counts.done == 4, timeout=60_000)
    texts = cells(page.table)
    assert [row[1] for row in texts] == ["0 图.png", "1 图.png", "2 图.png", "3 图.png", "bad.png"]
    assert [row[3] for row in texts] == ["Done"] * 4 + ["Failed"]
    assert texts[4][5] == ("The file isn't an image in a supported format. Use an image in PNG, JPEG, or TIFF format.")
    assert page.banner.isVisible()
    assert len(list((tmp_path / "Bilder ü-x3").iterdir())) == 4
    page.show_failed()
    assert [row[1] for row in cells(page.table)] == ["bad.png"]
    studio.batch.change_settings(template="{name} anew")
    qtbot.waitUntil(lambda: studio.batch.state.can_start, timeout=30_000)
    assert cells(page.table)[0][5] == "→ 0 图 anew.png"  # nothing has failed: all are shown


def test_the_menu_opens_a_folder_from_any_page_and_keys_work(qtbot, studio, page, folder, monkeypatch):
    studio.window.show_page(studio.compare)
    actions = {action.shortcut().toString(): action for action in actions_of_page(studio.window.menuBar(), page)}
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(folder))
    assert actions["Ctrl+Shift+U"].text() == "&Upscale Folder…"
    actions["Ctrl+Shift+U"].trigger()
    qtbot.waitUntil(lambda: page.isVisible() and page.inspector.start.isEnabled(), timeout=30_000)
    actions["Ctrl+Return"].trigger()
    assert studio.batch.state.running
    actions["P"].trigger()
    assert studio.batch.state.paused
    actions["Ctrl+."].trigger()
    assert not studio.batch.state.running
    qtbot.waitUntil(lambda: not studio.batch.state.locked, timeout=30_000)


def test_a_double_click_opens_the_file_in_compare(qtbot, studio, page, folder):
    drop(page, folder / "1 图.png")
    qtbot.waitUntil(lambda: page.table.model().rowCount() == 1, timeout=30_000)
    where = page.table.visualRect(page.table.model().index(0, 1)).center()
    qtbot.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    qtbot.mouseDClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert studio.compare.isVisible()
    qtbot.waitUntil(lambda: studio.presenter.state.name == "1 图.png", timeout=60_000)


def test_every_choice_has_a_name_and_reaches_the_presenter(qtbot, studio, page):
    inspector = page.inspector
    scale = next(button for button in inspector.findChildren(QToolButton) if button.text() == "×2")
    scale.click()
    next(box for box in inspector.findChildren(QCheckBox) if box.property("field") == "recursive").click()
    template = next(line for line in inspector.findChildren(QLineEdit) if "{name}" in line.text())
    template.setFocus()
    template.selectAll()
    qtbot.keyClicks(template, "{index:03}_{name}")
    pick(combo_offering(inspector, "skip"), "skip")
    settings = studio.batch.state.settings
    assert (settings.scale, settings.recursive, settings.if_exists) == (2, False, "skip")
    qtbot.waitUntil(lambda: studio.batch.state.settings.template == "{index:03}_{name}")
    fields = [*inspector.findChildren(QComboBox), *inspector.findChildren(QLineEdit)]
    assert len(fields) >= 8
    assert all(field.accessibleName() for field in fields)


def test_another_size_and_a_precision_are_chosen_in_the_panel(qtbot, studio, page, monkeypatch):
    def answer(dialog: SizeDialog) -> int:
        dialog.radio_buttons[2].click()
        dialog.height_px.setValue(700)
        return 1

    monkeypatch.setattr(SizeDialog, "exec", answer)
    inspector = page.inspector
    scales = inspector.findChild(ScaleOrSizeButtons)
    other = scales.other
    qtbot.mouseClick(other, Qt.MouseButton.LeftButton)
    assert (studio.batch.state.settings.height, other.text(), other.isChecked()) == (700, "700 px high", True)
    qtbot.mouseClick(scales.buttons[3], Qt.MouseButton.LeftButton)
    assert (studio.batch.state.settings.target, other.text(), other.isChecked()) == (None, "Other…", False)
    studio.batch.choose_size(Target(longest=1200))
    assert (studio.batch.state.settings.target, other.text()) == (Target(longest=1200), "Longest side 1200 px")
    dialog = SizeDialog(Target(longest=1200))
    assert dialog.target == Target(longest=1200)
    qtbot.mouseClick(scales.buttons[3], Qt.MouseButton.LeftButton)
    pick(combo_offering(inspector, "float32"), "float32")
    assert studio.batch.state.settings.precision == "float32"


def test_output_options_are_chosen_in_the_panel(qtbot, studio, page):
    inspector = page.inspector
    pick(combo_offering(inspector, 16), 16)
    pick(combo_offering(inspector, "white"), "white")
    inspector.findChild(QSpinBox).setValue(70)
    for field in ("seamless", "keep_time"):
        next(box for box in inspector.findChildren(QCheckBox) if box.property("field") == field).click()
    for title, percent in (("Cleanup", 30), ("Sharpness", 60)):
        slider = next(
            each.slider for each in inspector.findChildren(PercentSlider) if each.slider.accessibleName() == title
        )
        slider.setValue(percent)
    settings = studio.batch.state.settings
    assert (settings.bits, settings.background, settings.quality) == (16, "white", 70)
    assert (settings.seamless, settings.keep_time) == (True, False)
    assert (settings.strength, settings.sharpness) == (30, 60)


def test_page_fits_the_smallest_window(qtbot, studio, page):
    studio.window.resize(960, 600)
    page.set_compact(True)
    qtbot.waitUntil(lambda: page.minimumSizeHint().width() <= 960 - 56)
    assert page.table.isColumnHidden(2)


def test_a_row_shows_its_state_by_color_icon_and_text(qtbot, qapp):
    theme.apply(qapp, Qt.ColorScheme.Dark)
    table = BatchTable()
    qtbot.addWidget(table)
    table.resize(900, 300)
    rows = [Row("a.png", "failed", "Failed", "", "Damaged."), Row("b.png", "done", "Done", "1.00 s", "x")]
    table.rows.show_rows(CountingRows(rows), same_files=False)
    table.show()
    qtbot.waitExposed(table)
    drawn = table.viewport().grab().toImage()

    def colors(row, column):
        rect = table.visualRect(table.model().index(row, column))
        return {
            drawn.pixelColor(x, y).name()
            for x in range(rect.left(), rect.right())
            for y in (rect.top() + 10, *range(rect.top() + 14, rect.top() + 32))
        }

    assert theme.DARK.bad.lower() in colors(0, 3)
    assert theme.DARK.good.lower() in colors(1, 3)
    assert theme.DARK.bad.lower() not in colors(1, 5)
    assert theme.DARK.surface.lower() in colors(0, 0)


def test_thumbnails_are_loaded_only_for_visible_rows(qtbot):
    table = BatchTable()
    qtbot.addWidget(table)
    table.resize(900, 300)
    table.show()
    qtbot.waitExposed(table)
    rows = CountingRows([Row(f"{number:06}.png", "queued", "Queued") for number in range(100_000)])
    with qtbot.waitSignal(table.thumbnails_requested) as signal:
        table.rows.show_rows(rows, same_files=False)
    assert signal.args[0] == list(range(len(signal.args[0])))
    assert len(signal.args[0]) < 10
    with qtbot.waitSignal(table.thumbnails_requested) as signal:
        table.scrollToBottom()
    assert signal.args[0][-1] == 99_999
    assert rows.rows_formatted < 200  # nor put into words


def test_a_filter_follows_the_states_of_the_rows(qtbot):
    table = BatchTable()
    qtbot.addWidget(table)
    rows = CountingRows([Row(f"{number}.png", "queued", "Queued") for number in range(1000)])
    table.rows.show_rows(rows, same_files=False)

    def settle(number, kind):
        rows[number] = Row(f"{number}.png", kind, kind.title())
        table.rows.update_row(number)

    table.show_only(("done",))
    for number in (500, 20, 700):
        settle(number, "done")
    assert [row[1] for row in cells(table)] == ["20.png", "500.png", "700.png"]
    settle(500, "failed")
    settle(300, "failed")
    assert [row[1] for row in cells(table)] == ["20.png", "700.png"]
    table.selectRow(1)
    assert table.selected() == 700
    table.show_only(())
    assert table.model().rowCount() == 1000


def test_the_focus_moves_from_hidden_to_shown_buttons(qtbot, studio, page, folder):
    drop(page, folder)
    qtbot.waitUntil(lambda: studio.batch.state.can_start, timeout=30_000)
    page.inspector.start.setFocus()
    assert studio.window.focusWidget() is page.inspector.start
    page.inspector.display(replace(studio.batch.state, running=True))
    assert studio.window.focusWidget() is page.inspector.pause
    page.inspector.display(studio.batch.state)
    assert studio.window.focusWidget() is page.inspector.start
    page.inspector.display(replace(studio.batch.state, running=True))
    page.inspector.display(replace(studio.batch.state, can_start=False))
    assert studio.window.focusWidget() in (None, page.inspector.start), "and never something far away"


def test_a_click_opens_the_output_folder(qtbot, studio, page, folder, monkeypatch):
    texts = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: texts.append(url.toLocalFile()))
    drop(page, folder)
    qtbot.waitUntil(lambda: studio.batch.state.can_start, timeout=30_000)
    assert not page._open.isEnabled()
    qtbot.mouseClick(page.inspector.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: studio.batch.state.counts.done > 0 and not studio.batch.state.locked, timeout=60_000)
    qtbot.mouseClick(page._open, Qt.MouseButton.LeftButton)
    assert texts == [studio.batch.state.output]


def test_the_list_is_cleared_and_restored(qtbot, studio, page, folder):
    drop(page, folder)
    qtbot.waitUntil(lambda: studio.batch.state.counts.total == 5, timeout=10_000)
    clear = named(page, QPushButton, "Clear List")
    assert clear.text() == "Clear"
    qtbot.mouseClick(clear, Qt.MouseButton.LeftButton)
    assert studio.batch.state.counts.total == 0
    undo = next(button for button in page.notice.findChildren(QPushButton) if button.text() == "Undo")
    qtbot.mouseClick(undo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: studio.batch.state.counts.total == 5, timeout=10_000)
    assert not page.notice.isVisible()


@pytest.mark.parametrize("confirmed", [True, False])
def test_closing_the_window_during_a_batch_asks_for_confirmation(studio, page, monkeypatch, confirmed):
    questions = []
    monkeypatch.setattr(batch_view, "ask_to_confirm", lambda *texts: questions.append(texts) or confirmed)
    assert page.can_close()
    assert questions == []
    page.display(replace(studio.batch.state, running=True))
    assert page.can_close() is confirmed
    assert len(questions) == 1
    page.display(studio.batch.state)
