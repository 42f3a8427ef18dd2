"""Drop-down button in the corner of each pane, which shows the content of the pane and can change it."""

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from srcnn_gui.canvas.view_layout import ViewLayout, content_title
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.menus import key_text

_AT = 12  # distance from the edges of the pane, px
_SWATCH, _SPACE = 8, 4
_COLORS = {"bicubic": theme.DARK.bicubic, "model": theme.DARK.model, "ground_truth": theme.DARK.ground_truth}


class PaneChip(QToolButton):
    """Drop-down button that shows the content of a pane and can change it. It is dark in both themes."""

    chosen = Signal(str)

    def __init__(self, side: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._side = side
        self._menu = QMenu(self)
        self._shown: tuple[str, ...] = ()
        self.setMenu(self._menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        theme.set_role(self, "chip")

    def display(self, view_layout: ViewLayout, content: str, model: str) -> None:
        """Show the title of the pane's content, and list the available contents in the menu.

        `model` is the title of the selected model.
        """
        if self._shown == (model, content, *view_layout.contents):
            return
        self._shown = (model, content, *view_layout.contents)
        title = content_title(content, model)
        self.setText(title)
        self.setIcon(_swatch(content))
        self.setIconSize(QSize(_SWATCH + _SPACE, _SWATCH))
        self.setToolButtonStyle(self.toolButtonStyle().ToolButtonTextBesideIcon)
        place = _("Left pane") if self._side == "left" else _("Right pane")
        self.setAccessibleName(f"{place}: {title}")
        key = key_text("A" if self._side == "left" else "B")
        self.setToolTip(_("Selects the image to show in this pane ({key} to cycle)").format(key=key))
        self._menu.clear()
        for name in view_layout.contents:
            action = self._menu.addAction(content_title(name, model), lambda name=name: self.chosen.emit(name))
            action.setCheckable(True)
            action.setChecked(name == content)
        self.adjustSize()

    def sizeHint(self) -> QSize:
        """Return the size of the button, including the arrow of its menu."""
        hint = super().sizeHint()
        return QSize(hint.width() + 12, theme.scaled_px(28))

    def paintEvent(self, event: object) -> None:
        """Paint the button and the arrow of its menu."""
        super().paintEvent(event)  # type: ignore[arg-type]
        painter = QPainter(self)
        arrow = icons.pixmap("chevron-down", theme.WHITE, 14, self.devicePixelRatioF())
        painter.drawPixmap(self.width() - 20, (self.height() - 14) // 2, arrow)


class PaneChips(QObject):
    """Drop-down buttons of both panes."""

    chosen = Signal(str, str)  # side, content

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.left, self.right = PaneChip("left", canvas), PaneChip("right", canvas)
        self._swapped = False
        self.model_title = ""  # title of the selected model
        self.left.chosen.connect(lambda content: self.chosen.emit("right" if self._swapped else "left", content))
        self.right.chosen.connect(lambda content: self.chosen.emit("left" if self._swapped else "right", content))

    def place(self, view_layout: ViewLayout, second_pane_x: int, width: int, *, swapped: bool) -> None:
        """Place the buttons in the upper corners of the panes, and show the contents of the panes.

        Parameters
        ----------
        view_layout : view, and contents of the panes
        second_pane_x : left edge of the right pane in the side-by-side view, in px
        width : width of the canvas, in px
        swapped : whether the panes are temporarily exchanged
        """
        self._swapped = swapped
        self.left.display(view_layout, view_layout.right if swapped else view_layout.left, self.model_title)
        self.right.display(view_layout, view_layout.left if swapped else view_layout.right, self.model_title)
        self.right.setVisible(view_layout.view != "flip")
        self.left.move(_AT, _AT)
        self.right.move(second_pane_x + _AT if view_layout.view == "side" else width - _AT - self.right.width(), _AT)


def _swatch(content: str) -> QIcon:
    """Return a small square in the color of an image, or in white if the image has no color."""
    icon = QIcon()
    for ratio in (1, 2):
        drawn = QPixmap((_SWATCH + _SPACE) * ratio, _SWATCH * ratio)
        drawn.setDevicePixelRatio(ratio)
        drawn.fill(QColor(0, 0, 0, 0))
        painter = QPainter(drawn)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(QColor(_COLORS.get(content, theme.WHITE)))
        painter.drawRoundedRect(0, 0, _SWATCH, _SWATCH, 2, 2)
        painter.end()
        icon.addPixmap(drawn)
    return icon
