"""What is on the Batch page before there is a list: where to drop a folder, and how to choose one."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from srcnn_gui.messages import _
from srcnn_gui.widgets import icons, theme
from srcnn_gui.widgets.drop_zone import INSET, DashedZone, centred


class BatchZone(DashedZone):
    """Says what to do, and does it at a click."""

    folder_wanted = Signal()
    files_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        title = QLabel(_("Drop a folder here"), alignment=Qt.AlignmentFlag.AlignCenter)
        theme.set_role(title, "drop-title")
        words = _("Every picture in it is enlarged into another folder, which gets the same tree.")
        promise = _("A stop, a crash or a full disk loses nothing: a start does the rest.")
        told = QLabel(f"{words}\n{promise}", alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        theme.set_role(told, "muted")
        self.folder, self.files = QPushButton(_("Choose a folder…")), QPushButton(_("Choose files…"))
        theme.set_role(self.folder, True, "primary")
        icons.put(self.folder, "folder", on_fill=True)
        icons.put(self.files, "picture")
        self.folder.setAccessibleDescription(_("Every picture in a folder"))
        self.files.setAccessibleDescription(_("Picture files"))
        self.folder.clicked.connect(self.folder_wanted)
        self.files.clicked.connect(self.files_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * INSET, INSET + 12, 2 * INSET, INSET + 12)
        column.setSpacing(12)
        column.addStretch(3)
        for widget in (self._picture, title, told):
            column.addWidget(widget)
        column.addSpacing(4)
        column.addLayout(centred(self.folder, self.files))
        column.addStretch(4)
        self.retint()

    def set_compact(self, compact: bool) -> None:
        """In a small window the words need the room."""
        self._picture.setVisible(not compact)

    def retint(self) -> None:
        """Take on the theme's colours."""
        self._picture.setPixmap(icons.pixmap("batch", theme.current().muted, 56, self.devicePixelRatioF()))
        self.update()
