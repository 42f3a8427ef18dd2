"""What is on the Benchmark page before there are pictures to measure on: what it does, and how to begin."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QVBoxLayout

from srcnn_gui.messages import _
from srcnn_gui.presenters.benchmark_state import State
from srcnn_gui.widgets import icons, theme
from srcnn_gui.widgets.drop_zone import INSET, DashedZone, centred


class BenchmarkZone(DashedZone):
    """Says what the page is for, and brings the pictures at a click."""

    fetch_wanted = Signal()
    folder_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        title = QLabel(_("The paper’s table, on this machine"), alignment=Qt.AlignmentFlag.AlignCenter)
        theme.set_role(title, "drop-title")
        words = _(
            "Every picture is reduced, enlarged again by each model and by plain bicubic, and scored against itself.\n"
            "The published figure stands beside ours, with the difference."
        )
        self._note = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        told = QLabel(words, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        for quiet in (told, self._note):
            theme.set_role(quiet, "muted")
        self.fetch, self.folder = QPushButton(), QPushButton(_("Choose or drop a folder…"))
        icons.put(self.folder, "folder")
        self.fetch.setAccessibleDescription(_("Downloads the test sets, or stops doing so"))
        self.folder.setAccessibleDescription(_("Pictures of your own as ground truth"))
        self.fetch.clicked.connect(self.fetch_wanted)
        self.folder.clicked.connect(self.folder_wanted)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedWidth(320)
        self._bar.setAccessibleName(_("Download"))
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * INSET, INSET + 12, 2 * INSET, INSET + 12)
        column.setSpacing(12)
        column.addStretch(3)
        for widget in (self._picture, title, told):
            column.addWidget(widget)
        column.addSpacing(4)
        column.addLayout(centred(self.fetch, self.folder))
        column.addLayout(centred(self._bar))
        column.addWidget(self._note)
        column.addStretch(4)
        self.retint()

    def render(self, state: State) -> None:
        """Show what is missing, or how far its download is."""
        self.fetch.setText(_("Stop downloading") if state.fetching else state.fetch_words)
        self.fetch.setVisible(state.fetching or bool(state.fetch_words))
        theme.set_role(self.fetch, not state.fetching, "primary")
        icons.put(self.fetch, "stop" if state.fetching else "save", on_fill=not state.fetching)
        self._bar.setVisible(state.fetching)
        self._bar.setRange(0, state.to_fetch)
        self._bar.setValue(state.fetched)
        self._note.setText(state.missing)

    def set_compact(self, compact: bool) -> None:
        """In a small window the words need the room."""
        self._picture.setVisible(not compact)

    def retint(self) -> None:
        """Take on the theme's colours."""
        self._picture.setPixmap(icons.pixmap("benchmark", theme.current().muted, 56, self.devicePixelRatioF()))
        self.update()
