"""The files of a batch: a table of any length, drawn line by line as it comes into sight."""

from typing import Any

from PySide6.QtCore import (
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QStyledItemDelegate, QTableView, QWidget

from srcnn_gui.pages.batch.state import Kind, Row
from srcnn_gui.pages.batch.table_model import FILE, PICTURE, PIXELS, RESULT, ROW, STATE, TIME, Index, RowsModel
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import checkerboard, icons, theme

ROW_PX, THUMB_WIDTH, THUMB_HEIGHT = 46, 48, 36
_SHOWN_AFTER_MS = 60  # that a line has come to rest, before its file is looked at
ICONS: dict[Kind, tuple[str, str]] = {  # name, and the token it is tinted with
    "waiting": ("waiting", "muted"),
    "working": ("busy", "accent"),
    "done": ("ok", "good"),
    "skipped": ("skip", "muted"),
    "failed": ("error", "bad"),
}


class BatchTable(QTableView):
    """Shows the lines, and says which of them can be seen."""

    look_wanted = Signal(list)  # numbers of lines whose files have not been looked at
    open_wanted = Signal(int)  # a line was double clicked, or Return pressed on it

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = RowsModel(self)
        self.setModel(self.rows)
        self.setItemDelegate(_RowDelegate(self))
        self.setAccessibleName(_("Files of the batch"))
        self.setAccessibleDescription(_("State, time and result of each; Return compares it"))
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)  # or who comes in by Tab does not get out by it
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
        header.setFixedHeight(theme.grown(30))
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        for column, width in ((PICTURE, 70), (FILE, 180), (PIXELS, 104), (STATE, 130), (TIME, 76)):
            self.setColumnWidth(column, width)
        header.setSectionResizeMode(PICTURE, QHeaderView.ResizeMode.Fixed)
        self._followed = -1
        self._timer = QTimer(self, singleShot=True, interval=_SHOWN_AFTER_MS)
        self._timer.timeout.connect(self._look)
        self.verticalScrollBar().valueChanged.connect(lambda _value: self._timer.start())
        for signal in (self.rows.modelReset, self.rows.rowsRemoved, self.rows.rowsInserted):
            signal.connect(lambda *_changed: self._timer.start())
        self.doubleClicked.connect(lambda index: self.open_wanted.emit(self.rows.number(index.row())))

    def show_only(self, kinds: tuple[Kind, ...]) -> None:
        """The lines in these states; all for none."""
        self.rows.show_only(kinds)

    def follow(self, number: int) -> None:
        """Keep the file in work in sight, unless a person looks elsewhere in the list."""
        place, before = self.rows.place(number), self.rows.place(self._followed)
        if place is None or number == self._followed:
            return
        self._followed = number
        if before is None or self.viewport().rect().intersects(self.visualRect(self.rows.index(before, FILE))):
            self.scrollTo(self.rows.index(place, FILE))

    def selected(self) -> int | None:
        """The number of the chosen line."""
        chosen = self.selectionModel().selectedRows()
        return self.rows.number(chosen[0].row()) if chosen else None

    def set_compact(self, compact: bool) -> None:
        """Take less room in a narrow window."""
        for column in (PIXELS, TIME):
            self.setColumnHidden(column, compact)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other lines come into sight."""
        super().resizeEvent(event)
        self._timer.start()

    def keyPressEvent(self, event: Any) -> None:
        """Return does what a double click does."""
        number = self.selected()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and number is not None and not event.modifiers():
            self.open_wanted.emit(number)
        else:
            super().keyPressEvent(event)

    def _look(self) -> None:
        """Ask for what cannot be seen yet of the lines in sight."""
        first = self.rowAt(0)
        if first < 0 or not self.isVisible():
            return
        last = self.rowAt(self.viewport().height() - 1)
        last = self.rows.rowCount() - 1 if last < 0 else last
        seen = [self.rows.number(row) for row in range(first, last + 1)]
        if wanted := [number for number in seen if number not in self.rows.looks]:
            self.look_wanted.emit(wanted)


class _RowDelegate(QStyledItemDelegate):
    """Draws a cell: the theme's colours, an icon before the state, a line under each row."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: Any, index: Index) -> None:
        """One cell."""
        tokens = theme.current()
        painter.save()
        rect: QRect = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.fillRect(rect, QColor(tokens.sel if chosen else tokens.surface))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(tokens.border))
        row: Row = index.data(ROW)
        if index.column() == PICTURE:
            self._picture(painter, rect, index.data(Qt.ItemDataRole.DecorationRole))
        else:
            self._words(painter, rect.adjusted(8, 0, -8, -1), index, row)
        painter.restore()

    def _words(self, painter: QPainter, rect: QRect, index: Index, row: Row) -> None:
        tokens, column = theme.current(), index.column()
        name, tone = ICONS[row.kind]
        color = tokens.text if column in (FILE, TIME) or row.kind == "working" else tokens.muted
        if column in (STATE, RESULT) and row.kind == "failed":
            color = tokens.bad
        if column == STATE:
            picture = icons.pixmap(name, getattr(tokens, tone), 18, self._view.devicePixelRatioF())
            painter.drawPixmap(rect.left(), rect.center().y() - 8, picture)
            rect = rect.adjusted(26, 0, 0, 0)
            color = tokens.text if row.kind == "done" else color
        font = QFont(theme.font("body"))
        if column in (PIXELS, TIME, RESULT, STATE):
            font.setFeature(QFont.Tag("tnum"), 1)
        painter.setFont(font)
        painter.setPen(QColor(color))
        side = Qt.AlignmentFlag.AlignRight if column == TIME else Qt.AlignmentFlag.AlignLeft
        elide = Qt.TextElideMode.ElideMiddle if column == FILE else Qt.TextElideMode.ElideRight
        text = painter.fontMetrics().elidedText(str(index.data() or ""), elide, rect.width())
        painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter, text)

    def _picture(self, painter: QPainter, rect: QRect, picture: QPixmap | None) -> None:
        """The file made small in its frame, or an icon for none."""
        tokens = theme.current()
        frame = QRect(rect.left() + 10, rect.top() + (rect.height() - THUMB_HEIGHT) // 2, THUMB_WIDTH, THUMB_HEIGHT)
        if picture is None:
            painter.setPen(QColor(tokens.border))
            painter.setBrush(QColor(tokens.raised))
            painter.drawRect(frame.adjusted(0, 0, -1, -1))
            mark = icons.pixmap("picture", tokens.muted, 18, self._view.devicePixelRatioF())
            painter.drawPixmap(frame.center().x() - 8, frame.center().y() - 8, mark)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(frame, checkerboard.brush())
        painter.drawPixmap(frame, picture, _filling(picture))


def _filling(picture: QPixmap) -> QRect:
    """The middle of a picture that has the frame's shape; of a tall one the upper part, where faces are."""
    width, height = picture.width(), picture.height()
    wide, high = min(width, height * THUMB_WIDTH // THUMB_HEIGHT), min(height, width * THUMB_HEIGHT // THUMB_WIDTH)
    return QRect((width - wide) // 2, (height - high) // 4, max(1, wide), max(1, high))
