"""The Benchmark page with the verdict, the tables, the notes and the side panel."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QProgressBar, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from srcnn_gui.pages.benchmark.inspector import BenchmarkInspector
from srcnn_gui.pages.benchmark.state import State
from srcnn_gui.pages.benchmark.table import ScoreTable
from srcnn_gui.pages.benchmark.verdict_strip import NotesFooter, VerdictStrip
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.empty_state import EmptyState, centered_row, muted_label
from srcnn_gui.ui.file_drops import DropPage
from srcnn_gui.ui.notice import Notice
from srcnn_gui.ui.panel import add_side_panel, stack_vertically

if TYPE_CHECKING:
    from srcnn_gui.pages.benchmark.presenter import BenchmarkPresenter

_MEANS_FRACTION = 0.45  # fraction of the page height that is reserved for the table of means


class BenchmarkPage(DropPage):
    """The Benchmark page, which is the view of `BenchmarkPresenter`."""

    rendered = Signal(object)  # the displayed State, for updating the menus

    def __init__(self) -> None:
        super().__init__()
        self._presenter: BenchmarkPresenter | None = None
        self.strip, self.notice, self.notes = VerdictStrip(), Notice(), NotesFooter()
        self.means = ScoreTable(_("Means by test set and scale factor"), choosable=True)
        self.images = ScoreTable(_("Image scores for the selected row"), choosable=False)
        self.means.view.setAccessibleDescription(
            _("Use the arrow keys to select a row and show the scores of its images")
        )
        self.images.view.setAccessibleDescription(_("Use the arrow keys to scroll"))
        self.empty_state, self.inspector = BenchmarkEmptyState(), BenchmarkInspector()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty_state)
        self._stack.addWidget(self._make_tables())
        add_side_panel(self, stack_vertically((self.strip, self.notice, self._stack), self._stack), self.inspector)

    def attach(self, presenter: "BenchmarkPresenter") -> None:
        """Connect the signals of the page to the methods of its presenter."""
        self._presenter = presenter
        self.inspector.toggled.connect(presenter.toggle_item)
        self.inspector.changed.connect(lambda changes: presenter.change_settings(**changes))
        self.inspector.run_requested.connect(presenter.run)
        self.inspector.stop_requested.connect(presenter.stop)
        for signal in (self.inspector.fetch_requested, self.empty_state.fetch_requested):
            signal.connect(presenter.download.toggle)
        self.means.row_chosen.connect(presenter.select_row)
        self.notice.dismissed.connect(presenter.dismiss_notice)
        self.display(presenter.state)

    # -- view protocol ----------------------------------------------------------------------------------------------

    def display(self, state: State) -> None:
        """Update the whole page to match `state`."""
        self._stack.setCurrentIndex(0 if state.empty else 1)
        self.strip.setVisible(not state.empty)
        self.strip.display(state)
        self.notice.display(state.notice)
        self.empty_state.display(state)
        self.means.display(state.mean_table, state.selected_row)
        self.images.display(state.image_table)
        self.notes.display(state)
        self.inspector.display(state)
        self._update_heights()
        self.status_changed.emit(state.status)
        self.running_changed.emit(state.locked)
        self.rendered.emit(state)

    # -- page -------------------------------------------------------------------------------------------------------

    def set_compact(self, compact: bool) -> None:
        """Switch to the compact layout for narrow windows, or back to the normal layout."""
        for part in (self.strip, self.means, self.images, self.notes, self.empty_state, self.inspector):
            part.set_compact(compact)

    def apply_theme(self) -> None:
        """Apply the colors of the theme that the style sheet does not set."""
        for part in (self.strip, self.empty_state, self.notes):
            part.apply_theme()
        for table in (self.means, self.images):
            table.update()

    def check_drop(self, files: list[Path]) -> bool:
        """Return whether a folder is among the files and can be added. During a run, show a notice."""
        return bool(_folders(files)) and self._presenter is not None and self._presenter.can_add()

    def show_drop_hint(self, event: QDropEvent, files: list[Path]) -> None:
        """Highlight the drop zone while a folder is dragged over the page."""
        self.empty_state.set_dragged_over(True)

    def hide_drop_hint(self) -> None:
        """Remove the highlight of the drop zone."""
        self.empty_state.set_dragged_over(False)

    def drop(self, event: QDropEvent, files: list[Path]) -> None:
        """Use the first folder among the dropped files as a test set."""
        if self._presenter is not None:
            self._presenter.choose_folder(_folders(files)[0])

    def showEvent(self, event: QShowEvent) -> None:
        """Look for new test sets and models when the page becomes visible."""
        super().showEvent(event)
        if self._presenter is not None:
            self._presenter.on_page_shown()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Adapt the minimum height of the table of means to the new height of the page."""
        super().resizeEvent(event)
        self._update_heights()

    def _update_heights(self) -> None:
        reserved = round(_MEANS_FRACTION * self._stack.height())
        self.means.setMinimumHeight(
            max(self.means.minimumSizeHint().height(), min(self.means.content_height(), reserved))
        )

    def _make_tables(self) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(12, 12, 12, 10)
        column.setSpacing(16)
        column.addWidget(self.means)
        column.addWidget(self.images)
        column.addStretch(1)
        column.addWidget(self.notes)
        return inside


def _folders(files: list[Path]) -> list[Path]:
    """Return the paths in `files` that are folders."""
    return [path for path in files if path.is_dir()]


class BenchmarkEmptyState(EmptyState):
    """Introduction that is shown while no test set is available, with buttons to get one."""

    fetch_requested = Signal()
    folder_requested = Signal()

    def __init__(self) -> None:
        text = _(
            "Each image is downscaled, upscaled with each model, and scored. The published scores are shown too.\n"
            "You can also drop a folder of your own images here."
        )
        super().__init__("benchmark", _("Reproduce the published scores"), text)
        self._note = muted_label()
        self.fetch, self.folder = QPushButton(), QPushButton(_("Choose Folder…"))
        icons.set_icon(self.folder, "folder")
        self.fetch.setAccessibleDescription(_("Starts or stops the download"))
        self.folder.setAccessibleDescription(_("Adds a folder of images as a test set"))
        self.fetch.clicked.connect(self.fetch_requested)
        self.folder.clicked.connect(self.folder_requested)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedWidth(320)
        self._bar.setAccessibleName(_("Download"))
        self.add(centered_row(self.fetch, self.folder), centered_row(self._bar), self._note)

    def display(self, state: State) -> None:
        """Show what must be downloaded, or the progress of the download."""
        self.fetch.setText(_("Stop Download") if state.fetching else state.fetch_text)
        self.fetch.setVisible(state.fetching or bool(state.fetch_text))
        theme.set_role(self.fetch, not state.fetching, "primary")
        icons.set_icon(self.fetch, "stop" if state.fetching else "save", on_fill=not state.fetching)
        self._bar.setVisible(state.fetching)
        self._bar.setRange(0, state.to_fetch)
        self._bar.setValue(state.fetched)
        self._note.setText(state.missing)
