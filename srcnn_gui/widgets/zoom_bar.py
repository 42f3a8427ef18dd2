"""The toolbar over the panes: how large, fitted, 1:1, smooth or nearest."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from srcnn_gui.messages import _
from srcnn_gui.widgets import icons, theme
from srcnn_gui.widgets.canvas import Canvas
from srcnn_gui.widgets.viewport import ZOOM_STEPS


class ZoomBar(QWidget):
    """Buttons and actions that move one canvas; the actions serve the View menu too."""

    def __init__(self, canvas: Canvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, "toolbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(48)
        self._zoom = QToolButton(text="–")
        self._zoom.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._zoom.setMinimumWidth(76)
        self._zoom.setAccessibleName(_("Zoom"))
        theme.set_role(self._zoom, "tool")
        menu = QMenu(self._zoom)
        for step in ZOOM_STEPS:
            menu.addAction(_percent(step), lambda step=step: canvas.zoom_to(step))
        self._zoom.setMenu(menu)
        self.zoom_out = self._action("minus", _("Zoom Out"), ["-"], lambda: canvas.step_zoom(-1))
        self.zoom_in = self._action("plus", _("Zoom In"), ["+", "="], lambda: canvas.step_zoom(1))
        self.fit = self._action("fit", _("Fit"), ["F"], canvas.fit)
        self.one = self._action("one", _("Actual Pixels"), ["Z"], lambda: canvas.zoom_to(1))
        self.nearest = self._action("pixels", _("Show Pixels as Squares"), ["N"], None)
        self.nearest.setCheckable(True)
        self.nearest.toggled.connect(lambda nearest: canvas.set_smooth(not nearest))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(4)
        row.addStretch()
        for widget in (self.zoom_out, self._zoom, self.zoom_in, self.fit, self.one, self.nearest):
            row.addWidget(_button(widget) if isinstance(widget, QAction) else widget)
        canvas.zoom_changed.connect(lambda zoom: self._zoom.setText(_percent(zoom)))

    @property
    def view_actions(self) -> list[QAction]:
        """What the View menu offers."""
        return [self.zoom_in, self.zoom_out, self.fit, self.one, self.nearest]

    def _action(self, icon: str, text: str, keys: list[str], do: Callable[[], None] | None) -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setToolTip(f"{text} ({keys[0]})")
        icons.put(action, icon)
        if do is not None:
            action.triggered.connect(do)
        self.addAction(action)
        return action


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setAccessibleName(action.text())
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    theme.set_role(button, "tool")
    return button


def _percent(zoom: float) -> str:
    """A zoom as a person says it."""
    return _("{percent} %").format(percent=f"{zoom * 100:.0f}")
