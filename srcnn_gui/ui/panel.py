"""Side panel of a page: settings that scroll, and buttons that stay visible below them."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from srcnn_gui.ui import theme
from srcnn_gui.ui.controls import scroll_area

_WIDTH, _COMPACT_WIDTH = 280, 256  # px
_MARGIN = 16  # px, at the left and the right


class SidePanel(QWidget):
    """Side panel with settings that scroll, and buttons that stay visible below them.

    Add the settings to the layout `settings_layout`, and the buttons to the layout `pinned`. Then call `build_layout`.
    """

    def __init__(self) -> None:
        super().__init__()
        theme.set_role(self, "inspector")
        self._above, self._below = QWidget(), QWidget()
        self.settings_layout, self.pinned = QVBoxLayout(self._above), QVBoxLayout(self._below)
        for part in (self._above, self._below):
            theme.set_role(part, "panel")
        self.settings_layout.setContentsMargins(_MARGIN, 12, _MARGIN, 12)
        self.settings_layout.setSpacing(8)
        self.pinned.setContentsMargins(_MARGIN, 8, _MARGIN, 14)
        self.pinned.setSpacing(12)

    def build_layout(self) -> None:
        """Finish the panel: put the settings in a scroll area above the pinned buttons."""
        self.settings_layout.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)  # border on the left
        column.setSpacing(0)
        self._scroll_area = scroll_area(self._above)
        self._scroll_area.verticalScrollBar().rangeChanged.connect(self._align_settings)
        column.addWidget(self._scroll_area, 1)
        column.addWidget(self._below)
        self.set_compact(False)

    def _align_settings(self, _minimum: int, maximum: int) -> None:
        """Reduce the right margin by the width of the scroll bar, to keep settings and buttons aligned."""
        margins = self.settings_layout.contentsMargins()
        bar_width = self._scroll_area.verticalScrollBar().sizeHint().width() if maximum else 0
        margins.setRight(max(0, _MARGIN - bar_width))
        self.settings_layout.setContentsMargins(margins)

    def set_locked(self, locked: bool) -> None:
        """Disable the settings, for example while a job is running, or enable them."""
        self._above.setEnabled(not locked)

    def swap_buttons(self, hidden: QWidget, shown: QWidget, *, locked: bool) -> None:
        """Hide a button and show a different one in its place, which gets the keyboard focus if necessary.

        Call this before `set_locked`. Otherwise, Qt moves the focus to another widget, such as the status bar.

        Parameters
        ----------
        hidden : button to hide
        shown : button to show in its place; it gets the focus if the hidden button or a locked setting had it
        locked : whether the settings are about to be locked
        """
        if shown.isHidden() or not hidden.isHidden():
            shown.show()
            focused = self.window().focusWidget()
            if focused is hidden or (locked and self.isAncestorOf(focused)):  # isAncestorOf(None) is false
                focused.clearFocus()
                shown.setFocus()  # has no effect if the button is disabled
            hidden.hide()

    def set_compact(self, compact: bool) -> None:
        """Set whether the panel is narrower, for a narrow window."""
        self.setFixedWidth(theme.scaled_px(_COMPACT_WIDTH if compact else _WIDTH))


def add_side_panel(page: QWidget, main_widget: QWidget, panel: QWidget) -> None:
    """Lay out a page with its main widget (`main_widget`) on the left, and its side panel on the right."""
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    row.addWidget(main_widget, 1)
    row.addWidget(panel)


def stack_vertically(widgets: tuple[QWidget, ...], expanding: QWidget) -> QWidget:
    """Return a widget with `widgets` in a column. `expanding` is the one that takes the free space."""
    work = QWidget()
    column = QVBoxLayout(work)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for part in widgets:
        column.addWidget(part, 1 if part is expanding else 0)
    return work
