"""Keyboard shortcuts of the whole window. On each page, a shortcut triggers only one action."""

from collections import defaultdict
from itertools import combinations

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut, QShortcutEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from srcnn_gui.runtime import language, translations
from tests.srcnn_gui.files import make_images
from tests.srcnn_gui.widgets import activate

FRESH, COMPARE, BATCH, TRAIN, BENCHMARK = range(-1, 4)
PAGE_ORDER = (COMPARE, BATCH, COMPARE, TRAIN, BENCHMARK, TRAIN, BATCH, BENCHMARK, COMPARE)
NO_MATCH = QKeySequence.SequenceMatch.NoMatch


class ShortcutRecorder(QObject):
    """Event filter that records the shortcut events of actions instead of triggering the actions."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[tuple[str, bool]] = []

    def eventFilter(self, action: QObject, event: QEvent) -> bool:
        if isinstance(event, QShortcutEvent):
            self.got.append((action.text(), event.isAmbiguous()))
            return True
        return False


def shortcut_owners(window: QWidget) -> list[QAction | QShortcut]:
    """Return all objects with a shortcut."""
    actions = [action for action in window.findChildren(QAction) if action.shortcuts()]
    return [*actions, *window.findChildren(QShortcut)]


def sequences(owner: QAction | QShortcut) -> list[QKeySequence]:
    return list(owner.shortcuts() if isinstance(owner, QAction) else owner.keys())


def owner_name(owner: QAction | QShortcut) -> str:
    return owner.text() if isinstance(owner, QAction) else type(owner.parent()).__name__


def overlapping(one: QKeySequence, other: QKeySequence) -> bool:
    """Return whether two key sequences are equal, or one is a prefix of the other."""
    return one.matches(other) != NO_MATCH or other.matches(one) != NO_MATCH


def ambiguities(window: QWidget) -> list[tuple[str, str, str]]:
    """Return pairs of enabled actions with conflicting shortcuts. All contexts count as overlapping."""
    live = [(owner, keys) for owner in shortcut_owners(window) if owner.isEnabled() for keys in sequences(owner)]
    return [
        (one_keys.toString(), owner_name(one), owner_name(other))
        for (one, one_keys), (other, other_keys) in combinations(live, 2)
        if one is not other and overlapping(one_keys, other_keys)
    ]


def show_page(qtbot, studio, page: int) -> None:
    """Show a page, and wait until it is complete. Do nothing if `page` is FRESH."""
    if page == FRESH:
        return
    studio.window.show_page(page)
    if page == TRAIN:
        qtbot.waitUntil(lambda: studio.train_page.body is not None, timeout=30_000)


def enable_all(studio) -> None:
    """Enable every action that its page can enable. Actions of hidden pages must stay disabled."""
    for action in studio.window.findChildren(QAction):
        action.setEnabled(True)


@pytest.fixture
def focused(qtbot, studio):
    """Return an open window with the keyboard focus."""
    activate(qtbot, studio.window)
    return studio


def test_shortcuts_are_unique_on_a_fresh_start(focused):
    assert len(shortcut_owners(focused.window)) > 40
    assert ambiguities(focused.window) == []


@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
def test_shortcuts_are_unique_on_every_page(qtbot, focused, tmp_path, filled):
    if filled:
        folder = make_images(tmp_path / "images", 2)
        focused.batch.add([folder])
        focused.presenter.images.open(*sorted(folder.iterdir()))
        qtbot.waitUntil(lambda: focused.presenter.state.can_save and focused.batch.state.can_start, timeout=60_000)
    for page in (FRESH, *PAGE_ORDER):
        show_page(qtbot, focused, page)
        assert ambiguities(focused.window) == [], page
    enable_all(focused)
    for page in (FRESH, *PAGE_ORDER):
        show_page(qtbot, focused, page)
        assert ambiguities(focused.window) == [], page


def test_shortcuts_are_unique_after_a_change_of_language(qtbot, qapp, focused):
    pages = list(focused.window.pages)
    focused.controller.settings.change_settings(language="zh_CN")
    try:
        qtbot.waitUntil(lambda: focused.window.pages and focused.window.pages[0] is not pages[0])
        qtbot.wait(50)  # the pages in English are deleted by an event
        enable_all(focused)
        for page in (FRESH, *PAGE_ORDER):
            show_page(qtbot, focused, page)
            assert ambiguities(focused.window) == [], page
    finally:
        language.apply_language(qapp, translations.ENGLISH)


def test_every_shortcut_triggers_its_action(qtbot, focused):
    enable_all(focused)
    pressed = ShortcutRecorder()
    for action in focused.window.findChildren(QAction):
        action.installEventFilter(pressed)
    for page in (FRESH, *PAGE_ORDER):
        show_page(qtbot, focused, page)
        activate(qtbot, focused.window)
        focused.window.setFocus()
        wrong = {}
        for owner in shortcut_owners(focused.window):
            for keys in sequences(owner) if owner.isEnabled() else ():
                pressed.got.clear()
                press(qtbot, focused.window, keys)
                if pressed.got != [(owner_name(owner), False)]:
                    wrong[keys.toString(), owner_name(owner)] = list(pressed.got)
        assert wrong == {}, page


def press(qtbot, window: QWidget, keys: QKeySequence) -> None:
    for combination in range(keys.count()):
        both = keys[combination]
        qtbot.keyClick(QApplication.focusWidget() or window, both.key(), both.keyboardModifiers())


def test_shortcuts_for_folder_and_model_work_on_a_fresh_start(qtbot, focused, tmp_path, monkeypatch):
    calls = defaultdict(int)
    folder = make_images(tmp_path / "images", 1)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: calls.update(f=calls["f"] + 1) or str(folder))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: calls.update(m=calls["m"] + 1) or ("", ""))
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(focused.window, Qt.Key.Key_I, control)
    assert calls["m"] == 1
    qtbot.keyClick(focused.window, Qt.Key.Key_O, control | shift)
    assert calls["f"] == 1
    qtbot.waitUntil(lambda: focused.presenter.state.name == "0.png", timeout=60_000)
