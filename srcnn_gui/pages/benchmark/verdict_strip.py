"""Strip above the tables of the Benchmark page, and footer with notes below them."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QProgressBar, QPushButton, QVBoxLayout, QWidget

from srcnn_gui.pages.benchmark.state import State
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.controls import label, set_compact_text, shrinkable

_HEIGHT = 72
_TONES = {"ok": "good", "info": "accent", "warning": "warning"}


class VerdictStrip(QWidget):
    """Strip with the verdict or the progress, and with buttons to copy and export the tables."""

    copy_requested = Signal()
    export_requested = Signal(str)  # format of the exported tables

    def __init__(self) -> None:
        super().__init__()
        theme.set_role(self, "toolbar")
        self.setFixedHeight(_HEIGHT)
        self._icon_name = ""
        self._icon, self._title, self._detail = QLabel(), shrinkable(label("title")), shrinkable(label("caption"))
        self._bar = QProgressBar(textVisible=False)
        self._bar.setAccessibleName(_("Benchmark progress"))
        self.copy, self.export = QPushButton(), QPushButton(_("Export…"))
        icons.set_icon(self.copy, "copy")
        icons.set_icon(self.export, "save")
        self.copy.clicked.connect(self.copy_requested)
        menu = QMenu(self.export)
        for text, kind in ((_("CSV…"), "csv"), (_("Markdown…"), "markdown"), (_("LaTeX…"), "latex")):
            menu.addAction(text, lambda kind=kind: self.export_requested.emit(kind))
        self.export.setMenu(menu)
        text_column = QVBoxLayout()
        text_column.setSpacing(4)
        text_column.addStretch()
        for widget in (self._title, self._bar, self._detail):
            text_column.addWidget(widget)
        text_column.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 16, 6)
        row.setSpacing(12)
        row.addWidget(self._icon)
        row.addLayout(text_column, 1)
        row.addWidget(self.copy)
        row.addWidget(self.export)
        self.set_compact(False)

    def display(self, state: State) -> None:
        """Update the texts and buttons to match `state`."""
        verdict = state.verdict
        self._icon_name = verdict.icon
        self._icon.setVisible(bool(verdict.icon))
        self._title.setText(verdict.title)
        self._detail.setText(verdict.detail)
        for text_label in (self._title, self._detail):
            text_label.setToolTip(text_label.text())
        self._bar.setVisible(state.locked)
        self._bar.setRange(0, state.total)
        self._bar.setValue(state.done)
        for button in (self.copy, self.export):
            button.setEnabled(state.can_export)
        self.apply_theme()

    def set_compact(self, compact: bool) -> None:
        """Set whether the title is smaller and the button has no text, for a narrow window."""
        set_compact_text(self.copy, _("Copy Tables"), compact=compact)
        theme.set_role(self._title, "section" if compact else "title")

    def apply_theme(self) -> None:
        """Apply the colors of the current theme."""
        if self._icon_name:
            color = getattr(theme.current(), _TONES[self._icon_name])
            self._icon.setPixmap(icons.pixmap(self._icon_name, color, 24, self.devicePixelRatioF()))


class NotesFooter(QWidget):
    """Footer with notes on the evaluation protocol and on the sources of the published scores."""

    def __init__(self) -> None:
        super().__init__()
        self._notes, self._compact = ("", ""), False
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignTop)
        self._lines = (label("caption", wrap=True), label("caption", wrap=True))
        text_column = QVBoxLayout()
        text_column.setSpacing(2)
        for line in self._lines:
            line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            text_column.addWidget(line)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 4, 2, 0)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addLayout(text_column, 1)
        papers = _(
            "ECCV 2014: Learning a Deep Convolutional Network for Image Super-Resolution, "
            "doi:10.1007/978-3-319-10593-2_13\n"
            "TPAMI 2015: Image Super-Resolution Using Deep Convolutional Networks, doi:10.1109/TPAMI.2015.2439281"
        )
        self.setToolTip(papers)
        self.apply_theme()

    def display(self, state: State) -> None:
        """Update the texts and buttons to match `state`."""
        self._notes = state.notes
        self.set_compact(self._compact)

    def set_compact(self, compact: bool) -> None:
        """Join the two notes into one paragraph if `compact` is true, otherwise separate them."""
        self._compact = compact
        first, second = self._lines
        first.setText(" ".join(self._notes) if compact else self._notes[0])
        second.setText(self._notes[1])
        second.setVisible(not compact)

    def apply_theme(self) -> None:
        """Apply the colors of the current theme."""
        self._icon.setPixmap(icons.pixmap("info", theme.current().muted, 18, self.devicePixelRatioF()))
