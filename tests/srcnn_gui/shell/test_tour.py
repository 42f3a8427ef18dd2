"""The guided tour of the window."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QPushButton

from srcnn_gui.runtime import resources
from srcnn_gui.shell.tour import Tour, TourStop
from srcnn_gui.ui.menus import plain_text
from tests.srcnn_gui.widgets import named, shown_tour


def test_the_tour_has_four_stops_and_is_not_shown_again(qtbot, studio):
    studio.show_startup_notices(start_tour=False)
    qtbot.wait(50)
    assert shown_tour(studio) is None
    studio.show_startup_notices(start_tour=True)
    qtbot.waitUntil(lambda: shown_tour(studio) is not None)
    tour = shown_tour(studio)
    titles = []
    for _stop in range(4):
        titles.append(tour.callout.accessibleName().split(".")[0])
        assert tour.rect().contains(tour.callout.geometry())
        qtbot.keyClick(tour.next, Qt.Key.Key_Right)

    assert len(set(titles)) == 4
    assert shown_tour(studio) is None
    assert studio._window_settings.toured
    studio.show_startup_notices(start_tour=True)
    qtbot.wait(50)
    assert shown_tour(studio) is None
    next(one for one in studio.window.menus.help.actions() if plain_text(one.text()) == "Tour").trigger()
    assert shown_tour(studio) is not None
    qtbot.keyClick(shown_tour(studio).next, Qt.Key.Key_Escape)
    assert shown_tour(studio) is None


def test_tab_stays_in_the_tour_and_skip_ends_it(qtbot, studio):
    studio.controller.show_tour()
    tour = shown_tour(studio)
    for _press in range(4):
        qtbot.keyClick(QApplication.focusWidget() or tour.next, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is None or tour.isAncestorOf(focused)
    skip = next(button for button in tour.findChildren(QPushButton) if button.text() == "Skip")
    qtbot.mouseClick(skip, Qt.MouseButton.LeftButton)
    assert shown_tour(studio) is None


def test_a_tour_without_visible_stops_ends_immediately(qtbot, frame):
    hidden = QLabel(frame.window)
    frame.controller.get_tour_stops = lambda: [TourStop(hidden, "Nothing", "to be seen")]
    with qtbot.waitSignal(frame.controller.tour_finished, timeout=1000):
        frame.controller.show_tour()
    assert not any(tour.isVisible() for tour in frame.window.findChildren(Tour))


def test_the_widget_of_the_current_stop_can_be_used(qtbot, studio):
    studio.controller.show_tour()
    sample = studio.compare.empty_state.findChildren(QAbstractButton)[-1]
    middle = sample.mapTo(studio.window, sample.rect().center())
    assert studio.window.childAt(middle) is sample
    saving = studio.compare.inspector.save
    assert studio.window.childAt(saving.mapTo(studio.window, saving.rect().center())) is shown_tour(studio)
    qtbot.mouseClick(sample, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: studio.presenter.state.can_save, timeout=60_000)
    if QApplication.activeWindow() is not None:  # without a window manager no widget has the keys
        assert shown_tour(studio) is None
    assert studio.window.focusWidget() is studio.compare.canvas, "the arrows pan at once"


def test_using_another_widget_ends_the_tour_and_keeps_the_focus(studio):
    studio.controller.show_tour()
    QApplication.instance().focusChanged.emit(None, shown_tour(studio).next)
    assert shown_tour(studio) is not None
    model = named(studio.compare.inspector, QComboBox, "Model")
    model.setFocus()
    if shown_tour(studio) is not None:  # without a window manager Qt does not say so
        QApplication.instance().focusChanged.emit(None, model)
    assert shown_tour(studio) is None
    assert studio.window.focusWidget() is model


def test_changing_the_page_ends_the_tour_and_closing_the_window_does_not_finish_it(qtbot, studio):
    studio.controller.show_tour()
    studio.window.show_page(studio.batch_page)
    assert shown_tour(studio) is None
    studio.controller.show_tour()
    with qtbot.assertNotEmitted(studio.controller.tour_finished):
        studio.window.close()


def test_dragging_a_file_over_the_tour_ends_it(studio):
    studio.controller.show_tour()
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(resources.sample_path("cat.png")))])
    drag = (Qt.DropAction.CopyAction, files, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(shown_tour(studio), QDragEnterEvent(QPoint(5, 5), *drag))
    assert shown_tour(studio) is None


@pytest.mark.parametrize("size", [(960, 600), (1600, 1000)])
def test_every_callout_is_inside_the_window(qtbot, studio, size):
    studio.window.resize(*size)
    studio.controller.show_tour()
    tour = shown_tour(studio)
    for _stop in range(4):
        assert tour.rect().contains(tour.callout.geometry())
        tour.move_by(1)
