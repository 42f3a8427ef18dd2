"""What is on the Benchmark page before there are pictures to measure on: what it does, and how to begin."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QPushButton

from srcnn_gui.pages.benchmark.state import State
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.drop_zone import DashedZone, centred, quiet


class BenchmarkZone(DashedZone):
    """Says what the page is for, and brings the pictures at a click."""

    fetch_wanted = Signal()
    folder_wanted = Signal()

    def __init__(self) -> None:
        words = _(
            "Every picture is reduced, enlarged again by each model and by plain bicubic, and scored against itself.\n"
            "The published figure stands beside ours, with the difference."
        )
        super().__init__("benchmark", _("The paper’s table, on this machine"), words)
        self._note = quiet()
        self.fetch, self.folder = QPushButton(), QPushButton(_("Choose or drop a folder…"))
        icons.put(self.folder, "folder")
        self.fetch.setAccessibleDescription(_("Downloads the test sets, or stops doing so"))
        self.folder.setAccessibleDescription(_("Pictures of your own as ground truth"))
        self.fetch.clicked.connect(self.fetch_wanted)
        self.folder.clicked.connect(self.folder_wanted)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedWidth(320)
        self._bar.setAccessibleName(_("Download"))
        self.add(centred(self.fetch, self.folder), centred(self._bar), self._note)

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
