"""Simulation, and a ground truth with a different size, in the window."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, QSize, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLabel

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from srcnn_gui.app import Studio
from srcnn_gui.pages.compare.readout import Readout
from srcnn_gui.pages.compare.save_dialog import SaveDialog
from srcnn_gui.pages.compare.scores_bar import ScoresBar
from srcnn_gui.runtime import resources
from tests.srcnn_gui.widgets import named

SAVE_RESULT = "Save Result"


def ground_truth_combo(studio: Studio) -> QComboBox:
    return named(studio.compare.inspector, QComboBox, "Ground truth")


@pytest.fixture
def photo(tmp_path) -> Path:
    path = tmp_path / "photo.png"
    image_files.write(Image(np.full((24, 32, 3), 90, np.uint8)), path)
    return path


@pytest.fixture
def file_dialogs(monkeypatch, tmp_path) -> list[tuple[str, str]]:
    """Return a list of (title, suggested name) of the file dialogs. Each dialog returns a new file."""
    seen: list[tuple[str, str]] = []

    def answer(_parent, title: str, start: str, _kinds: str) -> tuple[str, str]:
        seen.append((title, Path(start).name))
        return str(tmp_path / f"saved {len(seen)}.png"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    return seen


def show(qtbot, studio, path: Path) -> None:
    studio.presenter.images.open(path)
    qtbot.waitUntil(
        lambda: studio.presenter.state.name == path.name and studio.presenter.state.can_save, timeout=30_000
    )


def press(qtbot, studio, keys: str) -> None:
    """Trigger a shortcut, and wait until the result can be saved."""
    sequence = QKeySequence(keys)
    (action,) = [a for a in studio.window.findChildren(QAction) if sequence in a.shortcuts() and a.isEnabled()]
    action.trigger()
    qtbot.waitUntil(lambda: studio.presenter.state.can_save, timeout=30_000)


def drop_as_ground_truth(studio, path: Path) -> None:
    """Drop a file on the right half of the canvas."""
    page = studio.compare
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    at = QPoint(int(page.canvas.width() * 0.8), 200)
    QApplication.sendEvent(page, QDragEnterEvent(at, *how))
    QApplication.sendEvent(page, QDropEvent(QPointF(at), *how))


def texts(studio) -> set[str]:
    """Return the texts of all menu actions."""
    return {action.text() for action in studio.window.findChildren(QAction)}


def test_an_old_settings_file_does_not_start_a_simulation(qtbot, qapp, tmp_path, photo, file_dialogs):
    store = QSettings(str(tmp_path / "old.ini"), QSettings.Format.IniFormat)
    store.setValue("version", 2)
    store.setValue("compare/reference", True)
    store.setValue("compare/scale", 2)
    studio = Studio(qapp, store)
    qtbot.addWidget(studio.window)
    studio.show([photo])
    qtbot.waitUntil(lambda: studio.presenter.state.can_save, timeout=60_000)
    assert studio.compare.inspector.save.text() == SAVE_RESULT
    press(qtbot, studio, "Ctrl+Shift+S")
    assert file_dialogs == [("Save Result", "photo_x2.png")]
    qtbot.waitUntil((tmp_path / "saved 1.png").exists, timeout=10_000)
    assert image_files.read(tmp_path / "saved 1.png").pixels.shape == (48, 64, 3)
    studio.close()


def test_all_texts_mention_the_simulation(qtbot, studio, photo, file_dialogs, monkeypatch):
    titles = []
    monkeypatch.setattr(SaveDialog, "exec", lambda dialog: titles.append(dialog.windowTitle()) or 1)
    show(qtbot, studio, photo)
    press(qtbot, studio, "Ctrl+Shift+T")
    assert studio.compare.inspector.save.text() == "Save Simulation"
    assert "simulated result" in studio.compare.inspector.save.toolTip()
    assert {"&Save Simulation", "Sa&ve Simulation As…", "Save Simulation &with Options…", "&Copy Simulation"} <= texts(
        studio
    )
    assert not {"&Save Result", "&Copy Result"} & texts(studio)
    for keys in ("Ctrl+Shift+S", "Ctrl+Alt+S", "Ctrl+E"):
        press(qtbot, studio, keys)
    assert file_dialogs == [
        ("Save Simulation", "photo_simulated_x3.png"),
        ("Save Simulation", "photo_simulated_x3.png"),
        ("Export Simulated Comparison", "photo_simulated_x3_compared.png"),
    ]
    assert titles == ["Save Simulation with Options"]
    with qtbot.waitSignal(studio.compare.status_changed) as signal:
        press(qtbot, studio, "Ctrl+C")
    assert signal.args == ["Simulation copied"]
    assert QGuiApplication.clipboard().image().size() == QSize(30, 24), "24 and 32 px, cropped to multiples of 3"


def test_all_texts_call_the_next_image_a_result(qtbot, studio, photo, tmp_path, file_dialogs):
    show(qtbot, studio, photo)
    press(qtbot, studio, "Ctrl+Shift+T")
    image_files.write(Image(np.full((20, 20, 3), 60, np.uint8)), tmp_path / "next.png")
    show(qtbot, studio, tmp_path / "next.png")
    assert studio.compare.inspector.save.text() == SAVE_RESULT
    assert not studio.compare.inspector.save.toolTip()
    assert {"&Save Result", "Save &with Options…", "&Copy Result"} <= texts(studio)
    press(qtbot, studio, "Ctrl+Shift+S")
    assert file_dialogs == [("Save Result", "next_x3.png")]


def test_a_sample_is_shown_as_simulated(qtbot, studio):
    show(qtbot, studio, resources.sample_path("cat.png"))
    assert studio.compare.inspector.save.text() == "Save Simulation"
    assert ground_truth_combo(studio).currentText() == "This image (simulate ×3)"


def test_a_narrow_window_shows_that_the_image_is_simulated(qtbot, studio, photo):
    show(qtbot, studio, photo)
    press(qtbot, studio, "Ctrl+Shift+T")
    studio.window.resize(960, 600)
    qtbot.waitUntil(lambda: studio.window.width() == 960)
    save, export = studio.compare.inspector.save, studio.compare.inspector.export
    assert save.text() == "Save Simulation"
    assert save.width() >= save.minimumSizeHint().width()
    qtbot.waitUntil(lambda: export.width() >= export.minimumSizeHint().width())


def test_simulation_is_disabled_without_an_image(studio):
    assert not ground_truth_combo(studio).isEnabled()
    menu = next(a for a in studio.window.findChildren(QAction) if a.shortcut() == QKeySequence("Ctrl+Shift+T"))
    assert not menu.isEnabled()


def test_a_chosen_mode_stays_checked_when_it_is_chosen_again(qtbot, studio, photo):
    show(qtbot, studio, photo)
    menu = next(a for a in studio.window.findChildren(QAction) if a.shortcut() == QKeySequence("Ctrl+Shift+T"))
    for _time in range(2):
        menu.trigger()
        qtbot.waitUntil(lambda: studio.presenter.state.can_save, timeout=30_000)
        assert menu.isChecked()


def test_an_image_that_opens_during_the_file_dialog_is_not_saved(qtbot, studio, photo, tmp_path, monkeypatch):
    target = tmp_path / "photo_x3.png"
    other = tmp_path / "other.png"
    image_files.write(Image(np.full((20, 20, 3), 60, np.uint8)), other)
    show(qtbot, studio, photo)

    def answer(*_asked: object) -> tuple[str, str]:
        show(qtbot, studio, other)
        return str(target), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    press(qtbot, studio, "Ctrl+Shift+S")
    qtbot.waitUntil(target.exists, timeout=10_000)
    assert image_files.read(target).pixels.shape == (72, 96, 3), "three times the photo"


def test_a_ground_truth_of_another_size_is_refused_on_the_right_half(qtbot, studio, photo, tmp_path):
    wrong = tmp_path / "wrong.png"
    image_files.write(Image(np.full((50, 40, 3), 60, np.uint8)), wrong)
    show(qtbot, studio, photo)
    drop_as_ground_truth(studio, wrong)
    qtbot.waitUntil(studio.compare.notice.isVisible, timeout=10_000)
    notice = studio.compare.notice.accessibleName()
    assert all(part in notice for part in ("wrong.png", "96 × 72 px", "40 × 50 px"))
    assert studio.compare.inspector.save.isEnabled()
    assert ground_truth_combo(studio).currentText() == "None"
    assert len(studio.presenter.state.filmstrip) == 1


@pytest.mark.parametrize("size", [(960, 600), (1400, 900)])
def test_a_size_mismatch_is_explained_in_place_of_the_scores(qtbot, studio, photo, tmp_path, size):
    ground_truth = tmp_path / "truth.png"
    image_files.write(Image(np.full((48, 64, 3), 90, np.uint8)), ground_truth)
    show(qtbot, studio, photo)
    drop_as_ground_truth(studio, ground_truth)
    qtbot.waitUntil(
        lambda: studio.presenter.state.ground_truth == "file" and studio.presenter.state.can_save, timeout=30_000
    )
    studio.window.resize(*size)
    qtbot.waitUntil(lambda: studio.window.width() == size[0])
    press(qtbot, studio, "Alt+3")
    assert studio.compare.inspector.save.isEnabled()
    assert ground_truth_combo(studio).currentText() == "truth.png (size differs)"
    advice = "The ground truth is 64 × 48 px, but the result is 96 × 72 px. Select ×2 to get scores."
    assert advice in {label.text() for label in studio.compare.scores.findChildren(QLabel) if label.isVisible()}
    assert studio.window.width() == size[0], "the sentence does not widen the window"
    press(qtbot, studio, "Alt+2")
    assert ground_truth_combo(studio).currentText() == "truth.png"
    assert not studio.presenter.state.readout.whole_scores.stale


def test_long_advice_wraps_instead_of_widening_the_window(qtbot, qapp):
    bar = ScoresBar()
    qtbot.addWidget(bar)
    bar.set_compact(True)
    bar.show()
    narrowest = bar.minimumSizeHint().width()
    sides = "The ground truth is 65535 × 65535 px, the result 65535 × 65535 px. "
    bar.display(Readout(reason="Sizes differ", advice=sides * 2))
    bar.resize(narrowest, bar.height())
    (advice,) = (label for label in bar.findChildren(QLabel) if label.text() == sides * 2)
    qtbot.waitUntil(lambda: advice.height() >= 2 * advice.fontMetrics().height())
    assert bar.minimumSizeHint().width() == narrowest
    assert advice.geometry().bottom() < bar.height()
