"""Menu bar of the window, and menu actions of the pages."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import SignalInstance
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons


class Menus:
    """Menus in the menu bar of the window, as attributes `file`, `edit`, `view` and so on."""

    def __init__(self, window: QMainWindow) -> None:
        bar = window.menuBar()
        self.file: QMenu = bar.addMenu(_("&File"))
        self.edit: QMenu = bar.addMenu(_("&Edit"))
        self.view: QMenu = bar.addMenu(_("&View"))
        self.image: QMenu = bar.addMenu(_("&Image"))
        self.batch: QMenu = bar.addMenu(_("&Batch"))
        self.train: QMenu = bar.addMenu(_("&Train"))
        self.benchmark: QMenu = bar.addMenu(_("Bench&mark"))
        self.help: QMenu = bar.addMenu(_("&Help"))


class PageActions(QActionGroup):
    """Menu actions of a page, which are enabled only while the page is visible.

    The enabled state of each action is kept while the page is hidden.
    """

    def __init__(self, page: Any) -> None:
        super().__init__(page)
        self.setExclusionPolicy(QActionGroup.ExclusionPolicy.None_)
        self.setEnabled(page.is_current_page)
        page.page_actions = self

    def add(
        self,
        menu: QMenu,
        text: str,
        keys: str | Sequence[str] = (),
        callback: Callable[..., Any] | SignalInstance | None = None,
        *,
        checkable: bool = False,
        icon: str = "",
    ) -> QAction:
        """Add an action of the page to a menu, and return it. See `make_action` for the parameters."""
        action = make_action(self, text, keys, callback, checkable=checkable, icon=icon)
        self.addAction(action)
        menu.addAction(action)
        return action


def make_action(
    owner: Any,
    text: str,
    keys: str | Sequence[str] = (),
    callback: Callable[..., Any] | SignalInstance | None = None,
    *,
    checkable: bool = False,
    icon: str = "",
) -> QAction:
    """Return an action whose tooltip contains its first shortcut.

    Parameters
    ----------
    owner : parent object of the action
    text : text of the menu item, with "&" before the mnemonic
    keys : keyboard shortcut, or a sequence of shortcuts
    callback : function to call, or signal to emit, when the action is triggered
    checkable : whether the action can be checked
    icon : name of the icon, which is shown on buttons but not in menus, or "" for none
    """
    action = QAction(owner)
    names = [keys] if isinstance(keys, str) else list(keys)
    action.setShortcuts([QKeySequence(name) for name in names])
    action.setCheckable(checkable)
    set_action_text(action, text)
    if icon:
        icons.set_icon(action, icon)
        action.setIconVisibleInMenu(False)
    if callback is not None:
        action.triggered.connect(callback)
    return action


def set_action_text(action: QAction, text: str) -> None:
    """Set the text of an action, and a tooltip with the text and the first shortcut."""
    plain = plain_text(text)
    action.setText(text)
    action.setToolTip(with_shortcut(plain, action.shortcut()))


def key_text(keys: str | QKeySequence) -> str:
    """Return a shortcut in the notation of the platform, such as "Ctrl+S" or "⌘S"."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def with_shortcut(text: str, keys: str | QKeySequence) -> str:
    """Return a tooltip with a shortcut in parentheses, such as "Zoom In (+)".

    An empty shortcut is omitted.
    """
    shortcut = key_text(keys)
    return f"{text} ({shortcut})" if shortcut else text


def plain_text(text: str) -> str:
    """Return the text of an action without its ellipsis and its mnemonic, such as "&" or "(&U)"."""
    text = re.sub(r"\(&\w\)", "", text)
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").removesuffix("…")
