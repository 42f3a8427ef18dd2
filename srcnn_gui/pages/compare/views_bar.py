"""Toolbar that selects the view and swaps the panes."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from srcnn_gui.canvas.view_layout import VIEWS, ViewLayout
from srcnn_gui.pages.compare.zoom_bar import tool_button
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import theme
from srcnn_gui.ui.menus import make_action, with_shortcut

_ICONS = {"side": "side", "split": "split", "flip": "flip", "difference": "diff"}


class ViewsBar(QWidget):
    """Toolbar with the view buttons and the swap button. Their actions are also in the View menu."""

    view_layout_chosen = Signal(object)  # ViewLayout

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view_layout = ViewLayout()
        titles = {
            "side": _("Side by Side"),
            "split": _("Split"),
            "flip": _("Flip"),
            "difference": _("Difference"),
        }
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.views = {}
        self._buttons = []
        for number, view in enumerate(VIEWS, start=1):
            choose = lambda _checked=False, view=view: self.view_layout_chosen.emit(self._view_layout.with_view(view))  # noqa: E731
            action = make_action(self, titles[view], str(number), choose, checkable=True, icon=_ICONS[view])
            self.addAction(action)
            if view == "flip":
                action.setToolTip(with_shortcut(_("Flip: shows the other image while Space is held"), str(number)))
            self.views[view] = action
            button = QToolButton()
            button.setDefaultAction(action)
            button.setIconSize(QSize(18, 18))
            button.setAccessibleName(titles[view])
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            theme.set_role(button, "segment")
            theme.set_role(button, {VIEWS[0]: "first", VIEWS[-1]: "last"}.get(view, "middle"), "place")
            self._buttons.append(button)
            row.addWidget(button)
        self.swap = make_action(
            self,
            _("Swap Panes"),
            "X",
            lambda: self.view_layout_chosen.emit(self._view_layout.swapped()),
            icon="swap",
        )
        self.next_left = make_action(
            self,
            _("Cycle Left Pane"),
            "A",
            lambda: self.view_layout_chosen.emit(self._view_layout.with_next_content("left")),
        )
        self.next_right = make_action(
            self,
            _("Cycle Right Pane"),
            "B",
            lambda: self.view_layout_chosen.emit(self._view_layout.with_next_content("right")),
        )
        row.addSpacing(8)
        row.addWidget(tool_button(self.swap))
        self.set_compact(False)

    def display(self, view_layout: ViewLayout) -> None:
        """Select the button for the current view, `view_layout.view`."""
        self._view_layout = view_layout
        for view, action in self.views.items():
            action.setChecked(view == view_layout.view)

    def set_compact(self, compact: bool) -> None:
        """Set whether the buttons show only their icons, for a narrow window."""
        styles = Qt.ToolButtonStyle
        for button in self._buttons:
            button.setToolButtonStyle(styles.ToolButtonIconOnly if compact else styles.ToolButtonTextBesideIcon)
