"""The Train page in the full window with threads, and its widgets."""

import functools
import http.server
import shutil
import threading
from time import perf_counter

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt, QTimer
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QFileDialog,
    QMessageBox,
    QToolButton,
    QWidget,
)

from engine.imaging.codecs import image_files
from engine.models import catalog
from engine.models.weights import load_network
from engine.system import paths
from engine.training import runs
from engine.training.events import Snapshot
from srcnn_gui.app import Studio
from srcnn_gui.choices import file_filters
from srcnn_gui.pages.train.curve_card import CurveCard
from srcnn_gui.pages.train.filters_grid import FiltersGrid, filter_images
from srcnn_gui.pages.train.preview_region import PreviewRegionDialog
from srcnn_gui.pages.train.state import Curves, PreviousRun, TrainSettings
from srcnn_gui.runtime import settings_store
from srcnn_gui.ui import theme
from tests.srcnn_gui.pages.benchmark.fakes import make_model
from tests.srcnn_gui.pages.compare.presenters import texture
from tests.srcnn_gui.pages.train import fakes
from tests.srcnn_gui.widgets import named, theme_action

CLICK = Qt.MouseButton.LeftButton


@pytest.fixture
def store(monkeypatch, tmp_path):
    """Return settings for a small model and small images, with a run that continues until it is stopped."""
    with fakes.one_thread():
        settings = fakes.prepare(monkeypatch, tmp_path)
        store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
        settings_store.save(store, "train", TrainSettings(**{**settings.__dict__, "minutes": 0.0}))
        yield store


def reply(monkeypatch, role):
    """Make the confirmation dialog of the window return the button with a role."""
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: None)

    def clicked(box):
        return next(button for button in box.buttons() if box.buttonRole(button) == role)

    monkeypatch.setattr(QMessageBox, "clickedButton", clicked)


@pytest.fixture
def studio(qtbot, qapp, store, monkeypatch):
    reply(monkeypatch, QMessageBox.ButtonRole.AcceptRole)  # windows are closed after a test, whatever runs in them
    studio = Studio(qapp, store)
    qtbot.addWidget(studio.window)
    studio.show([])
    qtbot.waitExposed(studio.window)
    yield studio
    studio.close()


@pytest.fixture
def body(qtbot, studio):
    """Return the body of the Train page, which is built when the page is shown."""
    studio.window.show_page(2)
    wait(qtbot, lambda: studio.window.pages[2].body is not None)
    return studio.window.pages[2].body


def wait(qtbot, until):
    qtbot.waitUntil(until, timeout=60_000)


def start(qtbot, studio, body):
    """Click Start, and wait until there is a checkpoint."""
    qtbot.mouseClick(body.inspector.start, CLICK)
    wait(qtbot, body.inspector.stop.isEnabled)


def test_a_model_trained_with_mouse_clicks_is_used_on_the_compare_page(qtbot, studio, body):
    start(qtbot, studio, body)
    assert not body.inspector.start.isVisible()
    qtbot.mouseClick(body.inspector.stop, CLICK)
    wait(qtbot, body.strip.try_it.isVisible)
    qtbot.mouseClick(body.strip.try_it, CLICK)
    assert studio.window.pages[0].isVisible()
    settings = studio.presenter.state.model
    assert catalog.read_model(paths.models_folder() / f"{settings.name}.safetensors").record["trained_on"]
    assert studio.presenter.state.scale == 2
    studio.batch.change_settings(scale=2)
    assert settings.name in [choice.name for choice in studio.batch.state.models], "it is in every menu"


def test_pausing_stops_the_steps_and_resuming_continues(qtbot, studio, body):
    start(qtbot, studio, body)
    qtbot.mouseClick(body.inspector.pause, CLICK)
    before = None
    for _half_a_second in range(60):  # however long the step in work takes, which may still be told
        if before == (before := studio.train.state.curves):
            break
        qtbot.wait(500)
    assert studio.train.state.curves == before
    assert studio.train.state.phase == "paused"
    qtbot.mouseClick(body.inspector.pause, CLICK)
    wait(qtbot, lambda: studio.train.state.curves != before)


def test_the_window_stays_responsive_during_training(qtbot, studio, body):
    start(qtbot, studio, body)
    late, last = [], [perf_counter()]

    def tick():
        now = perf_counter()
        late.append(now - last[0])
        last[0] = now

    timer = QTimer()
    timer.timeout.connect(tick)
    timer.start(5)
    checks = len(studio.train.state.curves.psnr)
    wait(qtbot, lambda: len(studio.train.state.curves.psnr) > checks + 3)
    timer.stop()
    assert sum(gap for gap in late if gap > 0.25) < sum(late) / 2, "though others may be at work on this machine"


def test_closing_asks_for_confirmation_and_the_run_resumes_at_the_next_start(
    qtbot, qapp, studio, body, store, monkeypatch
):
    start(qtbot, studio, body)
    reply(monkeypatch, QMessageBox.ButtonRole.RejectRole)
    assert not studio.window.close()
    assert studio.train.state.is_active
    reply(monkeypatch, QMessageBox.ButtonRole.AcceptRole)
    assert studio.window.close()
    (left,) = runs.list_runs()
    assert left.is_unfinished
    again = Studio(qapp, store)
    qtbot.addWidget(again.window)
    again.show([])
    page = again.window.pages[2]
    wait(qtbot, lambda: page.isVisible() and page.body is not None)  # it comes to the front by itself
    assert left.name in page.body.interrupted.accessibleName()
    before = left.curve[-1][0]
    qtbot.mouseClick(page.body.interrupted.resume, CLICK)
    wait(qtbot, lambda: again.train.state.curves.psnr and again.train.state.curves.psnr[-1][0] > before)
    again_shown = dict(again.train.state.curves.psnr)
    assert [again_shown[step] for step, _ in left.curve] == pytest.approx([psnr for _, psnr in left.curve], abs=1e-4)
    again.close()


def test_save_model_button_saves_after_a_failure(qtbot, studio, body):
    models_folder = paths.models_folder()
    models_folder.parent.mkdir(parents=True, exist_ok=True)
    models_folder.write_text("a file in place of the folder")
    studio.train.start()
    wait(qtbot, lambda: studio.train.state.can_stop)
    studio.train.stop()
    wait(qtbot, lambda: "not saved yet" in studio.train.state.interrupted)
    banner = body.interrupted
    assert str(paths.runs_folder()) in studio.train.state.notice
    assert not banner.resume.isVisible()
    assert banner.keep.text() == "Save Model"
    models_folder.unlink()
    qtbot.mouseClick(banner.keep, CLICK)
    wait(qtbot, lambda: studio.train.state.outcome is not None)
    assert not banner.isVisible()
    assert [path.stem for path in models_folder.iterdir()] == [studio.train.state.outcome.name]


def test_pyqtgraph_is_not_imported_before_the_page_is_shown(studio):
    assert studio.window.pages[2].body is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_into_960_by_600_and_every_control_has_a_name(qtbot, studio, body, scheme):
    theme_action(studio.window, scheme).trigger()
    named(body.inspector, QToolButton, "Advanced").setChecked(True)
    studio.window.resize(960, 600)
    qtbot.waitUntil(lambda: studio.window.width() == 960)
    rail, bars = studio.window.rail.width(), studio.window.menuBar().height() + studio.window.statusBar().height()
    page = studio.window.pages[2]
    qtbot.waitUntil(lambda: page.minimumSizeHint().width() <= 960 - rail)  # once the cards have been laid out anew
    qtbot.waitUntil(lambda: page.minimumSizeHint().height() <= 600 - bars)
    fields = [*body.findChildren(QComboBox), *body.findChildren(QAbstractSpinBox)]
    buttons = [button for button in body.findChildren(QAbstractButton) if not button.text()]
    nameless = [part for part in (*fields, *buttons) if not part.accessibleName() and part.isVisibleTo(body)]
    assert not [part for part in nameless if not part.objectName().startswith("qt_")]


def test_a_click_in_a_validation_image_moves_the_preview_there(qtbot, studio, body, tmp_path, monkeypatch):
    """The preview is centered on the click, but stays inside the image."""
    for number, path in enumerate((tmp_path / "images").iterdir()):
        image_files.write(texture(170, 200 + number), path)  # larger than the preview
    snapshots, show = [], body.show_snapshot
    monkeypatch.setattr(body, "show_snapshot", lambda snapshot: (snapshots.append(snapshot), show(snapshot)))
    start(qtbot, studio, body)
    other = body.preview.findChild(QToolButton)
    qtbot.mouseClick(other, CLICK)
    wait(qtbot, lambda: body.findChild(PreviewRegionDialog) is not None)
    dialog = body.findChild(PreviewRegionDialog)
    wait(qtbot, dialog.isVisible)
    wait(qtbot, lambda: bool(snapshots) and snapshots[-1] is not None)
    assert max(snapshots[-1].preview.region[:2]) > 0
    image = named(dialog, QWidget, snapshots[-1].preview.name)
    image.setFocus()  # its ring is in both images
    before = image.grab().toImage()
    qtbot.mouseClick(image, CLICK, pos=QPoint(3, 3))
    wait(qtbot, lambda: snapshots[-1].preview.region[:2] == (0, 0))
    assert image.grab().toImage() != before
    qtbot.mouseClick(body.inspector.stop, CLICK)
    wait(qtbot, lambda: not dialog.isVisible())
    assert not other.isVisible()


def test_a_custom_length_is_typed_into_the_page(qtbot, studio, body):
    length = body.inspector.length
    length.unit.activated.emit(length.unit.findData("steps"))
    assert length.number.decimals() == 0
    length.number.setValue(40)
    assert (studio.train.state.settings.unit, studio.train.state.settings.steps) == ("steps", 40)
    qtbot.mouseClick(body.inspector.start, CLICK)
    wait(qtbot, body.strip.try_it.isVisible)
    assert studio.train.state.curves.losses[-1][0] == 40


@pytest.mark.parametrize("size", [(960, 600), (1280, 800)], ids=["narrow", "wide"])
def test_an_exported_model_is_read_back(qtbot, studio, body, tmp_path, monkeypatch, size):
    studio.window.resize(*size)
    qtbot.waitUntil(lambda: studio.window.width() == size[0])
    start(qtbot, studio, body)
    qtbot.mouseClick(body.inspector.stop, CLICK)
    wait(qtbot, body.strip.export.isVisible)
    target = tmp_path / "größer x2.mat"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(target), ""))
    qtbot.mouseClick(body.strip.export, CLICK)
    wait(qtbot, target.exists)
    assert load_network(target).info.label == "3-1-3"


@pytest.mark.parametrize("answer", [True, False])
def test_export_for_ncnn_asks_before_overwriting_weights(qtbot, studio, body, tmp_path, monkeypatch, answer):
    start(qtbot, studio, body)
    qtbot.mouseClick(body.inspector.stop, CLICK)
    wait(qtbot, body.strip.export.isVisible)
    (tmp_path / "x2.bin").write_bytes(b"other")
    questions = []
    monkeypatch.setattr(file_filters, "ask_to_confirm", lambda *texts: questions.append(texts[2]) or answer)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(tmp_path / "x2"), "ncnn (*.param)"))
    qtbot.mouseClick(body.strip.export, CLICK)
    assert questions == ["x2.bin already exists. Overwrite it?"]
    if answer:
        wait(qtbot, (tmp_path / "x2.param").exists)
        assert load_network(tmp_path / "x2.param", 2).info.label == "3-1-3"
    else:
        assert [file.name for file in tmp_path.glob("x2*")] == ["x2.bin"]
        assert (tmp_path / "x2.bin").read_bytes() == b"other"


def test_the_91_images_are_downloaded_and_can_be_trained_on(qtbot, studio, body, data_folder, tmp_path):
    shutil.copytree(data_folder / "T91", tmp_path / "mirror" / "T91")
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    handler = functools.partial(quiet, directory=str(tmp_path / "mirror"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        studio.train.dataset.change_setting("mirror", f"http://127.0.0.1:{server.server_port}")
        studio.train.dataset.choose_source("t91")
        qtbot.mouseClick(body.inspector.fetch, CLICK)
        wait(qtbot, body.inspector.start.isEnabled)
        wait(qtbot, lambda: dict(studio.train.state.training_set_rows).get("Patches", "") > "20,")
        assert not body.inspector.fetch.isVisible()
    finally:
        server.shutdown()
        server.server_close()
        serving.join()
    start(qtbot, studio, body)


def test_the_filters_are_sorted_and_each_is_scaled_by_its_own_maximum(qtbot):
    filters = np.zeros((3, 3, 3), np.float32)
    filters[0, 1, 1], filters[1, 0, 0], filters[2, 2, 2] = 0.1, -2.0, 1.0
    first, second, third = filter_images(filters)
    assert (first[0, 0], first[1, 1]) == (0, 128)
    assert (second[2, 2], third[1, 1]) == (255, 255)
    grid = FiltersGrid()
    qtbot.addWidget(grid)
    grid.resize(300, 300)
    grid.show_filters(filters)
    assert grid.grab().toImage().pixelColor(QPoint(12, 12)) == QColor(0, 0, 0)


@pytest.fixture
def card(qtbot):
    card = CurveCard("PSNR", "model", decimals=2)
    qtbot.addWidget(card)
    card.resize(600, 400)
    card.add_plot()
    card.show()
    qtbot.waitExposed(card)
    return card


def colors(widget) -> set[str]:
    image = widget.grab().toImage()
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(0, image.height(), 2)}


def test_a_curve_is_drawn_in_its_color_over_the_bicubic_line(card):
    tokens = theme.current()
    assert tokens.model.lower() not in colors(card.plot)
    card.show_curve(((0, 28.8), (100, 29.5)), 29.0)
    assert {tokens.model.lower(), tokens.bicubic.lower()} <= colors(card.plot)
    (low, high) = card.plot.getPlotItem().getViewBox().viewRange()[1]
    assert low < 28.8
    assert high > 29.5


def test_a_curve_is_saved_as_csv_and_as_png(card, tmp_path):
    card.show_curve(((0, 28.8), (100, 29.5)), 29.0, [("before", ((0, 28.0), (50, 29.0)))])
    card.save_csv(str(tmp_path / "curve.csv"))
    rows = (tmp_path / "curve.csv").read_text(encoding="utf-8").splitlines()
    assert rows == ["step,PSNR,before", "0,28.8,28.0", "50,,29.0", "100,29.5,"]
    card.save_png(str(tmp_path / "curve.png"))
    assert (tmp_path / "curve.png").stat().st_size > 1000
    with pytest.raises(OSError, match="folder"):
        card.save_png(str(tmp_path / "nowhere" / "curve.png"))


def test_the_curve_of_a_test_set_has_its_own_color_and_column(card, tmp_path):
    points = ((0, 28.8), (100, 29.5))
    card.show_curve(points, 29.0)
    assert theme.current().loss.lower() not in colors(card.plot)
    card.show_curve(points, 29.0, test=("Set5", ((0, 27.0), (100, 27.9))))
    assert theme.current().loss.lower() in colors(card.plot)
    assert card.plot.getPlotItem().getViewBox().viewRange()[1][0] < 27
    card.save_csv(str(tmp_path / "curve.csv"))
    rows = (tmp_path / "curve.csv").read_text(encoding="utf-8").splitlines()
    assert rows == ["step,PSNR,Set5", "0,28.8,27.0", "100,29.5,27.9"]


def readout_at(card, x, y):
    """Move the mouse pointer to a point of the plot, and return the text of the readout."""
    card.plot._on_mouse_moved(card.plot.getPlotItem().getViewBox().mapViewToScene(QPointF(x, y)))
    return card._value.text()


def test_the_readout_is_cleared_when_the_curve_is_replaced(card):
    first = ((0, 28.8), (100, 29.5))
    card.show_curve(first, 29.0)
    assert readout_at(card, 90, 29.2) == "step 100: 29.500"
    card.show_curve((*first, (200, 29.6)), 29.0)
    assert card._value.text() == "step 100: 29.500", "it is still a point of the curve"
    card.show_curve((), None)
    assert card._value.text() == ""
    assert not len(card.plot._hover.data)
    assert not len(card.plot._end.data)
    card.show_curve(((0, 27.0), (100, 27.5), (200, 27.6)), 29.0)
    assert readout_at(card, 190, 27.5) == "step 200: 27.600"
    card.show_curve(((0, 26.0), (100, 26.5), (200, 26.6)), 29.0)
    assert card._value.text() == "", "this is another run"


def test_the_exported_image_is_drawn_for_print(card, tmp_path):
    """The image does not depend on the theme or the window size, and has no buttons or pointer marker."""
    card.show_curve(((0, 28.8), (100, 29.5)), 29.0)
    card.save_png(str(tmp_path / "first.png"))
    readout_at(card, 90, 29.2)
    card.resize(300, 250)
    card.save_png(str(tmp_path / "second.png"))
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()
    image = QImage(str(tmp_path / "first.png"))
    assert (image.width(), image.height()) == (1800, 1120)
    assert image.pixelColor(2, 2).name() == image.pixelColor(1797, 1117).name() == "#ffffff"
    assert theme.LIGHT.model.lower() in {image.pixelColor(x, y).name() for x in range(0, 1800, 2) for y in range(1120)}


def test_tick_labels_are_exact(card):
    axis = card.plot.getAxis("left")
    assert axis.tickStrings([28.25, 28.5, 28.75], 1, 0.25) == ["28.25", "28.50", "28.75"]
    assert axis.tickStrings([28.0, 30.0], 1, 2) == ["28.0", "30.0"]


@pytest.mark.parametrize("values", [(0.00012, 0.0009), (0.00095, 0.0013), (0.0001, 0.5)])
def test_ticks_of_the_logarithmic_axis_are_round(qtbot, values):
    loss = CurveCard("Loss", "loss", decimals=2, unit="1e-3", log_scale=True)
    qtbot.addWidget(loss)
    loss.add_plot()
    axis = loss.plot.getAxis("left")
    ((_spacing, places),) = axis.tickValues(*np.log10(values), 300)
    texts = axis.tickStrings(places, 1, 1)
    assert len(texts) >= 3
    for text, place in zip(texts, places, strict=True):
        assert float(text) == pytest.approx(1000 * 10**place, rel=1e-6)
        assert len(text.strip("0.").replace(".", "")) <= 3, "it has few digits"


def test_the_psnr_has_no_logarithmic_scale(qtbot, card):
    assert not card._log.isVisible()


def test_zooming_stops_following_until_the_whole_curve_is_requested(card):
    card.show_curve(((0, 28.8), (100, 29.5)), 29.0)
    box = card.plot.getPlotItem().getViewBox()
    box.scaleBy((0.5, 0.5))
    box.sigRangeChangedManually.emit([True, True])
    near = box.viewRange()
    card.show_curve(((0, 28.8), (100, 29.5), (200, 29.9)), 29.0)
    assert box.viewRange() == near
    card.plot.show_all_points()
    assert box.viewRange()[0][1] > 200


def test_a_model_that_another_program_imported_is_in_the_menus(qtbot, studio):
    """Menus are updated when the window is activated, for example after `srcnn models import`."""
    before = {choice.name for choice in studio.presenter.state.models}
    make_model("imported", studio.presenter.state.scale)
    studio.window.became_active.emit()
    assert {choice.name for choice in studio.presenter.state.models} - before == {"imported"}


def test_states_from_before_the_page_is_built_are_shown_later(qtbot, studio):
    page = studio.window.pages[2]
    curves = Curves(((10, 1e-3),), ((0, 28.0), (10, 29.0)), 28.5)
    studio.train._store.update(curves=curves, previous_runs=(PreviousRun("before", "", True, curves),))
    page.show_snapshot(Snapshot(10, np.ones((4, 3, 3), np.float32), None))
    studio.window.show_page(2)
    wait(qtbot, lambda: page.body is not None and page.body.psnr.plot is not None)
    assert page.body.psnr.plot._points == curves.psnr
    assert page.body.filters.grid._cells
