"""Toolbar that controls the zoom of the panes and selects a region."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QWidget

from srcnn_gui.canvas.canvas import Canvas
from srcnn_gui.canvas.viewport import ZOOM_STEPS
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.menus import make_action, plain_text, with_shortcut


class ZoomBar(QWidget):
    """Toolbar with the zoom actions of a canvas, which are also in the View menu."""

    def __init__(self, canvas: Canvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._zoom = QToolButton()
        self._zoom.setText("–")
        self._zoom.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._zoom.setMinimumWidth(theme.scaled_px(76))
        self._zoom.setAccessibleName(_("Zoom"))
        self._zoom.setToolTip(_("Sets the zoom"))
        theme.set_role(self._zoom, "tool")
        menu = QMenu(self._zoom)
        steps = {step: menu.addAction(_percent(step), lambda step=step: canvas.zoom_to(step)) for step in ZOOM_STEPS}

        def offer_steps() -> None:
            for step, action in steps.items():
                action.setVisible(step <= canvas.viewport.max_zoom)

        menu.aboutToShow.connect(offer_steps)
        self._zoom.setMenu(menu)
        self.zoom_out = self._action("minus", _("Zoom Out"), ["-"], lambda: canvas.step_zoom(-1))
        self.zoom_in = self._action("plus", _("Zoom In"), ["+", "="], lambda: canvas.step_zoom(1))
        self.fit = self._action("fit", _("Fit to Window"), ["F"], canvas.fit)
        self.actual_pixels = self._action("one", _("Actual Pixels"), ["Z"], lambda: canvas.zoom_to(1))
        self.nearest = self._action("pixels", _("Show Pixels as Squares"), ["N"], None)
        self.nearest.setCheckable(True)
        self.nearest.toggled.connect(lambda nearest: canvas.set_smooth(not nearest))
        self.grid = self._action("grid", _("Pixel Grid"), ["G"], None)
        self.grid.setCheckable(True)
        self.grid.setChecked(True)
        self.grid.toggled.connect(canvas.set_grid)
        self.select = make_action(self, _("Select &Region"), "R", canvas.set_selecting, checkable=True, icon="select")
        canvas.selecting_changed.connect(self.select.setChecked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for widget in (
            self.zoom_out,
            self._zoom,
            self.zoom_in,
            self.fit,
            self.actual_pixels,
            None,
            self.nearest,
            self.grid,
            self.select,
        ):
            row.addWidget(tool_button(widget) if isinstance(widget, QAction) else widget or separator())
        canvas.zoom_changed.connect(self._show_zoom)

    def display(self, *, has_image: bool) -> None:
        """Enable the bar if an image is open, and show the zoom."""
        self.setEnabled(has_image)
        self._show_zoom()

    def _show_zoom(self) -> None:
        self._zoom.setText(_percent(self._canvas.zoom) if self.isEnabled() else "–")

    @property
    def view_actions(self) -> list[QAction]:
        """Actions to add to the View menu."""
        return [self.zoom_in, self.zoom_out, self.fit, self.actual_pixels, self.nearest, self.grid]

    def _action(self, icon: str, text: str, keys: list[str], callback: Callable[[], None] | None) -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setToolTip(with_shortcut(text, keys[0]))
        icons.set_icon(action, icon)
        if callback is not None:
            action.triggered.connect(callback)
        self.addAction(action)
        return action


def tool_button(action: QAction) -> QToolButton:
    """Return a tool button for an action, with an accessible name."""
    button = QToolButton()
    button.setDefaultAction(action)
    button.setAccessibleName(plain_text(action.text()))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    theme.set_role(button, "tool")
    return button


def separator() -> QFrame:
    """Return a thin vertical line to place between groups of buttons."""
    line = QFrame()
    line.setFixedSize(1, 20)
    theme.set_role(line, "division")
    return line


def _percent(zoom: float) -> str:
    """Format a zoom as a percentage. A zoom of 1 is 100%."""
    return _("{percent}%").format(percent=f"{zoom * 100:.0f}")
