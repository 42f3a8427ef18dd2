"""What the Compare page shows before there is an image: where to drop one, how to open one, and three samples."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QPushButton, QToolButton

from srcnn_gui.runtime import resources
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.drop_zone import DashedZone, centred, quiet

_THUMBNAIL = QSize(140, 100)


def sample_titles() -> dict[str, str]:
    """The samples' names in the present language."""
    return {"astronaut": _("Astronaut"), "cat": _("Cat"), "coffee": _("Coffee")}


class DropZone(DashedZone):
    """Says what to do, and does it at a click."""

    open_wanted = Signal()
    folder_wanted = Signal()
    paste_wanted = Signal()
    sample_wanted = Signal(Path)

    def __init__(self) -> None:
        words = _("See SRCNN beside plain bicubic, with PSNR and SSIM if you have the original.")
        super().__init__("picture", _("Drop a picture here"), words)
        self.open = QPushButton(_("Open…"))
        theme.set_role(self.open, True, "primary")
        self.open.clicked.connect(self.open_wanted)
        icons.put(self.open, "open", on_fill=True)
        self.folder, self.paste = QPushButton(_("Open folder…")), QPushButton(_("Paste"))
        for button, described in (
            (self.open, _("Picture files")),
            (self.folder, _("Every picture in a folder")),
            (self.paste, _("The picture or the files on the clipboard")),
        ):
            button.setAccessibleDescription(described)
        self.folder.clicked.connect(self.folder_wanted)
        self.paste.clicked.connect(self.paste_wanted)
        icons.put(self.folder, "folder")
        icons.put(self.paste, "paste")
        or_try = quiet(_("or try one of these"))
        or_try.setContentsMargins(0, 16, 0, 0)
        samples = centred(*(self._sample(name, shown) for name, shown in sample_titles().items()))
        self.add(centred(self.open, self.folder, self.paste), or_try, samples)

    def _sample(self, name: str, shown: str) -> QToolButton:
        """A picture to try, with its name under it."""
        path = resources.sample(f"{name}.png")
        button = QToolButton()
        theme.set_role(button, "sample")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIcon(_thumbnail(path))
        button.setIconSize(_THUMBNAIL)
        button.setText(shown)
        button.setAccessibleName(_("Sample picture: {name}").format(name=shown))
        button.setAccessibleDescription(_("Opens it as its own ground truth"))
        button.clicked.connect(lambda: self.sample_wanted.emit(path))
        return button


def _thumbnail(path: Path) -> QPixmap:
    """A picture filling the thumbnail; of a tall one the upper part, where faces are."""
    size = _THUMBNAIL * 2
    fill, smooth = Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    whole = QPixmap(str(path)).scaled(size, fill, smooth)
    left, top = (whole.width() - size.width()) // 2, (whole.height() - size.height()) // 8
    cut = whole.copy(left, top, size.width(), size.height())
    cut.setDevicePixelRatio(2)
    return cut
