"""The menu bar, and the actions of one page in it: those of a page that is not in front cannot be chosen."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import SignalInstance
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons


class Menus:
    """The menus of the window, for its pages to fill."""

    def __init__(self, window: QMainWindow) -> None:
        bar = window.menuBar()
        self.file: QMenu = bar.addMenu(_("&File"))
        self.edit: QMenu = bar.addMenu(_("&Edit"))
        self.view: QMenu = bar.addMenu(_("&View"))
        self.picture: QMenu = bar.addMenu(_("&Picture"))
        self.train: QMenu = bar.addMenu(_("T&rain"))
        self.help: QMenu = bar.addMenu(_("&Help"))


class PageActions(QActionGroup):
    """A page's actions, enabled while the page is in front. Disabled as a group, each keeps its own state."""

    def __init__(self, page: Any) -> None:
        super().__init__(page)
        self.setExclusionPolicy(QActionGroup.ExclusionPolicy.None_)
        self.setEnabled(page.is_in_front)
        page.page_actions = self

    def add(
        self,
        menu: QMenu,
        text: str,
        keys: str | Sequence[str] = (),
        do: Callable[..., Any] | SignalInstance | None = None,
        *,
        checkable: bool = False,
        icon: str = "",
    ) -> QAction:
        """An action in a menu, of the page."""
        action = make_action(self, text, keys, do, checkable=checkable, icon=icon)
        self.addAction(action)
        menu.addAction(action)
        return action


def make_action(
    owner: Any,
    text: str,
    keys: str | Sequence[str] = (),
    do: Callable[..., Any] | SignalInstance | None = None,
    *,
    checkable: bool = False,
    icon: str = "",
) -> QAction:
    """An action with its keys, and a tooltip that names the first of them."""
    action = QAction(owner)
    names = [keys] if isinstance(keys, str) else list(keys)
    action.setShortcuts([QKeySequence(name) for name in names])
    action.setCheckable(checkable)
    set_text(action, text)
    if icon:
        icons.put(action, icon)
        action.setIconVisibleInMenu(False)
    if do is not None:
        action.triggered.connect(do)
    return action


def set_text(action: QAction, text: str) -> None:
    """Set what a menu shows for an action, and a tooltip that adds its first key."""
    words = plain_text(text)
    shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    action.setText(text)
    action.setToolTip(f"{words} ({shown})" if shown else words)


def plain_text(text: str) -> str:
    """An action's text as words: without its marked letter, "(&U)" in Chinese, and without the dots of a question."""
    text = re.sub(r"\(&\w\)", "", text)
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").removesuffix("…")
