"""The name over a pane, and the menu of what else can stand in it."""

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from srcnn_gui.canvas.view_layout import Look, content_title
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme

_AT = 12  # px from a pane's corner
_SWATCH, _SPACE = 8, 4
_COLOURS = {"bicubic": theme.DARK.bicubic, "srcnn": theme.DARK.srcnn, "truth": theme.DARK.truth}


class PaneChip(QToolButton):
    """A dark drop-down on the picture, the same in both themes."""

    chosen = Signal(str)

    def __init__(self, side: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._side = side
        self._menu = QMenu(self)
        self._shown: tuple[str, ...] = ()
        self.setMenu(self._menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        theme.set_role(self, "chip")

    def display(self, look: Look, content: str) -> None:
        """Name what the pane shows."""
        if self._shown == (content, *look.contents):
            return
        self._shown = (content, *look.contents)
        title = content_title(content)
        self.setText(title)
        self.setIcon(_swatch(content))
        self.setIconSize(QSize(_SWATCH + _SPACE, _SWATCH))
        self.setToolButtonStyle(self.toolButtonStyle().ToolButtonTextBesideIcon)
        place = _("Left pane") if self._side == "left" else _("Right pane")
        self.setAccessibleName(f"{place}: {title}")
        keys = "A" if self._side == "left" else "B"
        self.setToolTip(_("What this pane shows (next: {key})").format(key=keys))
        self._menu.clear()
        for name in look.contents:
            action = self._menu.addAction(content_title(name), lambda name=name: self.chosen.emit(name))
            action.setCheckable(True)
            action.setChecked(name == content)
        self.adjustSize()

    def sizeHint(self) -> QSize:
        """Room for the arrow at the end too."""
        hint = super().sizeHint()
        return QSize(hint.width() + 12, theme.grown(28))

    def paintEvent(self, event: object) -> None:
        """The arrow that says there is a menu."""
        super().paintEvent(event)  # type: ignore[arg-type]
        painter = QPainter(self)
        arrow = icons.pixmap("chevron-down", theme.WHITE, 14, self.devicePixelRatioF())
        painter.drawPixmap(self.width() - 20, (self.height() - 14) // 2, arrow)


class PaneChips(QObject):
    """The two chips of a canvas."""

    chosen = Signal(str, str)  # side of the look, content

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.left, self.right = PaneChip("left", canvas), PaneChip("right", canvas)
        self._held = False
        self.left.chosen.connect(lambda content: self.chosen.emit("right" if self._held else "left", content))
        self.right.chosen.connect(lambda content: self.chosen.emit("left" if self._held else "right", content))

    def place(self, look: Look, second: int, width: int, *, held: bool) -> None:
        """A chip in each pane's corner; of a split or a difference the right one is at the right edge.

        `second` is where the right pane begins, `width` the canvas's, both in px; `held` exchanges the panes.
        """
        self._held = held
        self.left.display(look, look.right if held else look.left)
        self.right.display(look, look.left if held else look.right)
        self.right.setVisible(look.view != "flip")
        self.left.move(_AT, _AT)
        self.right.move(second + _AT if look.view == "side" else width - _AT - self.right.width(), _AT)


def _swatch(content: str) -> QIcon:
    """The method's colour as a small square."""
    made = QIcon()
    for ratio in (1, 2):
        drawn = QPixmap((_SWATCH + _SPACE) * ratio, _SWATCH * ratio)
        drawn.setDevicePixelRatio(ratio)
        drawn.fill(QColor(0, 0, 0, 0))
        painter = QPainter(drawn)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(QColor(_COLOURS.get(content, theme.WHITE)))
        painter.drawRoundedRect(0, 0, _SWATCH, _SWATCH, 2, 2)
        painter.end()
        made.addPixmap(drawn)
    return made
