"""Page that accepts dropped files as copies."""

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from srcnn_gui.runtime.translations import _
from srcnn_gui.ui.page import Page

# Never a move: the file manager deletes the source files after a move.
_COPY_ACTIONS = (Qt.DropAction.CopyAction, Qt.DropAction.LinkAction)


class DropPage(Page):
    """A page that accepts files dropped anywhere on it.

    Subclasses implement `accepts_drop`, `show_drag`, `hide_drag` and `drop`.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)

    def accepts_drop(self, files: list[Path]) -> bool:
        """Return whether these files can be dropped now. If not, the page shows why."""
        raise NotImplementedError

    def show_drag(self, event: QDropEvent, files: list[Path]) -> None:
        """Show what a drop at the position of the event does."""
        raise NotImplementedError

    def hide_drag(self) -> None:
        """Stop showing the drag."""
        raise NotImplementedError

    def drop(self, event: QDropEvent, files: list[Path]) -> None:
        """Use the dropped files."""
        raise NotImplementedError

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files as copies, and show what a drop does."""
        self._accept_files(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Accept files as copies, and show what a drop does at this position."""
        self._accept_files(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Stop showing the drag."""
        self.hide_drag()

    def dropEvent(self, event: QDropEvent) -> None:
        """Accept the files and use them."""
        if self._accept_files(event):
            self.drop(event, local_files(event.mimeData()))
        self.hide_drag()

    def _accept_files(self, event: QDropEvent) -> bool:
        """Accept or ignore a drag or drop event; return whether it was accepted."""
        files = local_files(event.mimeData())
        action = next((action for action in _COPY_ACTIONS if event.possibleActions() & action), None)
        if files and action is None:
            self.status_changed.emit(_("These files can only be moved. To copy them, hold Ctrl while you drag."))
        if not files or action is None or not self.accepts_drop(files):
            event.ignore()
            return False
        event.setDropAction(action)
        event.accept()
        self.show_drag(event, files)
        return True


def local_files(data: QMimeData) -> list[Path]:
    """Return the local files of drag-and-drop or clipboard data."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
