"""What is on the canvas before there is a picture: where to drop one, how to open one, three to try."""

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from srcnn_gui.runtime import resources
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme

_INSET = 24
_THUMBNAIL = QSize(140, 100)


def sample_titles() -> dict[str, str]:
    """The samples' names in the present language."""
    return {"astronaut": _("Astronaut"), "cat": _("Cat"), "coffee": _("Coffee")}


class DashedZone(QWidget):
    """A place to drop something: a dashed edge, blue while something is held over it.

    In its middle stand an icon, a title and some words; `add` puts more under them.
    """

    def __init__(self, icon: str, title: str, words: str) -> None:
        super().__init__()
        self._dragged_over = False
        self._icon = icon
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        head = QLabel(title, alignment=Qt.AlignmentFlag.AlignCenter)
        theme.set_role(head, "drop-title")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(2 * _INSET, _INSET + 12, 2 * _INSET, _INSET + 12)
        self._column.setSpacing(12)
        self._column.addStretch(3)
        for widget in (self._picture, head, quiet(words)):
            self._column.addWidget(widget)
        self._column.addSpacing(4)
        self.retint()

    def add(self, *rows: QLayout | QWidget) -> None:
        """What to click, and what else there is to say, below the words."""
        for row in rows:
            self._column.addLayout(row) if isinstance(row, QLayout) else self._column.addWidget(row)
        self._column.addStretch(4)

    def set_compact(self, compact: bool) -> None:
        """In a small window the words need the room."""
        self._picture.setVisible(not compact)
        self._column.invalidate()  # hidden behind the page's work, it would ask for the room it had
        self._column.activate()

    def retint(self) -> None:
        """Take on the theme's colours."""
        self._picture.setPixmap(icons.pixmap(self._icon, theme.current().muted, 56, self.devicePixelRatioF()))
        self.update()

    def set_dragged_over(self, over: bool) -> None:
        """Show that a drop would be taken."""
        self._dragged_over = over
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A dashed edge round the place to drop."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(tokens.canvas))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = QPen(QColor(tokens.accent if self._dragged_over else tokens.strong), 2 if self._dragged_over else 1)
        if not self._dragged_over:
            edge.setDashPattern([4, 3])
        painter.setPen(edge)
        painter.setBrush(QColor(tokens.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(_INSET, _INSET, -_INSET, -_INSET), 8, 8)


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


def quiet(words: str = "") -> QLabel:
    """Words in the middle that do not press."""
    made = QLabel(words, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
    theme.set_role(made, "muted")
    return made


def centred(*widgets: QWidget) -> QHBoxLayout:
    """Widgets in a row, in the middle."""
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addStretch()
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch()
    return row
