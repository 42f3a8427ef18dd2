"""Base classes of the pages and of the main window that hosts them."""

from typing import Self

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QMainWindow, QWidget

from srcnn_gui.ui.menus import Menus, PageActions


class Page(QWidget):
    """Base class of the pages."""

    status_changed = Signal(str)  # text for the status bar
    running_changed = Signal(bool)  # whether a job runs
    page_actions: PageActions | None = None  # the page's menu actions
    is_current_page = False

    @property
    def regions(self) -> tuple[QWidget, ...]:
        """The regions that Tab and F6 visit, in this order."""
        return (self,)

    def set_current_page(self, in_front: bool) -> None:
        """Enable the actions of the page while it is in front, because the pages share their shortcuts."""
        self.is_current_page = in_front
        if self.page_actions is not None:
            self.page_actions.setEnabled(in_front)

    def set_compact(self, compact: bool) -> None:
        """Adapt to a narrow window."""

    def apply_theme(self) -> None:
        """Update what the style sheet does not cover to the colors of the theme."""

    def can_close(self) -> bool:
        """Return whether the window may close; a page with unsaved work asks the user."""
        return True

    def restore_from(self, previous: Self) -> None:
        """Copy the view state from the previous page, which a change of language replaces."""


class PageHost(QMainWindow):
    """The main window as the pages use it; `srcnn_gui.shell.main_window` implements it.

    Attributes
    ----------
    menus : the menus that the pages add their actions to
    values : the status bar label for pixel values
    """

    menus: Menus
    values: QLabel

    def show_page(self, page: int | Page) -> None:
        """Bring a page to the front, by itself or by its index."""
        raise NotImplementedError

    def show_device(self, title: str) -> None:
        """Show the name of the device in use."""
        raise NotImplementedError

    def add_to_file_menu(self, actions: list[QAction]) -> None:
        """Insert actions above Quit."""
        raise NotImplementedError
