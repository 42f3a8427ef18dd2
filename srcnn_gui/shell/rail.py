"""Navigation rail on the left of the window, with a button for each page."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton, QVBoxLayout

from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.menus import with_shortcut

_DOT_PX = 6


class Rail(QFrame):
    """Column of buttons that show the pages. The button of the visible page is checked.

    A dot marks pages with a running job.
    """

    chosen = Signal(int)
    settings_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        theme.set_role(self, "rail")
        self._buttons: list[_PageButton] = []
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self.chosen)
        self._compact = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 8, 0, 8)
        self._column.setSpacing(4)
        self._column.addStretch()
        self._settings = _PageButton()
        self._settings.setText(_("Settings"))
        self._settings.setAccessibleName(_("Settings"))
        self._settings.setToolTip(with_shortcut(_("Settings"), "Ctrl+,"))
        theme.set_role(self._settings, "rail")
        icons.set_icon(self._settings, "settings", 22, tone="muted")
        self._settings.clicked.connect(self.settings_requested)
        self._column.addWidget(self._settings)
        self.set_compact(False)

    def add(self, title: str, icon: str) -> None:
        """Add a button for a page. Its tooltip contains the shortcut, which is Ctrl and the page number."""
        number = len(self._buttons)
        button = _PageButton()
        button.setText(title)
        button.setCheckable(True)
        button.setAccessibleName(_("{page} page").format(page=title))
        button.setToolTip(with_shortcut(title, f"Ctrl+{number + 1}"))
        theme.set_role(button, "rail")
        icons.set_icon(button, icon, 22, tone="muted")
        self._buttons.append(button)
        self._group.addButton(button, number)
        self._column.insertWidget(number, button)
        self.setTabOrder(button, self._settings)
        self.set_compact(self._compact)

    def check_button(self, index: int) -> None:
        """Check the button of the page that is visible."""
        self._buttons[index].setChecked(True)

    def set_running(self, index: int, running: bool) -> None:
        """Show or hide the dot that marks a page with a running job."""
        self._buttons[index].set_running(running)

    def set_compact(self, compact: bool) -> None:
        """Show only the icons of the buttons if `compact` is true, otherwise icons and titles."""
        self._compact = compact
        self.setFixedWidth(theme.scaled_px(56 if compact else 72))
        style = Qt.ToolButtonStyle.ToolButtonIconOnly if compact else Qt.ToolButtonStyle.ToolButtonTextUnderIcon
        for button in (*self._buttons, self._settings):
            height = theme.scaled_px(48 if compact else 58)
            button.setFixedSize(QSize(self.width() - 1, height))  # 1 px is for the border of the rail
            theme.set_role(button, compact, "compact")
            button.setToolButtonStyle(style)


class _PageButton(QToolButton):
    """Button with the icon and title of a page, and a dot while the page has a running job."""

    _running = False

    def set_running(self, running: bool) -> None:
        if running != self._running:
            self._running = running
            self.setAccessibleDescription(_("running") if running else "")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the button, and the dot at the upper right corner of its icon."""
        super().paintEvent(event)
        if self._running:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.current().accent))
            painter.drawEllipse(QRectF(self.width() / 2 + 12, 8, _DOT_PX, _DOT_PX))
