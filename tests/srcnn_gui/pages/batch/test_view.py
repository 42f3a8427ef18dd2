"""The Batch page in the full window with threads: drops, clicks, keys and the table."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QItemSelectionModel, QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
)

from engine.imaging.codecs import image_files
from engine.upscaling.request import Target
from srcnn_gui.choices.size_dialog import SizeDialog
from srcnn_gui.pages.batch import actions as batch_actions
from srcnn_gui.pages.batch import view as batch_view
from srcnn_gui.pages.batch.saved_batch import LastBatch
from srcnn_gui.pages.batch.state import Row
from srcnn_gui.pages.batch.table import BatchTable, fit_sentences
from srcnn_gui.pages.batch.view import BatchPage
from srcnn_gui.runtime import settings_store
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
    for field in ("seamless", "keep_time", "watch"):
        next(box for box in inspector.findChildren(QCheckBox) if box.property("field") == field).click()
    for title, percent in (("Cleanup", 30), ("Sharpness", 60)):
        slider = next(
            each.slider for each in inspector.findChildren(PercentSlider) if each.slider.accessibleName() == title
        )
        slider.setValue(percent)
    settings = studio.batch.state.settings
    assert (settings.bits, settings.background, settings.quality) == (16, "white", 70)
    assert (settings.seamless, settings.keep_time, settings.watch) == (True, False, True)
    assert inspector.start.text() == "Start Watching"
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


REASON = "Part of the image data is missing. Use another copy of the file."


def test_a_reason_is_shortened_by_whole_sentences_and_keeps_its_end(qtbot):
    table = BatchTable()
    qtbot.addWidget(table)
    metrics = table.fontMetrics()
    width, height = metrics.horizontalAdvance(REASON), metrics.lineSpacing()
    assert fit_sentences(REASON, metrics, QRect(0, 0, width + 20, height)) == REASON
    assert fit_sentences(REASON, metrics, QRect(0, 0, width * 2 // 3, height)) == "Part of the image data is missing."
    shortened = fit_sentences(REASON, metrics, QRect(0, 0, width // 3, height))
    assert shortened.startswith("Part")
    assert shortened.endswith("missing.")
    chinese = "图像数据不完整。请使用该文件的其他副本。"
    width = metrics.horizontalAdvance("图像数据不完整。")
    assert fit_sentences(chinese, metrics, QRect(0, 0, width + 20, height)) == "图像数据不完整。"


def test_the_details_show_the_whole_text_of_the_selected_row(qtbot, studio, page, folder):
    drop(page, folder)
    qtbot.waitUntil(lambda: studio.batch.state.can_start, timeout=30_000)
    assert not page.details.isVisible()
    page.table.selectRow(4)
    assert page.details.isVisible()
    studio.batch.start()
    qtbot.waitUntil(lambda: studio.batch.state.counts.failed == 1 and not studio.batch.state.locked, timeout=60_000)
    texts = [part.text() for part in page.details.findChildren(QLabel)]
    assert texts[1:] == ["Failed", "bad.png", cells(page.table)[4][5]]
    qtbot.mouseClick(named(page, QToolButton, "Close Details"), Qt.MouseButton.LeftButton)
    assert not page.details.isVisible()
    assert page.table.selected() is None


def test_delete_removes_the_selected_rows_and_selects_the_next(qtbot, studio, page, folder):
    drop(page, folder)
    qtbot.waitUntil(lambda: studio.batch.state.can_start, timeout=30_000)
    actions = {action.shortcut().toString(): action for action in actions_of_page(studio.window.menuBar(), page)}
    assert not actions["Del"].isEnabled()
    page.table.selectRow(1)
    page.table.selectionModel().select(
        page.table.model().index(2, 0),
        QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows,
    )
    actions["Del"].trigger()
    qtbot.waitUntil(lambda: studio.batch.state.can_start, timeout=30_000)
    assert [row[1] for row in cells(page.table)] == ["0 图.png", "3 图.png", "bad.png"]
    assert page.table.selected_files() == [1]


@pytest.mark.parametrize(("answer", "count"), [(0, 5), (1, 1), (None, 4)])
def test_upscale_folder_asks_whether_to_keep_the_list(
    qtbot, studio, page, folder, monkeypatch, tmp_path, answer, count
):
    other = tmp_path / "other"
    other.mkdir()
    image_files.write(texture(20, 30), other / "new.png")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(other))
    monkeypatch.setattr(batch_actions, "ask_to_choose", lambda *_args: answer)
    studio.batch.add([folder / f"{number} 图.png" for number in range(4)])
    qtbot.waitUntil(lambda: studio.batch.state.can_start, timeout=30_000)
    actions = {action.shortcut().toString(): action for action in actions_of_page(studio.window.menuBar(), page)}
    actions["Ctrl+Shift+U"].trigger()
    qtbot.waitUntil(lambda: studio.batch.state.can_start, timeout=30_000)
    assert page.table.rows.rowCount() == count


def test_an_interrupted_batch_is_saved_and_offered_on_the_page(qtbot, studio, page, folder):
    drop(page, folder)
    qtbot.waitUntil(lambda: studio.batch.state.can_start, timeout=30_000)
    studio.batch.start()
    studio.batch.cancel()
    qtbot.waitUntil(lambda: not studio.batch.state.locked, timeout=30_000)
    last = settings_store.load(studio._store, "last_batch", LastBatch)
    studio.batch.clear()
    assert settings_store.load(studio._store, "last_batch", LastBatch) == LastBatch()
    studio.window.show_page(studio.compare)
    studio.batch.offer_to_resume(last)
    qtbot.waitUntil(page.isVisible, timeout=30_000)
    assert "of 5 files are done" in page.notice.accessibleName()
    qtbot.mouseClick(named(page.notice, QPushButton, "Resume"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: studio.batch.state.counts.failed == 1 and not studio.batch.state.locked, timeout=60_000)


def test_rows_are_moved_by_drag_and_by_key(qtbot, studio, page, folder):
    drop(page, folder)
    qtbot.waitUntil(lambda: studio.batch.state.can_start, timeout=30_000)
    page.table.selectRow(4)
    page.table.move_requested.emit([4], 1)
    assert [row[1][0] for row in cells(page.table)] == ["0", "b", "1", "2", "3"]
    assert page.table.selected_files() == [1]
    actions = {action.shortcut().toString(): action for action in actions_of_page(studio.window.menuBar(), page)}
    actions["Alt+Down"].trigger()
    actions["Alt+Down"].trigger()
    assert [row[1][0] for row in cells(page.table)] == ["0", "1", "2", "b", "3"]
    actions["Alt+Up"].trigger()
    assert [row[1][0] for row in cells(page.table)] == ["0", "1", "b", "2", "3"]
    assert page.table.selected_files() == [2]
    page.table.show_only(("queued",))
    page.table.selectRow(0)
    assert not actions["Alt+Down"].isEnabled(), "the order is unclear while a filter hides files"
