"""Files dragged onto a page: taken as copies, or refused."""

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from srcnn_gui.runtime.translations import _
from srcnn_gui.ui.page import Page

# Never a move: a file manager deletes the originals after a drop that was answered so.
_HARMLESS = (Qt.DropAction.CopyAction, Qt.DropAction.LinkAction)


class DropPage(Page):
    """A page that takes files dropped anywhere on it.

    A subclass says what it takes (`may_drop`), shows a drag (`show_drag`, `hide_drag`) and uses the files (`drop`).
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)

    def may_drop(self, files: list[Path]) -> bool:
        """Return whether these files can be dropped now. A page that cannot take them for a while shows why."""
        raise NotImplementedError

    def show_drag(self, event: QDropEvent, files: list[Path]) -> None:
        """Show what a drop here does."""
        raise NotImplementedError

    def hide_drag(self) -> None:
        """Stop showing the drag."""
        raise NotImplementedError

    def drop(self, event: QDropEvent, files: list[Path]) -> None:
        """Use the files."""
        raise NotImplementedError

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files as copies, and show what a drop does."""
        self._answer(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Accept files as copies, and show what a drop here does."""
        self._answer(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Stop showing the drag."""
        self.hide_drag()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the files."""
        if self._answer(event):
            self.drop(event, files_in(event.mimeData()))
        self.hide_drag()

    def _answer(self, event: QDropEvent) -> bool:
        """Accept or refuse a drag or a drop; return which."""
        files = files_in(event.mimeData())
        action = next((action for action in _HARMLESS if event.possibleActions() & action), None)
        if files and action is None:
            self.status_changed.emit(_("These files can only be moved. To copy them, hold Ctrl while you drag."))
        if not files or action is None or not self.may_drop(files):
            event.ignore()
            return False
        event.setDropAction(action)
        event.accept()
        self.show_drag(event, files)
        return True


def files_in(data: QMimeData) -> list[Path]:
    """Return the local files in what is dragged or pasted."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
