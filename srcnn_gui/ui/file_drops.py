"""Base class of the pages that accept dropped files."""

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from srcnn_gui.runtime.translations import _
from srcnn_gui.ui.page import Page

# Never a move: the file manager deletes the source files after a move.
_COPY_ACTIONS = (Qt.DropAction.CopyAction, Qt.DropAction.LinkAction)


class DropPage(Page):
    """Base class of a page that accepts files dropped anywhere on it.

    Subclasses implement `check_drop`, `show_drop_hint`, `hide_drop_hint` and `drop`.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)

    def check_drop(self, files: list[Path]) -> bool:
        """Return whether the page accepts these files now. If not, show the reason to the user."""
        raise NotImplementedError

    def show_drop_hint(self, event: QDropEvent, files: list[Path]) -> None:
        """Show what happens if the files are dropped at the position of the event."""
        raise NotImplementedError

    def hide_drop_hint(self) -> None:
        """Hide the hint of `show_drop_hint`, because the drag has ended or left the page."""
        raise NotImplementedError

    def drop(self, event: QDropEvent, files: list[Path]) -> None:
        """Open or use the dropped files."""
        raise NotImplementedError

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept dragged files, and show what happens if they are dropped."""
        self._accept_files(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Accept dragged files, and show what happens if they are dropped at this position."""
        self._accept_files(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Hide the hint of `show_drop_hint`."""
        self.hide_drop_hint()

    def dropEvent(self, event: QDropEvent) -> None:
        """Use the dropped files, if the page accepts them."""
        if self._accept_files(event):
            self.drop(event, local_files(event.mimeData()))
        self.hide_drop_hint()

    def _accept_files(self, event: QDropEvent) -> bool:
        """Accept a drag or drop event as a copy, or ignore it. Return whether it was accepted."""
        files = local_files(event.mimeData())
        action = next((action for action in _COPY_ACTIONS if event.possibleActions() & action), None)
        if files and action is None:
            message = _("Files can't be moved into this window. To copy them instead, hold Ctrl while you drag.")
            self.status_changed.emit(message)
        if not files or action is None or not self.check_drop(files):
            event.ignore()
            return False
        event.setDropAction(action)
        event.accept()
        self.show_drop_hint(event, files)
        return True


def local_files(data: QMimeData) -> list[Path]:
    """Return the paths of the local files in drag-and-drop or clipboard data."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
