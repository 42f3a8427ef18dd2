"""The panel on the right of a page: choices, which scroll, and under them what stays in sight."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from srcnn_gui.ui import theme
from srcnn_gui.ui.controls import scrolling

_WIDTH, _COMPACT_WIDTH = 280, 256  # px


class Panel(QWidget):
    """Two columns to be filled: `choices`, and `pinned` for what they come to and the buttons; then `lay_out`."""

    def __init__(self) -> None:
        super().__init__()
        theme.set_role(self, "inspector")
        self._above, self._below = QWidget(), QWidget()
        self.choices, self.pinned = QVBoxLayout(self._above), QVBoxLayout(self._below)
        for part in (self._above, self._below):
            theme.set_role(part, "panel")
        self.choices.setContentsMargins(16, 12, 16, 12)
        self.choices.setSpacing(8)
        self.pinned.setContentsMargins(16, 8, 16, 14)
        self.pinned.setSpacing(12)

    def lay_out(self) -> None:
        """Put the two below each other, once they are full."""
        self.choices.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)  # the line to the left
        column.setSpacing(0)
        column.addWidget(scrolling(self._above), 1)
        column.addWidget(self._below)
        self.set_compact(False)

    def lock(self, locked: bool) -> None:
        """Nothing can be chosen while something is at work on it."""
        self._above.setEnabled(not locked)

    def swap(self, hidden: QWidget, shown: QWidget, *, locked: bool) -> None:
        """Show a button in another's place, and give it the keys if they are here.

        Before anything is locked, or they would go to whatever comes next, such as the status bar.
        """
        if shown.isHidden() or not hidden.isHidden():
            shown.show()
            focused = self.window().focusWidget()
            if focused is hidden or (locked and self.isAncestorOf(focused)):  # it is not an ancestor of None
                focused.clearFocus()
                shown.setFocus()  # if it can be pressed
            hidden.hide()

    def set_compact(self, compact: bool) -> None:
        """Take less room in a narrow window."""
        self.setFixedWidth(theme.grown(_COMPACT_WIDTH if compact else _WIDTH))


def beside_work(page: QWidget, work: QWidget, panel: QWidget) -> None:
    """Fill a page: the work left, the choices right."""
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    row.addWidget(work, 1)
    row.addWidget(panel)


def stacked(parts: tuple[QWidget, ...], growing: QWidget) -> QWidget:
    """The parts of a page's work below each other; one of them takes what room there is."""
    work = QWidget()
    column = QVBoxLayout(work)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for part in parts:
        column.addWidget(part, 1 if part is growing else 0)
    return work
