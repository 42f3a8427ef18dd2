"""Files that are dropped from a file manager are accepted as copies, or refused with a reason.

A drop must never be accepted as a move, because the file manager would then delete the files. File managers propose a
move while Shift is held. The events in these tests offer all actions and propose a move.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QListWidget, QPlainTextEdit, QToolButton, QWidget

from engine.imaging.codecs import image_files
from srcnn_gui.pages.compare.drop_targets import DropTargets
from tests.srcnn_gui.dialogs import dialogs
from tests.srcnn_gui.files import make_images
from tests.srcnn_gui.pages.benchmark import fakes
from tests.srcnn_gui.pages.compare.presenters import texture
from tests.srcnn_gui.widgets import named, shown_tour

COMPARE, BATCH, TRAIN, BENCHMARK = range(4)
COPY, MOVE, LINK = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction, Qt.DropAction.LinkAction
SHIFT = Qt.KeyboardModifier.ShiftModifier


@dataclass
class DropResponse:
    """Response to a drag or drop event: whether it was accepted, and with which action."""

    accepted: bool
    action: Qt.DropAction


def drag(
    widget: QWidget, *paths: Path, offered: Qt.DropAction = COPY | MOVE | LINK, drop: bool = True
) -> list[DropResponse]:
    """Drag files to the center of a widget, drop them, and return the responses to enter, move and drop."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    data.setText("\n".join(map(str, paths)))  # as most file managers do, because text fields accept it
    at, button = widget.rect().center(), Qt.MouseButton.LeftButton
    answers = []
    for kind in (QDragEnterEvent, QDragMoveEvent, QDropEvent):
        if kind is QDropEvent and not drop:
            break
        event = kind(QPointF(at) if kind is QDropEvent else QPoint(at), offered, data, button, SHIFT)
        assert event.proposedAction() == (MOVE if offered & MOVE else offered)
        event.ignore()  # an event from the system
        QApplication.sendEvent(widget, event)
        answers.append(DropResponse(event.isAccepted(), event.dropAction()))
        if not event.isAccepted():
            break
    if not answers[-1].accepted or not drop:
        QApplication.sendEvent(widget, QDragLeaveEvent())
    return answers


def accepted_actions(answers: list[DropResponse]) -> set[Qt.DropAction]:
    """Return the actions with which events were accepted."""
    return {answer.action for answer in answers if answer.accepted}


def drop_widgets(window: QWidget) -> list[QWidget]:
    """Return the visible widgets that accept drops."""
    parts = [part for part in (window, *window.findChildren(QWidget)) if part.window() is window]
    return [part for part in parts if part.isVisible() and part.acceptDrops()]


def widget_name(part: QWidget) -> str:
    return f"{type(part.parent()).__name__} > {type(part).__name__} {part.accessibleName()}"


@pytest.fixture
def images(tmp_path) -> Path:
    return make_images(tmp_path / "images", 2)


def show_page(qtbot, studio, page: int) -> None:
    """Show a page, and wait until it is complete."""
    studio.window.show_page(page)
    if page == TRAIN:
        qtbot.waitUntil(lambda: studio.train_page.body is not None, timeout=60_000)
        plots = list(studio.train_page.body.curves)
        qtbot.waitUntil(lambda: all(card.plot and card.plot.isVisible() for card in plots), timeout=120_000)
        named(studio.train_page.body.inspector, QToolButton, "Advanced").setChecked(True)


@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
def test_no_widget_of_the_window_accepts_a_drop_as_a_move(qtbot, studio, images, filled):
    files = sorted(images.iterdir())
    if filled:
        studio.batch.add([images])
        studio.presenter.images.open(*files)
        qtbot.waitUntil(lambda: studio.presenter.state.can_save and studio.batch.state.can_start, timeout=60_000)
    for page in (COMPARE, BATCH, TRAIN, BENCHMARK):
        show_page(qtbot, studio, page)
        for paths in (files[:1], files, [images]):
            answers = {widget_name(part): accepted_actions(drag(part, *paths)) for part in drop_widgets(studio.window)}
            assert {part: actions for part, actions in answers.items() if actions - {COPY}} == {}, page
            takers = [part for part, actions in answers.items() if actions]
            assert len(takers) == (page in (COMPARE, BATCH) or (page == BENCHMARK and paths == [images])), takers
    assert all(path.exists() for path in files)
    qtbot.waitUntil(lambda: not studio.presenter.state.working, timeout=60_000)


def test_no_widget_of_a_dialog_accepts_a_drop_as_a_move(qtbot, studio, images):
    for dialog in dialogs(studio):
        dialog.show()
        qtbot.waitExposed(dialog)
        answers = {widget_name(part): accepted_actions(drag(part, images / "0.png")) for part in drop_widgets(dialog)}
        assert {part: actions for part, actions in answers.items() if actions} == {}, dialog.windowTitle()
        assert [field for field in dialog.findChildren(QPlainTextEdit) if "0.png" in field.toPlainText()] == []
        dialog.close()


def test_the_tour_closes_during_a_drag_and_accepts_no_files(qtbot, studio, images):
    studio.controller.show_tour()
    assert accepted_actions(drag(shown_tour(studio), images / "0.png")) == set()
    assert shown_tour(studio) is None


def test_every_widget_of_the_compare_page_accepts_files_as_copies(qtbot, studio, images):
    page, (first, second) = studio.compare, sorted(images.iterdir())
    assert accepted_actions(drag(page.empty_state, first)) == {COPY}
    listed = page.filmstrip.findChild(QListWidget)
    qtbot.waitUntil(lambda: studio.presenter.state.name == first.name and listed.count() == 1, timeout=60_000)
    for part in (page.canvas, page.filmstrip, page.scores, page.inspector, page.zoom_bar, page.empty_state.open):
        assert accepted_actions(drag(part, second)) == {COPY}, type(part).__name__
        assert not page.findChild(DropTargets).isVisible()
    assert {answer.action for answer in drag(page, first, second)} == {COPY}
    qtbot.waitUntil(lambda: not studio.presenter.state.working, timeout=60_000)


def test_every_widget_of_the_batch_page_accepts_files_as_copies(qtbot, studio, images):
    page = studio.batch_page
    studio.window.show_page(BATCH)
    assert accepted_actions(drag(page.empty_state, images / "0.png")) == {COPY}
    qtbot.waitUntil(lambda: studio.batch.state.counts.total == 1, timeout=30_000)
    assert accepted_actions(drag(page.table.viewport(), images / "1.png")) == {COPY}
    qtbot.waitUntil(lambda: studio.batch.state.counts.total == 2, timeout=30_000)
    for part in (*page.findChildren(QLineEdit), page.strip):  # also for text fields: the file is added to the list
        more = images / f"{type(part).__name__} {part.accessibleName()}.png"
        image_files.write(texture(20, 30), more)
        before = studio.batch.state.counts.total
        assert accepted_actions(drag(part, more)) == {COPY}, widget_name(part)
        qtbot.waitUntil(lambda before=before: studio.batch.state.counts.total == before + 1, timeout=30_000)
    assert studio.batch.state.settings.template == "{name}_x{scale}"


def test_the_benchmark_page_accepts_a_folder_as_a_copy(qtbot, studio, images):
    studio.window.show_page(BENCHMARK)
    assert accepted_actions(drag(studio.benchmark_page.inspector, images)) == {COPY}
    assert studio.benchmark.state.settings.folder == str(images)
    assert accepted_actions(drag(studio.benchmark_page.empty_state, images / "0.png")) == set()


@pytest.mark.parametrize("page", [COMPARE, BATCH, BENCHMARK])
def test_a_link_is_accepted_and_a_move_is_refused_with_the_reason(qtbot, studio, images, page):
    studio.window.show_page(page)
    part = studio.window.pages[page]
    notices = []
    part.status_changed.connect(notices.append)
    assert accepted_actions(drag(part, images, offered=MOVE)) == set()
    assert notices == ["Files can't be moved into this window. To copy them instead, hold Ctrl while you drag."]
    assert accepted_actions(drag(part, images, offered=LINK)) == {LINK}


def start_paused_batch(qtbot, studio, images: Path) -> None:
    """Start a batch and pause it, so that it is running for the whole test."""
    studio.window.show_page(BATCH)
    studio.batch.add([images])
    qtbot.waitUntil(lambda: studio.batch.state.can_start, timeout=30_000)
    studio.batch.start()
    studio.batch.pause()


def test_files_dropped_on_a_running_batch_are_listed_after_it(qtbot, studio, images, tmp_path):
    page, more = studio.batch_page, make_images(tmp_path / "more", 3)
    start_paused_batch(qtbot, studio, images)
    for part in (page, page.table.viewport(), page.inspector):
        assert accepted_actions(drag(part, more)) == {COPY}
    assert page.notice.accessibleName() == "The added files are processed after the current files."
    assert studio.batch.state.source.endswith("images")
    studio.batch.cancel()
    qtbot.waitUntil(lambda: studio.batch.state.counts.total == 5, timeout=60_000)
    assert not page.notice.isVisible()


def test_a_folder_dragged_onto_a_running_benchmark_is_refused_with_the_reason(
    qtbot, studio, images, tmp_path, monkeypatch
):
    settings = fakes.prepare(monkeypatch, tmp_path)
    page, benchmark = studio.benchmark_page, studio.benchmark
    studio.window.show_page(BENCHMARK)
    benchmark.reload_models()
    benchmark.change_settings(**vars(settings))
    qtbot.waitUntil(lambda: benchmark.state.can_run, timeout=30_000)
    benchmark.run()
    assert not any(answer.accepted for answer in drag(page.inspector, images))
    busy = (
        "Test sets can't be added while the benchmark is running. "
        "Wait for the benchmark to finish or stop the benchmark, then try again."
    )
    assert page.notice.accessibleName() == busy
    assert benchmark.state.settings.folder == settings.folder
    qtbot.waitUntil(lambda: not benchmark.state.locked, timeout=60_000)
    assert not page.notice.isVisible()
    assert accepted_actions(drag(page.inspector, images)) == {COPY}
