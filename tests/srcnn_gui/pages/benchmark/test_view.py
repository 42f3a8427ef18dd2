"""The Benchmark page in the full window with threads, and its tables."""

import csv
import functools
import http.server
import json
import shutil
import threading

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QFileDialog

from engine.evaluation import published
from engine.system import paths
from srcnn_gui.app import Studio
from srcnn_gui.pages.benchmark.state import BICUBIC, SET5, BenchmarkSettings, Cell, ColumnGroup, Table, TableRow
from srcnn_gui.pages.benchmark.table import ScoreTable
from srcnn_gui.runtime import settings_store
from srcnn_gui.ui import theme
from tests.srcnn_gui.pages.benchmark import fakes as benchmarking
from tests.srcnn_gui.pages.train import fakes as training

CLICK = Qt.MouseButton.LeftButton
BENCHMARK = 3  # the page's place on the rail


def window(qtbot, qapp, tmp_path, settings):
    """Open a window that shows the Benchmark page."""
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    settings_store.save(store, "benchmark", settings)
    studio = Studio(qapp, store)
    qtbot.addWidget(studio.window)
    studio.show([])
    qtbot.waitExposed(studio.window)
    studio.window.show_page(BENCHMARK)
    return studio


@pytest.fixture
def studio(qtbot, qapp, monkeypatch, tmp_path):
    """Return a window with a test set of two small images, and with two small models."""
    with training.one_thread():
        studio = window(qtbot, qapp, tmp_path, benchmarking.prepare(monkeypatch, tmp_path))
        yield studio
        studio.close()


@pytest.fixture
def page(studio):
    return studio.window.pages[BENCHMARK]


def cells(table, row):
    """Return the displayed cells of a row."""
    model = table.model
    return [model.index(row, column).data() for column in range(model.columnCount())]


def run(qtbot, studio, page):
    """Click Run and wait until the run ends."""
    qtbot.mouseClick(page.inspector.run, CLICK)
    assert studio.benchmark.state.locked
    qtbot.waitUntil(lambda: not studio.benchmark.state.locked, timeout=120_000)


def test_a_click_runs_the_benchmark_and_another_shows_the_images_of_a_row(qtbot, studio, page):
    qtbot.waitUntil(lambda: page.images.model.rowCount() == 3)
    assert page.strip.isVisible()
    run(qtbot, studio, page)
    two, _three = studio.benchmark.evaluations()
    assert cells(page.means, 0)[3] == f"{two.mean_model.psnr_db:.2f}"
    view = page.means.view
    qtbot.mouseClick(view.viewport(), CLICK, pos=view.visualRect(page.means.model.index(0, 1)).center())
    assert studio.benchmark.state.selected_row == 0
    assert cells(page.images, 0)[0] == f"{two.images[0].bicubic.psnr_db:.2f}"
    rows = view.verticalHeader()
    second = QPoint(20, rows.sectionViewportPosition(1) + 10)
    qtbot.mouseClick(rows.viewport(), CLICK, pos=second)
    assert studio.benchmark.state.selected_row == 1, "a row's name is as good as its figures"
    assert page.inspector.run.isVisible()
    assert not page.inspector.stop.isVisible()


def test_stop_replaces_run_and_has_the_focus(qtbot, studio, page):
    page.inspector.run.setFocus()
    qtbot.mouseClick(page.inspector.run, CLICK)
    assert page.inspector.stop.isVisible()
    assert studio.window.focusWidget() is page.inspector.stop
    assert not page.inspector.test_sets.isEnabled()
    qtbot.mouseClick(page.inspector.stop, CLICK)
    qtbot.waitUntil(lambda: not studio.benchmark.state.locked, timeout=60_000)
    assert studio.window.focusWidget() is page.inspector.run


def test_check_boxes_and_segments_change_the_settings(qtbot, studio, page):
    qtbot.mouseClick(page.inspector.scales.buttons[2], CLICK)
    assert studio.benchmark.state.scales == (3,)
    qtbot.mouseClick(page.inspector.scales.buttons[4], CLICK)
    assert studio.benchmark.state.scales == (3, 4)
    key = studio.benchmark.state.models[-1].key
    box = page.inspector.models.boxes[key]
    qtbot.mouseClick(box, CLICK, pos=QPoint(9, box.height() // 2))
    assert not box.isChecked()
    assert key not in studio.benchmark.state.settings.models


def test_the_tables_are_exported_and_copied(qtbot, studio, page, monkeypatch, tmp_path):
    run(qtbot, studio, page)
    target = tmp_path / "table"
    answer = lambda *_asked: (str(target), "Markdown (*.md)")  # noqa: E731
    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    page.strip.export.menu().actions()[1].trigger()
    qtbot.waitUntil(target.with_suffix(".md").is_file)
    qtbot.mouseClick(page.strip.copy, CLICK)
    assert QGuiApplication.clipboard().text() == target.with_suffix(".md").read_text(encoding="utf-8")


def test_a_dropped_folder_becomes_a_test_set(qtbot, studio, page, tmp_path):
    folder = training.make_images(tmp_path / "dropped", count=1)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    middle = QPointF(page.rect().center())
    keys = Qt.KeyboardModifier.NoModifier
    page.dropEvent(QDropEvent(middle, Qt.DropAction.CopyAction, data, CLICK, keys))
    qtbot.waitUntil(lambda: page.images.model.rowCount() == 2)
    assert studio.benchmark.state.settings.folder == str(folder)
    assert "dropped" in page.inspector.test_sets.boxes["folder"].text()


def test_a_new_page_shows_an_explanation_and_offers_the_download(qtbot, qapp, monkeypatch, tmp_path):
    benchmarking.prepare(monkeypatch, tmp_path)
    studio = window(qtbot, qapp, tmp_path, BenchmarkSettings())
    page = studio.window.pages[BENCHMARK]
    assert page.empty_state.isVisible()
    assert not page.strip.isVisible()
    assert page.empty_state.fetch.text() == "Download (11.9 MB)"
    assert not page.inspector.run.isEnabled()
    studio.close()


def test_missing_sets_are_downloaded(qtbot, studio, page, data_folder):
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    handler = functools.partial(quiet, directory=str(data_folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        studio.train.dataset.change_setting("mirror", f"http://127.0.0.1:{server.server_port}")
        studio.benchmark.change_settings(test_sets=SET5)
        assert page.empty_state.fetch.isVisible()
        qtbot.mouseClick(page.empty_state.fetch, CLICK)
        qtbot.waitUntil(lambda: page.images.model.rowCount() == 6, timeout=60_000)
        assert not page.empty_state.isVisible()
        assert studio.benchmark.state.can_run
        assert (paths.data_folder() / "Set5" / "baby_GT.bmp").is_file()
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


def test_the_official_models_reproduce_the_published_scores(qtbot, qapp, monkeypatch, tmp_path, data_folder):
    """Run the real Set5 at x3 with mouse clicks.

    The reference scores come from a separate NumPy implementation.
    """
    if not (data_folder / "official_weights").is_dir():
        pytest.skip(f"{data_folder} has no official weights.")
    benchmarking.prepare(monkeypatch, tmp_path, shipped=True)
    for name in ("Set5", "official_weights"):
        shutil.copytree(data_folder / name, paths.data_folder() / name)
    network = published.DEFAULT_NETWORK
    settings = BenchmarkSettings(
        test_sets=SET5, scales="3", models=f"{BICUBIC}\n{network}\nbuilt-in:srcnn-9-1-5", device="cpu"
    )
    studio = window(qtbot, qapp, tmp_path, settings)
    page = studio.window.pages[BENCHMARK]
    qtbot.waitUntil(lambda: page.images.model.rowCount() == 6)
    run(qtbot, studio, page)
    bicubic, theirs = ["30.39", "30.39", "0.00"], ["32.39", "32.39", "0.00"]
    assert cells(page.means, 0)[:6] == [*bicubic, *theirs]
    ours = float(cells(page.means, 0)[6])
    assert ours > 32.6
    assert cells(page.means, 0)[7] == f"+{ours - 32.39:.2f}"
    assert studio.benchmark.state.verdict.title == "The official models match the published scores"
    expected = json.loads((data_folder / "reference_numbers.json").read_text())["Set5"]["x3"][network]
    written = tmp_path / "table.csv"
    studio.benchmark.export_tables(written)
    qtbot.waitUntil(written.is_file)
    csv_rows = list(csv.DictReader(written.read_text(encoding="utf-8-sig").splitlines()))
    rows_by_title = dict(zip([line.title for line in studio.benchmark.state.image_table.rows], range(6), strict=True))
    official_rows = [row for row in csv_rows if row["method"] == f"{network}/x3" and row["image"] != "mean"]
    assert len(official_rows) == 5
    for row in official_rows:
        assert float(row["psnr"]) == pytest.approx(expected[row["image"]][0], abs=0.01)
        stem = row["image"].removesuffix("_GT.bmp")
        assert cells(page.images, rows_by_title[stem])[2] == f"{float(row['psnr']):.2f}", "screen and file agree"
    studio.close()


def table(columns=3, rows=4):
    groups = tuple(ColumnGroup(f"Method {n}", "bicubic", ("Paper", "Result", "Diff.")) for n in range(columns))
    line = tuple(Cell("30.39", "good" if n % 3 == 2 else "") for n in range(3 * columns))
    return Table("Means", "PSNR in dB", groups, tuple(TableRow(f"Set {n}", line) for n in range(rows)))


def test_columns_share_the_width_or_scroll(qtbot):
    card = ScoreTable("scores", choosable=True)
    qtbot.addWidget(card)
    card.resize(900, 300)
    card.display(table(), row=1)
    card.show()
    qtbot.waitExposed(card)
    view = card.view
    widths = [view.columnWidth(column) for column in range(9)]
    assert abs(sum(widths) - view.viewport().width()) <= 1
    assert view.horizontalScrollBar().maximum() == 0
    assert view.selectionModel().isRowSelected(1)
    assert view.verticalHeader().isVisible()
    card.resize(420, 300)
    qtbot.waitUntil(lambda: view.horizontalScrollBar().maximum() > 0)
    view.horizontalScrollBar().setValue(view.horizontalScrollBar().maximum())
    assert view.verticalHeader().isVisible()
    assert view.verticalHeader().width() == card.findChild(type(card._corner)).width()
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.selectionModel().isRowSelected(2)


def test_a_difference_has_a_color_and_a_tooltip(qtbot):
    card = ScoreTable("scores", choosable=False)
    qtbot.addWidget(card)
    card.resize(900, 300)
    card.display(table())
    card.show()
    qtbot.waitExposed(card)
    index = card.model.index(0, 2)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Set 0, Method 0, Diff.: 30.39"
    image = card.view.viewport().grab(card.view.visualRect(index)).toImage()
    good = QColor(theme.current().good)
    colors = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    distances = (
        max(abs(color.red() - good.red()), abs(color.green() - good.green()), abs(color.blue() - good.blue()))
        for color in colors
    )
    assert min(distances) <= 4, "no pixel of a digit has the color, apart from antialiasing"


def test_the_page_fits_into_a_narrow_window(qtbot, studio, page):
    studio.window.resize(960, 600)
    qtbot.waitUntil(lambda: page.inspector.width() == 256)
    assert page.minimumSizeHint().width() <= 960 - studio.window.rail.width()
    assert page.minimumSizeHint().height() <= 600 - 26 - studio.window.menuBar().height()
    assert page.strip.copy.isVisible()
    assert (page.strip.copy.text(), page.strip.copy.toolTip()) == ("", "Copy Tables")


def test_degradation_is_chosen_in_the_panel(studio, page):
    panel = page.inspector
    for combo, quality in ((panel.jpeg_quality, 75), (panel.noise, 5)):
        index = combo.findData(quality)
        combo.setCurrentIndex(index)
        combo.activated.emit(index)
    settings = studio.benchmark.state.settings
    assert (settings.jpeg_quality, settings.noise) == (75, 5)
    assert [panel.jpeg_quality.itemText(index) for index in range(3)] == ["None", "95", "90"]
    studio.benchmark.change_settings(jpeg_quality=82, noise=0)
    assert (panel.jpeg_quality.currentText(), panel.noise.currentText()) == ("82", "None")
