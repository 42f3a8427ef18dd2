"""A page and the window around it, as they know each other."""

from typing import Self

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QMainWindow, QWidget

from srcnn_gui.ui.menus import Menus, PageActions


class Page(QWidget):
    """What the frame needs of a page."""

    status_changed = Signal(str)  # what it does, for the status bar
    running_changed = Signal(bool)  # whether it is at work
    page_actions: PageActions | None = None  # the page's own actions in the menus
    is_in_front = False

    @property
    def regions(self) -> tuple[QWidget, ...]:
        """The parts that F6 and Tab go through, in this order."""
        return (self,)

    def set_in_front(self, in_front: bool) -> None:
        """Enable the page's actions while the page is in front: the pages share their keys."""
        self.is_in_front = in_front
        if self.page_actions is not None:
            self.page_actions.setEnabled(in_front)

    def set_compact(self, compact: bool) -> None:
        """Take less room in a narrow window."""

    def retint(self) -> None:
        """Take on the theme's colours where the style sheet does not reach."""

    def may_close(self) -> bool:
        """Whether the window may close; a page with work that would be lost asks."""
        return True

    def take_over(self, before: Self) -> None:
        """Show what is in no state, as the page before did: it spoke another language, and goes."""


class Frame(QMainWindow):
    """The main window as its pages see it; `srcnn_gui.shell.main_window` implements it.

    Attributes
    ----------
    menus : the menus that pages add their actions to
    values : the part of the status bar that shows pixel values
    """

    menus: Menus
    values: QLabel

    def show_page(self, which: int | Page) -> None:
        """Bring a page to the front, given itself or its position."""
        raise NotImplementedError

    def show_device(self, title: str) -> None:
        """Show which device computes."""
        raise NotImplementedError

    def add_to_file_menu(self, actions: list[QAction]) -> None:
        """Insert actions above Quit."""
        raise NotImplementedError
