"""The Batch page: toolbar, where from and where to, the table, what failed, how far it is, the choices."""

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

from srcnn_gui.pages.batch.inspector import BatchInspector
from srcnn_gui.pages.batch.progress_strip import FailedBanner, ProgressStrip
from srcnn_gui.pages.batch.state import Kind, Lines, State
from srcnn_gui.pages.batch.table import BatchTable
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.controls import label, layout_of
from srcnn_gui.ui.drop_zone import DashedZone, centred
from srcnn_gui.ui.file_drops import DropPage
from srcnn_gui.ui.notice import Notice
from srcnn_gui.ui.panel import beside_work, stacked

if TYPE_CHECKING:
    from srcnn_gui.pages.batch.presenter import Presenter

_FILTERS: tuple[tuple[Kind, ...], ...] = ((), ("done",), ("skipped",), ("failed",), ("waiting", "working"))


class BatchTab(DropPage):
    """The presenter's view."""

    rendered = Signal(object)  # the State, for the menus
    files_wanted = Signal()
    folder_wanted = Signal()
    output_wanted = Signal()
    results_wanted = Signal()
    report_wanted = Signal()
    told = Signal(str, str)  # a title and words, for whoever is elsewhere

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table, self.zone, self.inspector = BatchTable(), BatchZone(), BatchInspector()
        self.notice, self.banner, self.strip = Notice(), FailedBanner(), ProgressStrip()
        self._filters = QButtonGroup(self)
        self._toolbar = self._make_toolbar()
        self._places = self._make_places()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.zone)
        self._stack.addWidget(self.table)
        work = (self._toolbar, self.notice, self._places, self._stack, self.banner, self.strip)
        self._work = stacked(work, self._stack)
        beside_work(self, self._work, self.inspector)
        self.retint()

    @property
    def regions(self) -> tuple[QWidget, ...]:
        """Toolbar, places, files, what failed, choices."""
        return (self._toolbar, self.notice, self._places, self._stack, self.banner, self.inspector)

    def attach(self, presenter: "Presenter") -> None:
        """Send what a person does to the presenter."""
        self.inspector.chosen.connect(lambda changes: presenter.choose(**changes))
        self.inspector.scale_chosen.connect(lambda scale: presenter.choose_size(factor=scale))
        self.inspector.start_wanted.connect(presenter.start)
        self.inspector.pause_wanted.connect(presenter.pause)
        self.inspector.cancel_wanted.connect(presenter.cancel)
        self.banner.retry_wanted.connect(presenter.start)
        self.notice.dismissed.connect(presenter.dismiss)
        self.table.look_wanted.connect(presenter.look)
        self._clear.clicked.connect(presenter.clear)
        self._take, self._can_add = presenter.add, presenter.can_add
        self.display(presenter.state)

    # -- the presenter's view --------------------------------------------------------------------------------------

    def display(self, state: State) -> None:
        """Show a state."""
        self._stack.setCurrentWidget(self.table if state.source else self.zone)
        self._places.setVisible(bool(state.source))
        self._from.setText(state.source)
        self._to.setText(state.output)
        for widget in (self._files, self._folder, self._change):
            widget.setEnabled(not state.locked)
        self._open.setEnabled(state.counts.done + state.counts.skipped > 0)
        self._clear.setEnabled(bool(state.source) and not state.locked)
        self._report.setEnabled(bool(state.counts.total))
        counts = state.counts
        numbers = (counts.total, counts.done, counts.skipped, counts.failed, counts.to_go)
        for button, title, number in zip(self._filters.buttons(), self._titles, numbers, strict=True):
            button.setText(f"{title} {number}" if counts.total else title)
            button.setEnabled(bool(counts.total))
        self.notice.display(state.notice)
        self.banner.display(state)
        self.strip.display(state)
        self.inspector.display(state)
        self.status_changed.emit(state.status)
        self.running_changed.emit(state.locked)
        self.rendered.emit(state)

    def show_lines(self, lines: Lines, *, same: bool) -> None:
        """Another list, or the same files anew; not through a filter that leaves nothing of it."""
        self.table.rows.show_lines(lines, same=same)
        if not self.table.rows.rowCount():
            self._filters.buttons()[0].click()

    def show_line(self, index: int) -> None:
        """A line has changed."""
        self.table.rows.show_line(index)
        if self.table.rows.lines.kinds[index] == "working":
            self.table.follow(index)

    def show_look(self, index: int, picture: NDArray[np.uint8] | None, size: str) -> None:
        """What a file looks like is known."""
        self.table.rows.show_look(index, picture, size)

    def tell(self, title: str, words: str) -> None:
        """Something happened that somebody elsewhere should hear of."""
        self.told.emit(title, words)

    def take_over(self, before: Self) -> None:
        """What the files look like, and which of them are shown."""
        self.table.rows.looks = before.table.rows.looks
        self._filters.button(before._filters.checkedId()).click()

    # -- the page --------------------------------------------------------------------------------------------------

    def show_failed(self) -> None:
        """Only the files that failed."""
        self._filters.buttons()[3].click()

    def may_drop(self, files: list[Path]) -> bool:
        """Return whether the list can grow. While a batch runs, show why it cannot."""
        return self._can_add()

    def show_drag(self, event: QDropEvent, files: list[Path]) -> None:
        """Light up the zone."""
        self.zone.set_dragged_over(True)

    def hide_drag(self) -> None:
        """Stop showing the drag."""
        self.zone.set_dragged_over(False)

    def drop(self, event: QDropEvent, files: list[Path]) -> None:
        """Take them into the list."""
        self.take(files)

    def take(self, paths: list[Path]) -> None:
        """Give the presenter files and folders."""
        self._take(paths)

    def set_compact(self, compact: bool) -> None:
        """Take less room in a narrow window."""
        self.inspector.set_compact(compact)
        self.table.set_compact(compact)
        self.zone.set_compact(compact)
        self.banner.set_compact(compact)
        words = (self._files, _("Add files…")), (self._folder, _("Add folder…")), (self._report, _("Report…"))
        for button, text in words:
            button.setText("" if compact else text)
        for widget in (self._toolbar, self._work, self):  # Qt does not do it for a page behind another
            layout_of(widget).activate()

    def retint(self) -> None:
        """Take on the theme's colours where the style sheet does not reach."""
        self.zone.retint()
        self.banner.retint()
        self.inspector.retint()
        self._arrow.setPixmap(icons.pixmap("arrow", theme.current().muted, 20, self.devicePixelRatioF()))
        self.table.viewport().update()

    def _make_toolbar(self) -> QWidget:
        """Add, filter, report."""
        bar = QWidget()
        theme.set_role(bar, "toolbar")
        bar.setFixedHeight(theme.grown(48))
        row = QHBoxLayout(bar)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        self._files, self._folder = QPushButton(), QPushButton()
        for button, icon, name, wanted in (
            (self._files, "picture", _("Add files"), self.files_wanted),
            (self._folder, "folder", _("Add folder"), self.folder_wanted),
        ):
            icons.put(button, icon)
            button.setToolTip(name)
            button.setAccessibleName(name)
            button.clicked.connect(wanted)
            row.addWidget(button)
        self._clear = QToolButton()
        theme.set_role(self._clear, "tool")
        icons.put(self._clear, "close")
        self._clear.setToolTip(_("Empty the list"))
        self._clear.setAccessibleName(_("Empty the list"))
        row.addWidget(self._clear)
        row.addStretch(1)
        row.addLayout(self._make_filters())
        row.addStretch(2)
        self._report = QPushButton()
        self._report.setAccessibleName(_("Report"))
        icons.put(self._report, "save")
        self._report.setToolTip(_("Save what became of each file, as CSV or JSON"))
        self._report.clicked.connect(self.report_wanted)
        row.addWidget(self._report)
        return bar

    def _make_filters(self) -> QHBoxLayout:
        """All, Done, Skipped, Failed, To go, each with its number."""
        self._titles = (_("All"), _("Done"), _("Skipped"), _("Failed"), _("To go"))
        row = QHBoxLayout()
        row.setSpacing(0)
        for number, (title, kinds) in enumerate(zip(self._titles, _FILTERS, strict=True)):
            button = QToolButton()
            button.setText(title)
            button.setCheckable(True)
            button.setChecked(number == 0)
            button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
            button.setAccessibleDescription(_("Shows only these files"))
            theme.set_role(button, "segment")
            theme.set_role(button, {0: "first", len(_FILTERS) - 1: "last"}.get(number, "middle"), "place")
            button.clicked.connect(lambda _checked, kinds=kinds: self.table.show_only(kinds))
            self._filters.addButton(button, number)
            row.addWidget(button)
        self.banner.show_wanted.connect(self.show_failed)
        return row

    def _make_places(self) -> QWidget:
        """Where from, and where to."""
        places = QWidget()
        theme.set_role(places, "toolbar")
        grid = QGridLayout(places)
        grid.setContentsMargins(16, 8, 16, 10)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        self._from, self._to = QLineEdit(readOnly=True), QLineEdit(readOnly=True)
        self._arrow = QLabel()
        self._change = QPushButton(_("Change…"))
        self._change.setAccessibleName(_("Change the destination"))
        self._change.setAccessibleDescription(_("Choose the folder for the results"))
        self._change.clicked.connect(self.output_wanted)
        self._open = QToolButton()
        theme.set_role(self._open, "tool")
        icons.put(self._open, "open")
        self._open.setToolTip(_("Open the folder of the results"))
        self._open.setAccessibleName(_("Open the folder of the results"))
        self._open.clicked.connect(self.results_wanted)
        self._from.setAccessibleDescription(_("Where the pictures come from"))
        self._to.setAccessibleDescription(_("Where the results go"))
        for column, (title, field) in ((0, (_("From"), self._from)), (2, (_("To"), self._to))):
            heading = label("caption", title, of=field)
            field.setAccessibleName(title)
            grid.addWidget(heading, 0, column)
            grid.addWidget(field, 1, column)
            grid.setColumnStretch(column, 1)
        grid.addWidget(self._arrow, 1, 1)
        grid.addWidget(self._change, 1, 3)
        grid.addWidget(self._open, 1, 4)
        return places


class BatchZone(DashedZone):
    """Says what to do, and does it at a click."""

    folder_wanted = Signal()
    files_wanted = Signal()

    def __init__(self) -> None:
        words = _("Every picture in it is enlarged into another folder, which gets the same tree.")
        promise = _("A stop, a crash or a full disk loses nothing: a start does the rest.")
        super().__init__("batch", _("Drop a folder here"), f"{words}\n{promise}")
        self.folder, self.files = QPushButton(_("Choose a folder…")), QPushButton(_("Choose files…"))
        theme.set_role(self.folder, True, "primary")
        icons.put(self.folder, "folder", on_fill=True)
        icons.put(self.files, "picture")
        self.folder.setAccessibleDescription(_("Every picture in a folder"))
        self.files.setAccessibleDescription(_("Picture files"))
        self.folder.clicked.connect(self.folder_wanted)
        self.files.clicked.connect(self.files_wanted)
        self.add(centred(self.folder, self.files))
