"""Table of the files of a batch, which formats and draws only the visible rows."""

import re
from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QMimeData,
    QModelIndex,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFont,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QStyledItemDelegate, QTableView, QWidget

from srcnn_gui.pages.batch.state import FileState, Row, Rows
from srcnn_gui.pages.batch.table_model import FILE, IMAGE, PIXELS, RESULT, ROW, STATE, TIME, Index, RowsModel
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import checkerboard, icons, theme

ROW_PX, THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT = 46, 48, 36
_ROWS_MIME_TYPE = "application/x-srcnn-studio-rows"
_THUMBNAIL_DELAY_MS = 60  # delay after scrolling before thumbnails are requested
ICONS: dict[FileState, tuple[str, str]] = {  # icon name and theme color token
    "queued": ("waiting", "muted"),
    "working": ("busy", "accent"),
    "done": ("ok", "good"),
    "skipped": ("skip", "muted"),
    "failed": ("error", "bad"),
    "unsavable": ("warning", "warning"),
}


class BatchTable(QTableView):
    """Table of the files of a batch. It requests thumbnails for the visible rows."""

    thumbnails_requested = Signal(list)  # indices of the visible files that have no thumbnail
    open_requested = Signal(int)  # index of a file, after a double-click or Return
    move_requested = Signal(list, int)  # indices of files, and the index of the file in front of which they are moved
    details_changed = Signal(object)  # `Row` of the selected file, or None if no row is selected

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = RowsModel(self)
        self.setModel(self.rows)
        self.setItemDelegate(_RowDelegate(self))
        self.setAccessibleName(_("Files in the batch"))
        self.setAccessibleDescription(
            _("Shows the status and result of each file. Press Return to show a file on the Compare page.")
        )
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)  # Tab moves the focus out of the table
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_PX)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setFixedHeight(theme.scaled_px(30))
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        for column, width in ((IMAGE, 70), (FILE, 180), (PIXELS, 104), (STATE, 160), (TIME, 76)):
            self.setColumnWidth(column, width)
        header.setSectionResizeMode(IMAGE, QHeaderView.ResizeMode.Fixed)
        self.setDragEnabled(True)
        self.is_locked = False  # whether the order cannot be changed
        self._drop_row: int | None = None  # row above which dragged rows are dropped
        self._followed_row = -1
        self._timer = QTimer(self, singleShot=True, interval=_THUMBNAIL_DELAY_MS)
        self._timer.timeout.connect(self._request_thumbnails)
        self.verticalScrollBar().valueChanged.connect(lambda _value: self._timer.start())
        for signal in (self.rows.modelReset, self.rows.rowsRemoved, self.rows.rowsInserted):
            signal.connect(lambda *_changed: self._timer.start())
        self.selectionModel().selectionChanged.connect(lambda *_changed: self._emit_details())
        self.rows.modelReset.connect(self._emit_details)
        self.rows.dataChanged.connect(self._update_details)
        self.doubleClicked.connect(lambda index: self.open_requested.emit(self.rows.file_index(index.row())))

    def show_rows(self, rows: Rows, *, same_files: bool) -> None:
        """Replace the rows. If `same_files` is true, the selection is kept."""
        index, others = (self.selected(), self.selected_files()) if same_files else (None, [])
        self.rows.show_rows(rows, same_files=same_files)
        if index is not None and (row := self.rows.row_of(index)) is not None:
            self.setCurrentIndex(self.rows.index(row, FILE))
        self.select_files(others)

    def show_only(self, file_states: tuple[FileState, ...]) -> None:
        """Show only files whose state is in `file_states`, or all files if it is empty."""
        self.rows.show_only(file_states)

    def scroll_to(self, index: int) -> None:
        """Scroll to the file `index`, unless the user has scrolled away from the previously followed file."""
        row, before = self.rows.row_of(index), self.rows.row_of(self._followed_row)
        if row is None or index == self._followed_row:
            return
        self._followed_row = index
        if before is None or self.viewport().rect().intersects(self.visualRect(self.rows.index(before, FILE))):
            self.scrollTo(self.rows.index(row, FILE))

    def selected(self) -> int | None:
        """Return the index of the selected file, or None if no row is selected.

        If several files are selected, it is the one that was clicked last.
        """
        current = self.currentIndex()
        if current.isValid() and self.selectionModel().isRowSelected(current.row()):
            return self.rows.file_index(current.row())
        chosen = self.selectionModel().selectedRows()
        return self.rows.file_index(chosen[0].row()) if chosen else None

    def selected_files(self) -> list[int]:
        """Return the indices of all selected files, in ascending order."""
        return sorted(self.rows.file_index(index.row()) for index in self.selectionModel().selectedRows())

    def _emit_details(self) -> None:
        """Emit `details_changed` with the row of the selected file."""
        index = self.selected()
        self.details_changed.emit(None if index is None else self.rows.batch_rows[index])

    def _update_details(self, first: QModelIndex, last: QModelIndex) -> None:
        """Emit `details_changed` if the selected file is one of the changed rows."""
        if first.row() <= self.currentIndex().row() <= last.row():
            self._emit_details()

    def select_files(self, indices: Iterable[int]) -> None:
        """Select files, as far as the filter shows them."""
        selection = QItemSelection()
        for index in indices:
            if (row := self.rows.row_of(index)) is not None:
                selection.select(self.rows.index(row, 0), self.rows.index(row, RESULT))
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.Select)

    @property
    def can_move_rows(self) -> bool:
        """Whether the order of the files can be changed. It cannot while a filter is set."""
        return self.rows.shows_all and not self.is_locked

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Start to drag the selected rows."""
        if self.can_move_rows and self.selected_files():
            drag, data = QDrag(self), QMimeData()
            data.setData(_ROWS_MIME_TYPE, b"")
            drag.setMimeData(data)
            self.viewport().setAcceptDrops(True)  # only now, because the page accepts files
            drag.exec(Qt.DropAction.MoveAction)
            self.viewport().setAcceptDrops(False)
            self._set_drop_row(None)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept dragged rows of this table. The page accepts files."""
        self._accept_rows(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Show where the dragged rows will be dropped, and scroll near the upper and the lower edge."""
        if self._accept_rows(event):
            y, height = event.position().toPoint().y(), self.viewport().height()
            step = -ROW_PX // 2 if y < ROW_PX // 2 else ROW_PX // 2 if y > height - ROW_PX // 2 else 0
            self.verticalScrollBar().setValue(self.verticalScrollBar().value() + step)
            self._set_drop_row(self._row_at(y))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Hide the line that shows where rows are dropped."""
        self._set_drop_row(None)

    def dropEvent(self, event: QDropEvent) -> None:
        """Move the dragged rows."""
        if self._accept_rows(event):
            self.move_requested.emit(self.selected_files(), self._row_at(event.position().toPoint().y()))
        self._set_drop_row(None)

    def _accept_rows(self, event: QDropEvent) -> bool:
        """Accept a drag or drop event if rows of this table are dragged. Return whether it was accepted."""
        is_accepted = event.mimeData().hasFormat(_ROWS_MIME_TYPE) and event.source() is self and self.can_move_rows
        event.setAccepted(is_accepted)
        return is_accepted

    def _row_at(self, y: int) -> int:
        """Return the row whose top is nearest to `y` (px in the viewport), or the number of rows below all."""
        row = self.rowAt(y)
        if row < 0:
            return self.rows.rowCount()
        return row + (y - self.rowViewportPosition(row) > self.rowHeight(row) // 2)

    def _set_drop_row(self, row: int | None) -> None:
        if row != self._drop_row:
            self._drop_row = row
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the table, and a line where dragged rows are dropped."""
        super().paintEvent(event)
        if self._drop_row is not None:
            last = self.rows.rowCount() - 1
            is_last = self._drop_row > last
            bottom = self.rowViewportPosition(last) + self.rowHeight(last)
            y = bottom if is_last else self.rowViewportPosition(self._drop_row)
            painter = QPainter(self.viewport())
            painter.fillRect(0, max(0, y - 1), self.viewport().width(), 2, QColor(theme.current().accent))
            painter.end()

    def set_compact(self, compact: bool) -> None:
        """Hide the Pixels and Time columns if `compact` is true, otherwise show them."""
        for column in (PIXELS, TIME):
            self.setColumnHidden(column, compact)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Schedule the loading of thumbnails, because other rows may have become visible."""
        super().resizeEvent(event)
        self._timer.start()

    def keyPressEvent(self, event: Any) -> None:
        """Open the selected file if Return or Enter was pressed."""
        number = self.selected()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and number is not None and not event.modifiers():
            self.open_requested.emit(number)
        else:
            super().keyPressEvent(event)

    def _request_thumbnails(self) -> None:
        """Emit `thumbnails_requested` for the visible rows without a thumbnail."""
        first = self.rowAt(0)
        if first < 0 or not self.isVisible():
            return
        last = self.rowAt(self.viewport().height() - 1)
        last = self.rows.rowCount() - 1 if last < 0 else last
        visible = [self.rows.file_index(row) for row in range(first, last + 1)]
        if missing := [number for number in visible if number not in self.rows.thumbnails]:
            self.thumbnails_requested.emit(missing)


class _RowDelegate(QStyledItemDelegate):
    """Delegate that draws cells in theme colors, with an icon for the state and a line below each row."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: Any, index: Index) -> None:
        """Draw a cell of any column with its background and separator."""
        tokens = theme.current()
        painter.save()
        rect: QRect = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.fillRect(rect, QColor(tokens.selection if chosen else tokens.surface))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(tokens.border))
        row: Row = index.data(ROW)
        if index.column() == IMAGE:
            self._picture(painter, rect, index.data(Qt.ItemDataRole.DecorationRole))
        else:
            self._draw_text(painter, rect.adjusted(8, 0, -8, -1), index, row)
        painter.restore()

    def _draw_text(self, painter: QPainter, rect: QRect, index: Index, row: Row) -> None:
        tokens, column = theme.current(), index.column()
        name, tone = ICONS[row.state]
        color = tokens.text if column in (FILE, TIME) or row.state == "working" else tokens.muted
        if column in (STATE, RESULT) and row.state == "failed":
            color = tokens.bad
        if column in (STATE, RESULT) and row.state == "unsavable":
            color = tokens.warning
        if column == STATE:
            image = icons.pixmap(name, getattr(tokens, tone), 18, self._view.devicePixelRatioF())
            painter.drawPixmap(rect.left(), rect.center().y() - 8, image)
            rect = rect.adjusted(26, 0, 0, 0)
            color = tokens.text if row.state == "done" else color
        font = QFont(theme.font("body"))
        if column in (PIXELS, TIME, RESULT, STATE):
            font.setFeature(QFont.Tag("tnum"), 1)
        painter.setFont(font)
        painter.setPen(QColor(color))
        if column == RESULT and row.state in ("failed", "unsavable"):
            text = fit_sentences(row.result, painter.fontMetrics(), rect.adjusted(0, 4, 0, -4))
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap, text)
            return
        side = Qt.AlignmentFlag.AlignRight if column == TIME else Qt.AlignmentFlag.AlignLeft
        elide = Qt.TextElideMode.ElideMiddle if column == FILE else Qt.TextElideMode.ElideRight
        text = painter.fontMetrics().elidedText(str(index.data() or ""), elide, rect.width())
        painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter, text)

    def _picture(self, painter: QPainter, rect: QRect, image: QPixmap | None) -> None:
        """Draw the thumbnail of a file, or a placeholder icon if there is none."""
        tokens = theme.current()
        frame = QRect(
            rect.left() + 10, rect.top() + (rect.height() - THUMBNAIL_HEIGHT) // 2, THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT
        )
        if image is None:
            painter.setPen(QColor(tokens.border))
            painter.setBrush(QColor(tokens.raised))
            painter.drawRect(frame.adjusted(0, 0, -1, -1))
            icon = icons.pixmap("picture", tokens.muted, 18, self._view.devicePixelRatioF())
            painter.drawPixmap(frame.center().x() - 8, frame.center().y() - 8, icon)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(frame, checkerboard.checkerboard_brush())
        painter.drawPixmap(frame, image, _thumbnail_crop(image))


def fit_sentences(text: str, metrics: QFontMetrics, rect: QRect) -> str:
    """Return as many whole sentences of a text as fit into a rectangle if the text is wrapped.

    If the first sentence is too long, its middle is cut out, so that its beginning and its end can be read.
    """
    ends = [match.end() for match in re.finditer(r"(?<=[.。])(?:\s|$)|(?<=。)", text)] or [len(text)]
    for end in reversed(ends):
        shown = text[:end].rstrip()
        if metrics.boundingRect(rect, Qt.TextFlag.TextWordWrap, shown).height() <= rect.height():
            return shown
    lines = max(1, rect.height() // metrics.lineSpacing())
    width = round(rect.width() * (1 if lines == 1 else lines - 0.5))  # because lines end between two words
    return metrics.elidedText(text[: ends[0]].rstrip(), Qt.TextElideMode.ElideMiddle, width)


def _thumbnail_crop(image: QPixmap) -> QRect:
    """Return the part of a thumbnail that fills the frame.

    The crop is centered horizontally. In tall images it is above the center, where faces are more likely.
    """
    width, height = image.width(), image.height()
    wide, high = (
        min(width, height * THUMBNAIL_WIDTH // THUMBNAIL_HEIGHT),
        min(height, width * THUMBNAIL_HEIGHT // THUMBNAIL_WIDTH),
    )
    return QRect((width - wide) // 2, (height - high) // 4, max(1, wide), max(1, high))
