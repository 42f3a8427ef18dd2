"""What is on the Batch page before there is a list: where to drop a folder, and how to choose one."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.drop_zone import DashedZone, centred


class BatchZone(DashedZone):
    """Says what to do, and does it at a click."""

    folder_wanted = Signal()
    files_wanted = Signal()

    def __init__(self) -> None:
        words = _("Every picture in it is enlarged into another folder, which gets the same tree.")
        promise = _("A stop, a crash or a full disk loses nothing: a start does the rest.")
        super().__init__("batch", _("Drop a folder here"), f"{words}\n{promise}")
        self.folder, self.files = QPushButton(_("Choose a folder…")), QPushButton(_("Choose files…"))
        theme.set_role(self.folder, True, "primary")
        icons.put(self.folder, "folder", on_fill=True)
        icons.put(self.files, "picture")
        self.folder.setAccessibleDescription(_("Every picture in a folder"))
        self.files.setAccessibleDescription(_("Picture files"))
        self.folder.clicked.connect(self.folder_wanted)
        self.files.clicked.connect(self.files_wanted)
        self.add(centred(self.folder, self.files))
