"""Banner for failed files, and the progress strip below the table of the Batch page."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from srcnn_gui.pages.batch.state import State
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.menus import with_shortcut

_BAR_STEPS = 1000  # resolution of the progress bar


class FailedBanner(QWidget):
    """Banner with the number of failed files, and with buttons to list and to retry them."""

    show_requested = Signal()
    retry_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, "panel")
        self._compact = False
        card = QFrame()
        theme.set_role(card, "notice")
        theme.set_role(card, "bad", "tone")
        self._icon = QLabel()
        self._count, self._detail = _label("section"), _label("body")
        self._detail.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        show = QPushButton(_("Show Failed Files"))
        self.retry = QPushButton(_("Retry Failed Files"))
        show.setAccessibleDescription(_("Shows only the files that failed"))
        self.retry.setToolTip(with_shortcut(_("Upscales the failed files again"), "F5"))
        icons.set_icon(self.retry, "retry")
        show.clicked.connect(self.show_requested)
        self.retry.clicked.connect(self.retry_requested)
        row = QHBoxLayout(card)
        row.setContentsMargins(12, 5, 6, 5)
        row.setSpacing(10)
        row.addWidget(self._icon)
        row.addWidget(self._count)
        row.addWidget(self._detail, 1)
        row.addWidget(show)
        row.addWidget(self.retry)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(12, 8, 12, 8)
        outer.addWidget(card)
        self.apply_theme()
        self.hide()

    def display(self, state: State) -> None:
        """Show the number of failed files, or hide the banner if no file failed."""
        self._count.setText(state.failed_texts[0])
        self._detail.setText("" if self._compact else state.failed_texts[1])
        self.setToolTip(state.failed_texts[1])
        self.retry.setEnabled(state.can_retry)
        theme.set_role(self.retry, state.can_retry and not state.can_start, "primary")
        icons.set_icon(self.retry, "retry", on_fill=state.can_retry and not state.can_start)
        self.setVisible(bool(state.failed_texts[0]))

    def set_compact(self, compact: bool) -> None:
        """Hide the explanation if `compact` is true, otherwise show it."""
        self._compact = compact
        self._detail.setText("" if compact else self.toolTip())

    def apply_theme(self) -> None:
        """Apply the colors of the current theme."""
        self._icon.setPixmap(icons.pixmap("error", theme.current().bad, 20, self.devicePixelRatioF()))


class BatchProgressStrip(QFrame):
    """Strip with the file counts, the current file, the remaining time and a progress bar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, "strip")
        self._headline, self._current, self._left = _label("title"), _label("muted"), _label("title")
        self._summary, self._speed = _label("caption"), _label("caption")
        self._current.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._bar = QProgressBar(textVisible=False, maximum=_BAR_STEPS)
        self._bar.setAccessibleName(_("Batch progress"))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 10)
        column.setSpacing(6)
        column.addLayout(_row(self._headline, self._current, self._left, stretched=self._current))
        column.addWidget(self._bar)
        column.addLayout(_row(self._summary, self._speed, stretched=self._summary))

    def display(self, state: State) -> None:
        """Update the texts and the progress bar to match `state`."""
        self._headline.setText(state.headline or state.summary)
        self._current.setText(state.current)
        self._left.setText(state.time_left)
        self._bar.setValue(round(_BAR_STEPS * state.completed_fraction))
        self._summary.setText(state.summary if state.headline else "")
        self._speed.setText(state.speed)
        for widget in (self._bar, self._summary, self._speed):
            widget.setVisible(bool(state.headline))
        self.setVisible(bool(state.counts.total))


def _label(role: str) -> QLabel:
    label = QLabel(textFormat=Qt.TextFormat.PlainText)
    theme.set_role(label, role)
    return label


def _row(*widgets: QWidget, stretched: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(10)
    for widget in widgets:
        row.addWidget(widget, 1 if widget is stretched else 0)
    return row
