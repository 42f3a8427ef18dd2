"""Keyboard navigation, screen readers, and large fonts in the whole window."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAccessible, QAction, QFont
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QMenu,
    QScrollArea,
    QToolButton,
    QWidget,
)

from engine.imaging.codecs import image_files
from engine.models import catalog
from srcnn_gui.app import Studio
from srcnn_gui.pages.train import text as train_text
from srcnn_gui.pages.train.state import Curves
from srcnn_gui.runtime import language, resources, translations
from tests.srcnn_gui.clipping import clipped
from tests.srcnn_gui.dialogs import dialogs
from tests.srcnn_gui.pages.compare.presenters import texture
from tests.srcnn_gui.widgets import activate

COMPARE, BATCH, TRAIN, BENCHMARK = range(4)
NARROW, WIDE = (960, 600), (1280, 800)  # px, each with a different layout
both_layouts = pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])


@pytest.fixture(autouse=True)
def restore_font_and_language(qapp):
    font = QFont(qapp.font())
    yield
    language.apply_language(qapp, translations.ENGLISH)
    qapp.setFont(font)


@pytest.fixture(params=[NARROW, WIDE], ids=["narrow", "wide"])
def filled(request, qtbot, studio, tmp_path):
    """Return a narrow or a wide window, with an image, its ground truth, and a list of files."""
    resize(qtbot, studio, request.param)
    return fill(qtbot, studio, tmp_path)


def resize(qtbot, studio, size: tuple[int, int]) -> None:
    """Resize the window, even beyond the screen."""
    studio.window.resize(*size)
    qtbot.waitUntil(lambda: (studio.window.width(), studio.window.height()) == size)


def fill(qtbot, studio, tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    image_files.write(texture(20, 30), folder / "a.png")
    studio.batch.add([folder])
    studio.presenter.images.open(resources.sample_path("cat.png"))
    qtbot.waitUntil(lambda: studio.presenter.state.can_save and studio.batch.state.can_start, timeout=60_000)
    return studio


def fill_all(qtbot, studio, tmp_path) -> None:
    """Fill each page, and add a trained model and test sets."""
    fill(qtbot, studio, tmp_path)
    studio.benchmark.choose_folder(tmp_path / "images")
    show_page(qtbot, studio, TRAIN)
    curves = Curves(psnr=((0, 28.12), (123_456, 32.85)), bicubic_db=30.39)
    studio.train._store.update(outcome=train_text.describe_outcome(catalog.find("9-1-5", 3), curves, stopped=True))


def show_page(qtbot, studio, page: int) -> None:
    studio.window.show_page(page)
    qtbot.waitUntil(studio.window.pages[page].isVisible)
    if page == TRAIN:  # built part by part
        qtbot.waitUntil(lambda: studio.train_page.body is not None)
    qtbot.wait(10)


def tab_stops(window: QWidget) -> list[QWidget]:
    """Return the widgets in the tab order."""
    widgets, widget = [], window.nextInFocusChain()
    while widget is not window:
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            widgets.append(widget)
        widget = widget.nextInFocusChain()
    return [stop for stop in widgets if stop.window() is window]


def controls(window: QWidget) -> set[QWidget]:
    """Return the visible widgets that accept the keyboard focus, enabled or not."""
    parts = [part for part in window.findChildren(QWidget) if part.isVisible() and part.window() is window]
    return {part for part in parts if part.focusPolicy() & Qt.FocusPolicy.TabFocus}


def region_of(widget: QWidget, regions: tuple[QWidget, ...]) -> int:
    """Return the index of the region that contains a widget."""
    return next(n for n, region in enumerate(regions) if region is widget or region.isAncestorOf(widget))


def name_and_description(widget: QWidget) -> tuple[str, str]:
    """Return the accessible name and description of a widget."""
    reader = QAccessible.queryAccessibleInterface(widget)
    return reader.text(QAccessible.Text.Name), reader.text(QAccessible.Text.Description)


def unnamed(window: QWidget) -> list[str]:
    """Return the tab stops without an accessible name or description. Inner widgets of boxes are skipped."""
    outer = [stop for stop in tab_stops(window) if not isinstance(stop.parentWidget(), QComboBox | QAbstractSpinBox)]
    wrong = [
        stop
        for stop in outer
        if not all(name_and_description(stop)) or not (stop.accessibleName() or stop.property("text"))
    ]
    return [
        f"{type(stop.parentWidget()).__name__} > {type(stop).__name__} {name_and_description(stop)}" for stop in wrong
    ]


@both_layouts
@pytest.mark.parametrize("name", ["en", "zh_CN"])
def test_every_control_has_an_accessible_name_and_description(qtbot, qapp, tmp_path, name, size):
    studio = open_in_language(qtbot, qapp, tmp_path, name)
    resize(qtbot, studio, size)
    wrong = []
    for page in (COMPARE, BATCH, TRAIN, BENCHMARK):
        show_page(qtbot, studio, page)
        wrong += unnamed(studio.window)
    fill_all(qtbot, studio, tmp_path)
    for page in (COMPARE, BATCH, TRAIN, BENCHMARK):
        show_page(qtbot, studio, page)
        wrong += unnamed(studio.window)
    studio.close()
    assert wrong == []


def test_combo_boxes_have_labels_for_screen_readers(qtbot, filled):
    """On Linux, screen readers announce the value of a combo box, so it also needs a label."""
    show_page(qtbot, filled, TRAIN)
    labelled = {label.buddy() for label in filled.window.findChildren(QLabel)}
    boxes = [box for box in filled.window.findChildren(QComboBox) if box.focusPolicy() != Qt.FocusPolicy.NoFocus]
    by_value = {  # their value is announced
        "Background",
        "Bits per channel",
        "If the file exists",
        "Initial weights",
        "Precision",
        "Length unit",
    }
    assert {box.accessibleName() for box in boxes if box not in labelled} == by_value


@pytest.mark.parametrize("name", ["en", "zh_CN"])
def test_dialogs_have_accessible_names_and_no_clipped_text(qtbot, qapp, tmp_path, name):
    studio = open_in_language(qtbot, qapp, tmp_path, name)
    for dialog in dialogs(studio):
        dialog.show()
        qtbot.waitExposed(dialog)
        parts = [stop for stop in tab_stops(dialog) if not isinstance(stop.parentWidget(), QAbstractSpinBox)]
        assert [stop for stop in parts if not name_and_description(stop)[0]] == []
        assert clipped(dialog) == []
        assert dialog.windowTitle()
        dialog.close()
    studio.close()


def test_tab_visits_each_region_once_and_in_order(qtbot, filled):
    for page in (COMPARE, BATCH, TRAIN, BENCHMARK):
        show_page(qtbot, filled, page)
        activate(qtbot, filled.window)
        been = tab_order(qtbot, filled.window)
        regions = filled.window._regions()
        at = [region_of(stop, regions) for stop in been]
        assert at == sorted(at), page
        assert {0, len(regions) - 2} <= set(at), page
        inside = regions[-2].findChild(QScrollArea).widget()
        places = [stop.mapTo(inside, stop.rect().topLeft()) for stop in been if inside.isAncestorOf(stop)]
        assert all(a.y() <= b.y() + 8 for a, b in pairwise(places)), "in the panel, downwards"


def tab_order(qtbot, window: QWidget) -> list[QWidget]:
    """Return the tab order, starting at the rail button of the current page."""
    first = next(button for button in window.rail.findChildren(QToolButton) if button.isChecked())
    first.setFocus()
    been = [first]
    for _press in range(200):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        if QApplication.focusWidget() is been[0]:
            return been
        been.append(QApplication.focusWidget())
    raise AssertionError(f"Tab does not cycle: {[name_and_description(stop) for stop in been[-3:]]}")


def test_f6_cycles_through_all_regions(qtbot, filled):
    for page in (COMPARE, BATCH, TRAIN, BENCHMARK):
        show_page(qtbot, filled, page)
        activate(qtbot, filled.window)
        resume = next(action for action in filled.window.findChildren(QAction) if action.shortcut().toString() == "F6")
        regions = filled.window._regions()
        been = []
        for _step in range(len(regions) + 1):
            resume.trigger()
            been.append(region_of(QApplication.focusWidget(), regions))
        first = been[0]
        assert been.count(first) >= 2, "back at the first region"
        assert {0, len(regions) - 1} <= set(been)


def test_every_focused_widget_shows_the_focus(qtbot, filled):
    for page in (COMPARE, BATCH, TRAIN, BENCHMARK):
        show_page(qtbot, filled, page)
        activate(qtbot, filled.window)
        unseen = []
        for stop in tab_stops(filled.window):
            filled.window.setFocus()
            before = stop.grab().toImage()
            stop.setFocus(Qt.FocusReason.TabFocusReason)
            if stop.grab().toImage() == before:
                unseen.append(f"{type(stop).__name__} {name_and_description(stop)}")
        assert unseen == []


def test_narrow_window_has_every_control_of_the_wide_window(qtbot, studio, tmp_path):
    """In the narrow window, the controls of the Train page are on two tabs."""
    fill_all(qtbot, studio, tmp_path)
    missing = {}
    for page in (COMPARE, BATCH, TRAIN, BENCHMARK):
        show_page(qtbot, studio, page)
        resize(qtbot, studio, WIDE)
        wide = controls(studio.window)
        resize(qtbot, studio, NARROW)
        narrow = controls(studio.window)
        if page == TRAIN:
            studio.train_page.body.tabs.buttons[1].click()
            narrow |= controls(studio.window)
        assert len(wide) > 10
        if left_out := wide - narrow:
            missing[page] = [name_and_description(stop) for stop in left_out]
    assert missing == {}


@pytest.mark.parametrize("name", ["en", "zh_CN"])
def test_every_action_has_a_key_and_mnemonics_are_unique_in_a_menu(qtbot, qapp, tmp_path, name):
    """An action has a shortcut or a mnemonic. Actions in a group are reached with the arrow keys."""
    studio = open_in_language(qtbot, qapp, tmp_path, name)
    for menu in studio.window.menuBar().findChildren(QMenu):
        actions = [action for action in menu.actions() if not action.isSeparator() and action.isVisible()]
        letters = [mnemonic(action.text()) for action in actions]
        assert menu.title() == "" or mnemonic(menu.title()) or menu.parent() is None
        keyless = [
            a.text()
            for a, letter in zip(actions, letters, strict=True)
            if not (letter or a.shortcuts() or a.actionGroup())
        ]
        assert keyless == []
        used_letters = [letter for letter in letters if letter]
        assert sorted(used_letters) == sorted(set(used_letters)), menu.title()
    studio.close()


def mnemonic(text: str) -> str:
    _before, ampersand, after = text.replace("&&", "").partition("&")
    return after[:1].upper() if ampersand else ""


def open_in_language(qtbot, qapp, tmp_path, name: str) -> Studio:
    """Return a window that is opened in a language."""
    store = QSettings(str(tmp_path / f"{name}.ini"), QSettings.Format.IniFormat)
    store.setValue("settings/language", name)
    studio = Studio(qapp, store)
    qtbot.addWidget(studio.window)
    studio.show([])
    qtbot.waitExposed(studio.window)
    return studio


def clipped_or_too_large(window: QWidget, size: tuple[int, int]) -> list[str]:
    """Return the clipped texts in a window of this size, and the window itself if it is too large."""
    hint = window.minimumSizeHint()
    fits = hint.width() <= size[0] and hint.height() <= size[1]
    return [*clipped(window), *([] if fits else [f"the window needs {hint.width()} x {hint.height()} px"])]


@pytest.mark.parametrize("name", ["en", "zh_CN"])
@pytest.mark.parametrize(("size", "larger"), [(NARROW, 1.0), (WIDE, 1.0), (WIDE, 1.5)])
def test_no_text_is_clipped_in_a_small_window_or_with_a_large_font(qtbot, qapp, tmp_path, name, size, larger):
    font = QFont(qapp.font())
    font.setPointSizeF(larger * font.pointSizeF())
    qapp.setFont(font)
    studio = open_in_language(qtbot, qapp, tmp_path, name)
    resize(qtbot, studio, size)
    wrong = {}
    for state in ("empty", "filled"):
        for page in (COMPARE, BATCH, TRAIN, BENCHMARK):
            show_page(qtbot, studio, page)
            for _attempt in range(50):  # hidden pages and the status bar are laid out by events of their own
                if not (faults := clipped_or_too_large(studio.window, size)):
                    break
                qtbot.wait(50)
            if faults:
                wrong[state, page] = faults
        if state == "empty":
            fill_all(qtbot, studio, tmp_path)
    studio.close()
    assert wrong == {}
