"""Table of scores with a two-level header and a fixed first column."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from srcnn_gui.pages.benchmark.state import Cell, Table
from srcnn_gui.pages.benchmark.table_header import (
    HEADER_PX,
    PAD,
    ROW_PX,
    FocusFrame,
    MethodHeader,
    RowHeader,
    TableCorner,
)
from srcnn_gui.ui import theme

FIRST_PX, COMPACT_FIRST_PX = 122, 104
_CELL, _FIRST_OF_GROUP, _STRONG = (Qt.ItemDataRole.UserRole + number for number in range(3))
_MIN_ROWS = 3
_SCROLL_BAR_PX = 12
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class ScoresModel(QAbstractTableModel):
    """Qt model that provides the cells and headers of a `Table`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.table = Table()
        self._columns: list[tuple[str, str, bool]] = []  # method, column title, whether it is the first column

    def show(self, table: Table) -> None:
        """Replace the table. If only values differ, the selection and the scroll position are kept."""
        before, self.table = self.table, table
        if before.groups == table.groups and len(before.rows) == len(table.rows):
            if before != table:
                self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))
            return
        self.beginResetModel()
        self._columns = [
            (group.title, title, number == 0) for group in table.groups for number, title in enumerate(group.columns)
        ]
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of rows, or 0 for a valid `parent`, because cells have no children."""
        return 0 if parent.isValid() else len(self.table.rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return the total number of columns of all methods."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text, tooltip or formatting of a cell, depending on `role`."""
        line = self.table.rows[index.row()]
        cell: Cell = line.cells[index.column()]
        method, title, first = self._columns[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{line.title}, {method}, {title}: {cell.text or '–'}"
        texts = {Qt.ItemDataRole.DisplayRole: cell.text, Qt.ItemDataRole.ToolTipRole: cell.tooltip or None}
        return (texts | {_CELL: cell, _FIRST_OF_GROUP: first, _STRONG: line.strong}).get(role)

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the title of a row or column for screen readers, or its tooltip."""
        horizontal = side == Qt.Orientation.Horizontal
        if section >= (len(self._columns) if horizontal else len(self.table.rows)):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return ", ".join(self._columns[section][:2]) if horizontal else self.table.rows[section].title
        if role == Qt.ItemDataRole.ToolTipRole:
            tips = [group.tooltip for group in self.table.groups for _title in group.columns]
            return (tips[section] if horizontal else self.table.rows[section].tooltip) or None
        return None


class ScoreTable(QFrame):
    """Card with a table of scores. If there is enough room, all rows are visible."""

    row_chosen = Signal(int)

    def __init__(self, name: str, *, choosable: bool) -> None:
        super().__init__()
        self.view = QTableView(self)
        theme.set_role(self.view, "scores")
        self.view.setAccessibleName(name)
        self.model = ScoresModel(self)
        self.view.setModel(self.model)
        self._header, self._row_header = MethodHeader(self.view), RowHeader(self.view)
        self.view.setHorizontalHeader(self._header)
        self.view.setVerticalHeader(self._row_header)
        self._corner, self._frame = TableCorner(self), FocusFrame(self)
        self._first_px = FIRST_PX
        self._set_up_view(choosable)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(self.view)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def display(self, table: Table, row: int | None = None) -> None:
        """Show a table. If `row` is given, select this row."""
        self._header.groups, self._row_header.table, self._corner.table = table.groups, table, table
        self.model.show(table)
        if row is not None and row < len(table.rows) and not self.view.selectionModel().isRowSelected(row):
            self.view.selectionModel().blockSignals(True)
            self.view.selectRow(row)
            self.view.selectionModel().blockSignals(False)
            self.view.viewport().update()
            self.view.scrollTo(self.model.index(row, max(0, self.view.columnAt(1))))
        self._update_layout()
        for part in (self._header.viewport(), self._row_header.viewport(), self._corner):
            part.update()

    def set_compact(self, compact: bool) -> None:
        """Set whether the first column is narrower, for a narrow window."""
        self._first_px = COMPACT_FIRST_PX if compact else FIRST_PX
        self._update_layout()

    def content_height(self) -> int:
        """Return the height that the card needs to show all rows without scrolling, in pixels."""
        scrolls = self._scrolls_horizontally()
        return HEADER_PX + ROW_PX * self.model.rowCount() + 2 + (_SCROLL_BAR_PX if scrolls else 0)

    def sizeHint(self) -> QSize:
        return QSize(300, self.content_height())

    def minimumSizeHint(self) -> QSize:
        return QSize(300, min(self.content_height(), HEADER_PX + _MIN_ROWS * ROW_PX))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Adapt the column widths to the new width of the card."""
        super().resizeEvent(event)
        self._update_layout()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Redraw the border of the card when the table gains or loses the focus."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._frame.focused = event.type() == QEvent.Type.FocusIn
            self._frame.update()
        return super().eventFilter(watched, event)

    def _set_up_view(self, choosable: bool) -> None:
        mode = QAbstractItemView.SelectionMode
        view = self.view
        view.setItemDelegate(_ScoreDelegate(view))
        view.setShowGrid(False)
        view.setTabKeyNavigation(False)  # Tab moves the focus out of the table
        view.setWordWrap(False)
        view.setCornerButtonEnabled(False)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(mode.SingleSelection if choosable else mode.NoSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.installEventFilter(self)
        if choosable:
            view.selectionModel().currentRowChanged.connect(lambda now, _before: self.row_chosen.emit(now.row()))

    def _scrolls_horizontally(self) -> bool:
        return sum(self._header.minimum_widths()) > self.width() - 2 - self._first_px

    def _update_layout(self) -> None:
        """Distribute the width among the columns. If they do not fit, the table scrolls."""
        self._row_header.setFixedWidth(self._first_px)
        minimum = self._header.minimum_widths()
        room = self.width() - 2 - self._first_px
        if self.content_height() > self.height() + 2:
            room -= _SCROLL_BAR_PX
        spare = max(0, room - sum(minimum))
        for column, width in enumerate(minimum):
            share = spare // len(minimum) + (1 if column < spare % len(minimum) else 0)
            self.view.setColumnWidth(column, width + share)
        self._corner.setGeometry(1, 1, self._first_px, HEADER_PX)
        self._corner.raise_()
        self._frame.setGeometry(self.rect())
        self._frame.raise_()
        self.setMaximumHeight(self.content_height())
        self.updateGeometry()


class _ScoreDelegate(QStyledItemDelegate):
    """Delegate that draws right-aligned values with digits of equal width, colored by their tone."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)

    def paint(self, painter: QPainter, option: Any, index: Index) -> None:
        """Draw the background, the value and the separators of a cell."""
        tokens = theme.current()
        cell: Cell = index.data(_CELL)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        rect = option.rect
        painter.save()
        painter.fillRect(rect, QColor(tokens.selection if chosen else tokens.surface))
        if index.row() + 1 < index.model().rowCount():  # the last row is next to the border of the card
            painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(tokens.border))
        if index.data(_FIRST_OF_GROUP):
            painter.fillRect(rect.left(), rect.top(), 1, rect.height(), QColor(tokens.border))
        font = QFont(theme.font("section" if index.data(_STRONG) else "body"))
        font.setFeature(QFont.Tag("tnum"), 1)
        painter.setFont(font)
        painter.setPen(QColor(getattr(tokens, cell.tone or "text")))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect.adjusted(0, 0, -PAD, -1), flags, cell.text)
        painter.restore()
