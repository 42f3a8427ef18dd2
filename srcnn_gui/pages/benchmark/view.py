"""The Benchmark page: verdict, means, the pictures of a row, convention and sources, and the choices."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QProgressBar, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from srcnn_gui.pages.benchmark.inspector import BenchmarkInspector
from srcnn_gui.pages.benchmark.state import State
from srcnn_gui.pages.benchmark.table import ScoreTable
from srcnn_gui.pages.benchmark.verdict_strip import Foot, VerdictStrip
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.drop_zone import DashedZone, centred, quiet
from srcnn_gui.ui.file_drops import DropPage
from srcnn_gui.ui.notice import Notice
from srcnn_gui.ui.panel import beside_work, stacked

if TYPE_CHECKING:
    from srcnn_gui.pages.benchmark.presenter import BenchmarkPresenter

_MEANS_SHARE = 0.45  # of the height, which they keep before the pictures get any


class BenchmarkTab(DropPage):
    """The presenter's view."""

    rendered = Signal(object)  # the State, for the menus

    def __init__(self) -> None:
        super().__init__()
        self._presenter: BenchmarkPresenter | None = None
        self.strip, self.notice, self.foot = VerdictStrip(), Notice(), Foot()
        self.means = ScoreTable(_("Means by set and scale"), choosable=True)
        self.pictures = ScoreTable(_("Pictures of the chosen set and scale"), choosable=False)
        self.means.view.setAccessibleDescription(_("Shows the images of the row that the arrow keys choose"))
        self.pictures.view.setAccessibleDescription(_("Scrolls with the arrow keys"))
        self.zone, self.inspector = BenchmarkZone(), BenchmarkInspector()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.zone)
        self._stack.addWidget(self._make_tables())
        beside_work(self, stacked((self.strip, self.notice, self._stack), self._stack), self.inspector)

    def attach(self, presenter: "BenchmarkPresenter") -> None:
        """Send what a person does to the presenter."""
        self._presenter = presenter
        self.inspector.toggled.connect(presenter.toggle)
        self.inspector.changed.connect(lambda changes: presenter.choose(**changes))
        self.inspector.run_wanted.connect(presenter.run)
        self.inspector.stop_wanted.connect(presenter.stop)
        for wanted in (self.inspector.fetch_wanted, self.zone.fetch_wanted):
            wanted.connect(presenter.download.fetch)
        self.means.row_chosen.connect(presenter.select)
        self.notice.dismissed.connect(presenter.dismiss)
        self.display(presenter.state)

    # -- the presenter's view --------------------------------------------------------------------------------------

    def display(self, state: State) -> None:
        """Show a state."""
        self._stack.setCurrentIndex(0 if state.empty else 1)
        self.strip.setVisible(not state.empty)
        self.strip.display(state)
        self.notice.display(state.notice)
        self.zone.display(state)
        self.means.display(state.means, state.row)
        self.pictures.display(state.pictures)
        self.foot.display(state)
        self.inspector.display(state)
        self._share_height()
        self.status_changed.emit(state.status)
        self.running_changed.emit(state.locked)
        self.rendered.emit(state)

    # -- the page of the frame -------------------------------------------------------------------------------------

    def set_compact(self, compact: bool) -> None:
        """Take less room in a narrow window."""
        for part in (self.strip, self.means, self.pictures, self.foot, self.zone, self.inspector):
            part.set_compact(compact)

    def retint(self) -> None:
        """Take on the theme's colours where the style sheet does not reach."""
        for part in (self.strip, self.zone, self.foot):
            part.retint()
        for table in (self.means, self.pictures):
            table.update()

    def may_drop(self, files: list[Path]) -> bool:
        """Return whether a folder is among them that can be added. While the benchmark runs, show why none can."""
        return bool(_folders(files)) and self._presenter is not None and self._presenter.can_add()

    def show_drag(self, event: QDropEvent, files: list[Path]) -> None:
        """Light up the zone."""
        self.zone.set_dragged_over(True)

    def hide_drag(self) -> None:
        """Stop showing the drag."""
        self.zone.set_dragged_over(False)

    def drop(self, event: QDropEvent, files: list[Path]) -> None:
        """Measure on the images of the first folder."""
        if self._presenter is not None:
            self._presenter.choose_folder(_folders(files)[0])

    def showEvent(self, event: QShowEvent) -> None:
        """What other pages brought in the meantime takes part."""
        super().showEvent(event)
        if self._presenter is not None:
            self._presenter.see()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The means keep their rows in sight as long as there is room."""
        super().resizeEvent(event)
        self._share_height()

    def _share_height(self) -> None:
        most = round(_MEANS_SHARE * self._stack.height())
        self.means.setMinimumHeight(max(self.means.minimumSizeHint().height(), min(self.means.content_height(), most)))

    def _make_tables(self) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(12, 12, 12, 10)
        column.setSpacing(16)
        column.addWidget(self.means)
        column.addWidget(self.pictures)
        column.addStretch(1)
        column.addWidget(self.foot)
        return inside


def _folders(files: list[Path]) -> list[Path]:
    """Return the folders among them."""
    return [path for path in files if path.is_dir()]


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

    def display(self, state: State) -> None:
        """Show what is missing, or how far its download is."""
        self.fetch.setText(_("Stop downloading") if state.fetching else state.fetch_words)
        self.fetch.setVisible(state.fetching or bool(state.fetch_words))
        theme.set_role(self.fetch, not state.fetching, "primary")
        icons.put(self.fetch, "stop" if state.fetching else "save", on_fill=not state.fetching)
        self._bar.setVisible(state.fetching)
        self._bar.setRange(0, state.to_fetch)
        self._bar.setValue(state.fetched)
        self._note.setText(state.missing)
