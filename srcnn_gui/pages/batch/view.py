"""The Batch page with its toolbar, folder fields, table, progress strip and side panel."""

from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from srcnn_gui.pages.batch.details_pane import DetailsPane
from srcnn_gui.pages.batch.inspector import BatchInspector
from srcnn_gui.pages.batch.progress_strip import BatchProgressStrip, FailedBanner
from srcnn_gui.pages.batch.state import FileState, Rows, State
from srcnn_gui.pages.batch.table import BatchTable
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.confirm import ask_to_confirm
from srcnn_gui.ui.controls import label, layout_of
from srcnn_gui.ui.empty_state import EmptyState, centered_row
from srcnn_gui.ui.file_drops import DropPage
from srcnn_gui.ui.notice import Notice
from srcnn_gui.ui.panel import add_side_panel, stack_vertically

if TYPE_CHECKING:
    from srcnn_gui.pages.batch.presenter import BatchPresenter

_FILTERS: tuple[tuple[FileState, ...], ...] = (
    (),
    ("done",),
    ("skipped",),
    ("failed",),
    ("queued", "working", "unsavable"),
)


class BatchPage(DropPage):
    """The Batch page, which is the view of `BatchPresenter`."""

    clear_requested = Signal()
    rendered = Signal(object)  # the displayed State, for updating the menus
    files_requested = Signal()
    folder_requested = Signal()
    output_requested = Signal()
    results_requested = Signal()
    report_requested = Signal()
    notified = Signal(str, str)  # title and text of a desktop notification

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table, self.empty_state, self.inspector = BatchTable(), BatchEmptyState(), BatchInspector()
        self.notice, self.banner, self.strip = Notice(), FailedBanner(), BatchProgressStrip()
        self.details = DetailsPane()
        self._is_running = False
        self._filters = QButtonGroup(self)
        self._toolbar = self._make_toolbar()
        self._folder_fields = self._make_folder_fields()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty_state)
        self._stack.addWidget(self.table)
        work = (self._toolbar, self.notice, self._folder_fields, self._stack, self.details, self.banner, self.strip)
        self._work = stack_vertically(work, self._stack)
        self.table.details_changed.connect(self.details.display)
        self.details.close_requested.connect(self._close_details)
        add_side_panel(self, self._work, self.inspector)
        self.apply_theme()

    @property
    def regions(self) -> tuple[QWidget, ...]:
        """Main areas of the page, in the order in which Tab and F6 visit them."""
        return (
            self._toolbar,
            self.notice,
            self._folder_fields,
            self._stack,
            self.details,
            self.banner,
            self.inspector,
        )

    def attach(self, presenter: "BatchPresenter") -> None:
        """Connect the signals of the page to the methods of its presenter."""
        self.inspector.settings_changed.connect(lambda changes: presenter.change_settings(**changes))
        self.inspector.scale_chosen.connect(presenter.choose_scale)
        self.inspector.start_requested.connect(presenter.start)
        self.inspector.pause_requested.connect(presenter.pause)
        self.inspector.cancel_requested.connect(presenter.cancel)
        self.banner.retry_requested.connect(presenter.retry_failed)
        self.notice.dismissed.connect(presenter.dismiss_notice)
        self.table.thumbnails_requested.connect(presenter.load_thumbnails)
        self._clear.clicked.connect(self.clear_requested)
        self._add_paths = presenter.add
        self.display(presenter.state)

    # -- view protocol ----------------------------------------------------------------------------------------------

    def display(self, state: State) -> None:
        """Update the whole page to match `state`, except the rows of the table."""
        self._is_running = self.table.is_locked = state.locked
        self._stack.setCurrentWidget(self.table if state.source else self.empty_state)
        self._folder_fields.setVisible(bool(state.source))
        self._from.setText(state.source)
        self._to.setText(state.output)
        self._change.setEnabled(not state.locked)
        self._open.setEnabled(state.counts.done + state.counts.skipped > 0)
        self._clear.setEnabled(bool(state.source) and not state.locked)
        self._report.setEnabled(bool(state.counts.total))
        counts = state.counts
        numbers = (counts.total, counts.done, counts.skipped, counts.failed, counts.queued + counts.unsavable)
        for button, title, number in zip(self._filters.buttons(), self._titles, numbers, strict=True):
            button.setText(f"{title} {number}" if counts.total else title)
            button.setEnabled(bool(counts.total))
        self.notice.display(state.notice, state.notice_actions, state.notice_kind)
        self.banner.display(state)
        self.strip.display(state)
        self.inspector.display(state)
        self.status_changed.emit(state.status)
        self.running_changed.emit(state.locked)
        self.rendered.emit(state)

    def show_rows(self, rows: Rows, *, same_files: bool) -> None:
        """Show a new list of files. If the filter would hide all of them, reset it."""
        self.table.show_rows(rows, same_files=same_files)
        if not self.table.rows.rowCount():
            self._filters.buttons()[0].click()

    def update_row(self, index: int) -> None:
        """Update the row of a file, and scroll to the row if the file is being processed."""
        self.table.rows.update_row(index)
        if self.table.rows.batch_rows.file_states[index] == "working":
            self.table.scroll_to(index)

    def set_thumbnail(self, index: int, image: NDArray[np.uint8] | None, size: str) -> None:
        """Show the thumbnail of a file and the text with its size in the table."""
        self.table.rows.set_thumbnail(index, image, size)

    def notify(self, title: str, text: str) -> None:
        """Emit `notified` to request a desktop notification."""
        self.notified.emit(title, text)

    def restore_from(self, before: Self) -> None:
        """Copy the thumbnails and the filter of the page that this one replaces."""
        self.table.rows.thumbnails = before.table.rows.thumbnails
        self._filters.button(before._filters.checkedId()).click()

    # -- page -------------------------------------------------------------------------------------------------------

    def show_failed(self) -> None:
        """Set the filter of the table so that only failed files are visible."""
        self._filters.buttons()[3].click()

    def _close_details(self) -> None:
        """Deselect the row, which closes the details, and return the focus to the table."""
        self.table.setFocus()
        self.table.clearSelection()

    def can_close(self) -> bool:
        """Return whether the window may be closed. During a batch, ask the user for confirmation."""
        if not self._is_running:
            return True
        question = _(
            "Close the window? The batch will stop. To process the remaining files later, start the batch again."
        )
        return ask_to_confirm(self, _("Batch Is Running"), question, _("Close Window"))

    def check_drop(self, files: list[Path]) -> bool:
        """Return True, because files can always be added."""
        return True

    def show_drop_hint(self, event: QDropEvent, files: list[Path]) -> None:
        """Highlight the drop zone of the empty page while files are dragged over the window."""
        self.empty_state.set_dragged_over(True)

    def hide_drop_hint(self) -> None:
        """Remove the highlight of the drop zone."""
        self.empty_state.set_dragged_over(False)

    def drop(self, event: QDropEvent, files: list[Path]) -> None:
        """Add the dropped files and folders to the list."""
        self.add_paths(files)

    def add_paths(self, paths: list[Path]) -> None:
        """Pass files and folders to the presenter, which adds them to the list."""
        self._add_paths(paths)

    def set_compact(self, compact: bool) -> None:
        """Switch to the compact layout for narrow windows, or back to the normal layout."""
        self.inspector.set_compact(compact)
        self.table.set_compact(compact)
        self.empty_state.set_compact(compact)
        self.banner.set_compact(compact)
        for button, text in (
            (self._files, _("Add Files…")),
            (self._folder, _("Add Folder…")),
            (self._clear, _("Clear")),
            (self._report, _("Save Report…")),
        ):
            button.setText("" if compact else text)
        layout_of(self._toolbar).setSpacing(6 if compact else 8)
        for widget in (self._toolbar, self._work, self):  # because Qt does not activate the layouts of a hidden page
            layout_of(widget).activate()

    def apply_theme(self) -> None:
        """Apply the colors of the theme that the style sheet does not set."""
        self.empty_state.apply_theme()
        self.banner.apply_theme()
        self.details.apply_theme()
        self.inspector.apply_theme()
        self._arrow.setPixmap(icons.pixmap("arrow", theme.current().muted, 20, self.devicePixelRatioF()))
        self.table.viewport().update()

    def _make_toolbar(self) -> QWidget:
        """Create the toolbar with the add buttons, the filters and the report button."""
        bar = QWidget()
        theme.set_role(bar, "toolbar")
        bar.setFixedHeight(theme.scaled_px(48))
        row = QHBoxLayout(bar)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        self._files, self._folder = QPushButton(), QPushButton()
        for button, icon, name, signal in (
            (self._files, "picture", _("Add Files"), self.files_requested),
            (self._folder, "folder", _("Add Folder"), self.folder_requested),
        ):
            icons.set_icon(button, icon)
            button.setToolTip(name)
            button.setAccessibleName(name)
            button.clicked.connect(signal)
            row.addWidget(button)
        self._clear = QPushButton()
        icons.set_icon(self._clear, "close")
        self._clear.setToolTip(_("Removes all files from the list, but not their results"))
        self._clear.setAccessibleName(_("Clear List"))
        row.addWidget(self._clear)
        row.addStretch(1)
        row.addLayout(self._make_filters())
        row.addStretch(2)
        self._report = QPushButton()
        self._report.setAccessibleName(_("Save Report"))
        icons.set_icon(self._report, "save")
        self._report.setToolTip(_("Saves the status and result of each file as CSV or JSON"))
        self._report.clicked.connect(self.report_requested)
        row.addWidget(self._report)
        return bar

    def _make_filters(self) -> QHBoxLayout:
        """Create the buttons that filter the table by state and show the number of files in each."""
        self._titles = (_("All"), _("Done"), _("Skipped"), _("Failed"), _("Queued"))
        row = QHBoxLayout()
        row.setSpacing(0)
        for number, (title, kinds) in enumerate(zip(self._titles, _FILTERS, strict=True)):
            button = QToolButton()
            button.setText(title)
            button.setCheckable(True)
            button.setChecked(number == 0)
            button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
            button.setAccessibleDescription(_("Filters the files by status"))
            theme.set_role(button, "segment")
            theme.set_role(button, {0: "first", len(_FILTERS) - 1: "last"}.get(number, "middle"), "place")
            button.clicked.connect(lambda _checked, kinds=kinds: self.table.show_only(kinds))
            self._filters.addButton(button, number)
            row.addWidget(button)
        self.banner.show_requested.connect(self.show_failed)
        return row

    def _make_folder_fields(self) -> QWidget:
        """Create the fields that show the inputs and the output folder."""
        places = QWidget()
        theme.set_role(places, "toolbar")
        grid = QGridLayout(places)
        grid.setContentsMargins(16, 8, 16, 10)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        self._from, self._to = QLineEdit(readOnly=True), QLineEdit(readOnly=True)
        self._arrow = QLabel()
        self._change = QPushButton(_("Change…"))
        self._change.setAccessibleName(_("Change Output Folder"))
        self._change.setAccessibleDescription(_("Selects the output folder"))
        self._change.clicked.connect(self.output_requested)
        self._open = QToolButton()
        theme.set_role(self._open, "tool")
        icons.set_icon(self._open, "open")
        self._open.setToolTip(_("Open Output Folder"))
        self._open.setAccessibleName(_("Open Output Folder"))
        self._open.clicked.connect(self.results_requested)
        self._from.setAccessibleDescription(_("Shows the files and folders to upscale"))
        self._to.setAccessibleDescription(_("Shows the output folder"))
        for column, (title, field) in ((0, (_("Input"), self._from)), (2, (_("Output"), self._to))):
            heading = label("caption", title, buddy=field)
            field.setAccessibleName(title)
            grid.addWidget(heading, 0, column)
            grid.addWidget(field, 1, column)
            grid.setColumnStretch(column, 1)
        grid.addWidget(self._arrow, 1, 1)
        grid.addWidget(self._change, 1, 3)
        grid.addWidget(self._open, 1, 4)
        return places


class BatchEmptyState(EmptyState):
    """Introduction that is shown while the list is empty, with buttons to add files."""

    folder_requested = Signal()
    files_requested = Signal()

    def __init__(self) -> None:
        text = _(
            "All images in the folder are upscaled. The results are saved in another folder with the same structure."
        )
        promise = _("If the batch is interrupted, start it again to process the remaining images.")
        super().__init__("batch", _("Drop a folder here"), f"{text}\n{promise}")
        self.folder, self.files = QPushButton(_("Choose Folder…")), QPushButton(_("Choose Files…"))
        theme.set_role(self.folder, True, "primary")
        icons.set_icon(self.folder, "folder", on_fill=True)
        icons.set_icon(self.files, "picture")
        self.folder.setAccessibleDescription(_("Adds all images in a folder"))
        self.files.setAccessibleDescription(_("Adds image files"))
        self.folder.clicked.connect(self.folder_requested)
        self.files.clicked.connect(self.files_requested)
        self.add(centered_row(self.folder, self.files))
