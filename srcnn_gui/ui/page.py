"""Base classes of the pages, and of the main window that contains the pages."""

from typing import Self

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QMainWindow, QWidget

from srcnn_gui.ui.menus import Menus, PageActions


class Page(QWidget):
    """Base class of the pages of the main window."""

    title_changed = Signal(str)  # what the page shows, for the title of the window, or "" for nothing
    status_changed = Signal(str)  # text for the status bar
    running_changed = Signal(bool)  # whether a job is running
    page_actions: PageActions | None = None  # the page's menu actions
    is_current_page = False

    @property
    def regions(self) -> tuple[QWidget, ...]:
        """Main areas of the page, in the order in which Tab and F6 visit them."""
        return (self,)

    def set_current_page(self, is_current: bool) -> None:
        """Enable or disable the menu actions of the page, depending on whether the page is visible.

        The actions of hidden pages must be disabled, because the pages use the same shortcuts.
        """
        self.is_current_page = is_current
        if self.page_actions is not None:
            self.page_actions.setEnabled(is_current)

    def set_compact(self, compact: bool) -> None:
        """Switch to the compact layout for narrow windows, or back to the normal layout."""

    @property
    def can_show_only_image(self) -> bool:
        """Whether the page shows an image that can fill the screen."""
        return False

    def show_only_image(self, only_image: bool) -> None:
        """Hide everything but the image, or show all widgets again. By default, do nothing."""

    def apply_theme(self) -> None:
        """Apply the colors of the theme that the style sheet does not set."""

    def can_close(self) -> bool:
        """Return whether the window may be closed. If a job is running, ask the user for confirmation."""
        return True

    def restore_from(self, previous: Self) -> None:
        """Copy the view state of `previous`, the page that this one replaces after a language change."""


class PageHost(QMainWindow):
    """Interface of the main window that pages use. `srcnn_gui.shell.main_window` implements it.

    Attributes
    ----------
    menus : menus to which the pages add their actions
    pixel_values : label in the status bar that shows the values of a pixel
    """

    menus: Menus
    pixel_values: QLabel

    def show_page(self, page: int | Page) -> None:
        """Show a page, given as a widget or by its index."""
        raise NotImplementedError

    def show_device(self, title: str) -> None:
        """Show the name of the device in use in the status bar."""
        raise NotImplementedError

    def add_to_file_menu(self, actions: list[QAction]) -> None:
        """Insert actions into the File menu, above Quit."""
        raise NotImplementedError

    def add_to_edit_menu(self, actions: list[QAction]) -> None:
        """Insert actions into the Edit menu, above Settings."""
        raise NotImplementedError
