"""The tour of the window."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton

from srcnn_gui.runtime import resources
from srcnn_gui.shell.tour import TourStop
from srcnn_gui.ui.menus import plain_text


def test_the_tour_points_at_four_parts_and_is_not_shown_again(qtbot, studio):
    studio.show_startup_notices(start_tour=False)
    qtbot.wait(50)
    assert studio.controller._tour is None
    studio.show_startup_notices(start_tour=True)
    qtbot.waitUntil(lambda: studio.controller._tour is not None)
    tour = studio.controller._tour
    titles = []
    for _stop in range(4):
        titles.append(tour.callout.accessibleName().split(".")[0])
        assert tour.rect().contains(tour.callout.geometry())
        qtbot.keyClick(tour.next, Qt.Key.Key_Right)

    assert len(set(titles)) == 4
    assert studio.controller._tour is None
    assert studio._window_settings.toured
    studio.show_startup_notices(start_tour=True)
    qtbot.wait(50)
    assert studio.controller._tour is None
    next(one for one in studio.window.menus.help.actions() if plain_text(one.text()) == "Tour").trigger()
    assert studio.controller._tour is not None
    qtbot.keyClick(studio.controller._tour.next, Qt.Key.Key_Escape)
    assert studio.controller._tour is None


def test_tab_stays_in_the_tour_and_skip_ends_it(qtbot, studio):
    studio.controller.show_tour()
    tour = studio.controller._tour
    for _press in range(4):
        qtbot.keyClick(QApplication.focusWidget() or tour.next, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is None or tour.isAncestorOf(focused)
    skip = next(button for button in tour.findChildren(QPushButton) if button.text() == "Skip")
    qtbot.mouseClick(skip, Qt.MouseButton.LeftButton)
    assert studio.controller._tour is None


def test_a_tour_without_visible_stops_ends_at_once(qtbot, frame):
    hidden = QLabel(frame.window)
    frame.controller.get_tour_stops = lambda: [TourStop(hidden, "Nothing", "to be seen")]
    with qtbot.waitSignal(frame.controller.tour_finished, timeout=1000):
        frame.controller.show_tour()
    assert frame.controller._tour is None


def test_the_widget_of_the_current_stop_can_be_used(qtbot, studio):
    studio.controller.show_tour()
    sample = studio.compare.empty_state.findChildren(QAbstractButton)[-1]
    middle = sample.mapTo(studio.window, sample.rect().center())
    assert studio.window.childAt(middle) is sample
    saving = studio.compare.inspector.save
    assert studio.window.childAt(saving.mapTo(studio.window, saving.rect().center())) is studio.controller._tour
    qtbot.mouseClick(sample, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: studio.presenter.state.can_save, timeout=60_000)
    if QApplication.activeWindow() is not None:  # without a window manager no widget has the keys
        assert studio.controller._tour is None
    assert studio.window.focusWidget() is studio.compare.canvas, "the arrows pan at once"


def test_using_another_widget_ends_the_tour_and_keeps_the_focus(studio):
    studio.controller.show_tour()
    QApplication.instance().focusChanged.emit(None, studio.controller._tour.next)
    assert studio.controller._tour is not None
    studio.compare.inspector._model.setFocus()
    if studio.controller._tour is not None:  # without a window manager Qt does not say so
        QApplication.instance().focusChanged.emit(None, studio.compare.inspector._model)
    assert studio.controller._tour is None
    assert studio.window.focusWidget() is studio.compare.inspector._model


def test_another_page_ends_it_and_closing_the_window_does_not_count(qtbot, studio):
    studio.controller.show_tour()
    studio.window.show_page(studio.batch_page)
    assert studio.controller._tour is None
    studio.controller.show_tour()
    with qtbot.assertNotEmitted(studio.controller.tour_finished):
        studio.window.close()


def test_dragging_a_file_over_the_tour_ends_it(studio):
    studio.controller.show_tour()
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(resources.sample_path("cat.png")))])
    drag = (Qt.DropAction.CopyAction, files, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(studio.controller._tour, QDragEnterEvent(QPoint(5, 5), *drag))
    assert studio.controller._tour is None


@pytest.mark.parametrize("size", [(960, 600), (1600, 1000)])
def test_every_callout_lies_inside_the_window(qtbot, studio, size):
    studio.window.resize(*size)
    studio.controller.show_tour()
    tour = studio.controller._tour
    for _stop in range(4):
        assert tour.rect().contains(tour.callout.geometry())
        tour.move_by(1)
