"""Table of the files of a batch, which formats and draws only the visible rows."""

from typing import Any

from PySide6.QtCore import (
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QStyledItemDelegate, QTableView, QWidget

from srcnn_gui.pages.batch.state import FileState, Row
from srcnn_gui.pages.batch.table_model import FILE, IMAGE, PIXELS, RESULT, ROW, STATE, TIME, Index, RowsModel
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import checkerboard, icons, theme

ROW_PX, THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT = 46, 48, 36
_THUMBNAIL_DELAY_MS = 60  # delay after scrolling before thumbnails are requested
ICONS: dict[FileState, tuple[str, str]] = {  # icon name and theme color token
    "queued": ("waiting", "muted"),
    "working": ("busy", "accent"),
    "done": ("ok", "good"),
    "skipped": ("skip", "muted"),
    "failed": ("error", "bad"),
}


class BatchTable(QTableView):
    """Table of the files of a batch. It requests thumbnails for the visible rows."""

    thumbnails_requested = Signal(list)  # indices of the visible files that have no thumbnail
    open_requested = Signal(int)  # index of a file, after a double-click or Return

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
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
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
        self._followed_row = -1
        self._timer = QTimer(self, singleShot=True, interval=_THUMBNAIL_DELAY_MS)
        self._timer.timeout.connect(self._request_thumbnails)
        self.verticalScrollBar().valueChanged.connect(lambda _value: self._timer.start())
        for signal in (self.rows.modelReset, self.rows.rowsRemoved, self.rows.rowsInserted):
            signal.connect(lambda *_changed: self._timer.start())
        self.doubleClicked.connect(lambda index: self.open_requested.emit(self.rows.file_index(index.row())))

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
        """Return the index of the selected file, or None if no row is selected."""
        chosen = self.selectionModel().selectedRows()
        return self.rows.file_index(chosen[0].row()) if chosen else None

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
