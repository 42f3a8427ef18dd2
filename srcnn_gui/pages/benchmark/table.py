"""A table of scores in a card: methods over their columns, rows of one height, the first column always in sight."""

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
from srcnn_gui.pages.benchmark.table_header import HEAD_PX, PAD, ROW_PX, Corner, Edge, MethodsHead, RowsHead
from srcnn_gui.ui import theme

FIRST_PX, COMPACT_FIRST_PX = 122, 104
_CELL, _FIRST_OF_GROUP, _STRONG = (Qt.ItemDataRole.UserRole + number for number in range(3))
_LEAST_ROWS = 3
_SCROLL_BAR_PX = 12
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class ScoresModel(QAbstractTableModel):
    """The cells, as they were made ready."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.table = Table()
        self._columns: list[tuple[str, str, bool]] = []  # method, what is in the column, whether it is the first

    def show(self, table: Table) -> None:
        """Another table; where only figures changed, what is chosen and scrolled stays."""
        before, self.table = self.table, table
        if before.groups == table.groups and len(before.lines) == len(table.lines):
            if before != table:
                self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))
            return
        self.beginResetModel()
        self._columns = [
            (group.title, title, number == 0) for group in table.groups for number, title in enumerate(group.columns)
        ]
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """How many rows."""
        return 0 if parent.isValid() else len(self.table.lines)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """How many columns, of all methods together."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell's words, or how it is drawn."""
        line = self.table.lines[index.row()]
        cell: Cell = line.cells[index.column()]
        method, title, first = self._columns[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{line.title}, {method}, {title}: {cell.text or '–'}"
        words = {Qt.ItemDataRole.DisplayRole: cell.text, Qt.ItemDataRole.ToolTipRole: cell.tip or None}
        return (words | {_CELL: cell, _FIRST_OF_GROUP: first, _STRONG: line.strong}).get(role)

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The heads' words, for whoever listens, and what to know of a method or a row."""
        across = side == Qt.Orientation.Horizontal
        if section >= (len(self._columns) if across else len(self.table.lines)):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return ", ".join(self._columns[section][:2]) if across else self.table.lines[section].title
        if role == Qt.ItemDataRole.ToolTipRole:
            tips = [group.tip for group in self.table.groups for _title in group.columns]
            return (tips[section] if across else self.table.lines[section].tip) or None
        return None


class ScoreTable(QFrame):
    """A card as high as its rows, if there is room."""

    row_chosen = Signal(int)

    def __init__(self, name: str, *, choosable: bool) -> None:
        super().__init__()
        self.view = QTableView(self)
        theme.set_role(self.view, "scores")
        self.view.setAccessibleName(name)
        self.model = ScoresModel(self)
        self.view.setModel(self.model)
        self._head, self._rows = MethodsHead(self.view), RowsHead(self.view)
        self.view.setHorizontalHeader(self._head)
        self.view.setVerticalHeader(self._rows)
        self._corner, self._edge = Corner(self), Edge(self)
        self._first_px = FIRST_PX
        self._dress(choosable)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(self.view)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def display(self, table: Table, row: int | None = None) -> None:
        """Show a table, with a row chosen."""
        self._head.groups, self._rows.table, self._corner.table = table.groups, table, table
        self.model.show(table)
        if row is not None and row < len(table.lines) and not self.view.selectionModel().isRowSelected(row):
            self.view.selectionModel().blockSignals(True)
            self.view.selectRow(row)
            self.view.selectionModel().blockSignals(False)
            self.view.viewport().update()
            self.view.scrollTo(self.model.index(row, max(0, self.view.columnAt(1))))
        self._fit()
        for part in (self._head.viewport(), self._rows.viewport(), self._corner):
            part.update()

    def set_compact(self, compact: bool) -> None:
        """Take less room in a narrow window."""
        self._first_px = COMPACT_FIRST_PX if compact else FIRST_PX
        self._fit()

    def content_height(self) -> int:
        """What it takes to show all rows."""
        scrolls = self._scrolls_sideways()
        return HEAD_PX + ROW_PX * self.model.rowCount() + 2 + (_SCROLL_BAR_PX if scrolls else 0)

    def sizeHint(self) -> QSize:
        return QSize(300, self.content_height())

    def minimumSizeHint(self) -> QSize:
        return QSize(300, min(self.content_height(), HEAD_PX + _LEAST_ROWS * ROW_PX))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width among the columns."""
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show where the keys go."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._edge.focused = event.type() == QEvent.Type.FocusIn
            self._edge.update()
        return super().eventFilter(watched, event)

    def _dress(self, choosable: bool) -> None:
        mode = QAbstractItemView.SelectionMode
        view = self.view
        view.setItemDelegate(_FigureDelegate(view))
        view.setShowGrid(False)
        view.setTabKeyNavigation(False)  # or who comes in by Tab does not get out by it
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

    def _scrolls_sideways(self) -> bool:
        return sum(self._head.least_widths()) > self.width() - 2 - self._first_px

    def _fit(self) -> None:
        """Columns share the width; below what they need, they scroll."""
        self._rows.setFixedWidth(self._first_px)
        least = self._head.least_widths()
        room = self.width() - 2 - self._first_px
        if self.content_height() > self.height() + 2:
            room -= _SCROLL_BAR_PX
        spare = max(0, room - sum(least))
        for column, width in enumerate(least):
            share = spare // len(least) + (1 if column < spare % len(least) else 0)
            self.view.setColumnWidth(column, width + share)
        self._corner.setGeometry(1, 1, self._first_px, HEAD_PX)
        self._corner.raise_()
        self._edge.setGeometry(self.rect())
        self._edge.raise_()
        self.setMaximumHeight(self.content_height())
        self.updateGeometry()


class _FigureDelegate(QStyledItemDelegate):
    """Draws a figure: to the right, digits of one width, coloured where it is a difference."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)

    def paint(self, painter: QPainter, option: Any, index: Index) -> None:
        """One cell."""
        tokens = theme.current()
        cell: Cell = index.data(_CELL)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        rect = option.rect
        painter.save()
        painter.fillRect(rect, QColor(tokens.sel if chosen else tokens.surface))
        if index.row() + 1 < index.model().rowCount():  # under the last one is the card's edge
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
