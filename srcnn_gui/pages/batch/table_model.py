"""Qt model of the table of files, which formats the text of a row only when the row is drawn."""

from bisect import bisect_left
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QWidget

from srcnn_gui.pages.batch.state import FileState, Row, Rows
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui.qimages import to_qimage

IMAGE, FILE, PIXELS, STATE, TIME, RESULT = range(6)
_MAX_THUMBNAILS = 2000  # 14 kB each
ROW = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class RowsModel(QAbstractTableModel):
    """Qt model of the files in a batch. It can be limited to files in certain states.

    The filter is part of the model, because a proxy model would query up to 100,000 rows after every change.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.batch_rows: Rows = _NoRows()
        self.thumbnails: dict[int, tuple[QPixmap | None, str]] = {}
        self._kinds: tuple[FileState, ...] = ()
        self._shown: list[int] | None = None  # ascending indices of the files to show, or None for all files
        self._last: tuple[int, Row] | None = None  # cached row, because its cells are drawn in sequence

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of rows that match the filter."""
        if parent.isValid():
            return 0
        return len(self.batch_rows) if self._shown is None else len(self._shown)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of columns: image, file, pixels, state, time and result."""
        return 0 if parent.isValid() else 6

    def file_index(self, row: int) -> int:
        """Return the index of the file in row `row` of the filtered table."""
        return row if self._shown is None else self._shown[row]

    def row_of(self, index: int) -> int | None:
        """Return the table row of the file `index`, or None if the filter hides it."""
        if self._shown is None:
            return index if 0 <= index < len(self.batch_rows) else None
        place = bisect_left(self._shown, index)
        return place if self._shown[place : place + 1] == [index] else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text, thumbnail or tooltip of a cell, or its `Row` for the role ROW."""
        number = self.file_index(index.row())
        if role == ROW:
            return self._row(number)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == IMAGE:
            return self.thumbnails.get(number, (None, ""))[0]
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell_text(self._row(number), index.column(), self.thumbnails.get(number, (None, ""))[1])
        if role == Qt.ItemDataRole.ToolTipRole and index.column() in (FILE, RESULT):
            return _cell_text(self._row(number), index.column())
        return None

    def _row(self, number: int) -> Row:
        if self._last is None or self._last[0] != number:
            self._last = number, self.batch_rows[number]
        return self._last[1]

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the title or the alignment of a column."""
        if role == Qt.ItemDataRole.DisplayRole and side == Qt.Orientation.Horizontal:
            return ("", _("File"), _("Size (px)"), _("Status"), _("Time"), _("Result"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            horizontal = Qt.AlignmentFlag.AlignRight if section == TIME else Qt.AlignmentFlag.AlignLeft
            return horizontal | Qt.AlignmentFlag.AlignVCenter
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return the flags of a cell, which can be dragged."""
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    @property
    def shows_all(self) -> bool:
        """Whether no filter is set."""
        return self._shown is None

    def show_rows(self, rows: Rows, *, same_files: bool) -> None:
        """Replace the rows. If `same_files` is true, the thumbnails are kept."""
        self.batch_rows, self._last = rows, None
        thumbnails = self.thumbnails if same_files else {}  # thumbnails that could not be loaded are requested again
        self.thumbnails = {number: thumbnail for number, thumbnail in thumbnails.items() if thumbnail[0] is not None}
        self.show_only(self._kinds)

    def show_only(self, file_states: tuple[FileState, ...]) -> None:
        """Show only files whose state is in `file_states`, or all files if it is empty."""
        self.beginResetModel()
        self._kinds = file_states
        self._shown = (
            [n for n, kind in enumerate(self.batch_rows.file_states) if kind in file_states] if file_states else None
        )
        self.endResetModel()

    def update_row(self, index: int) -> None:
        """Update the row of a file whose state has changed, and show or hide it depending on the filter."""
        place, self._last = self.row_of(index), None
        if self._shown is not None and (self.batch_rows.file_states[index] in self._kinds) != (place is not None):
            if place is not None:
                self.beginRemoveRows(_NOWHERE, place, place)
                del self._shown[place]
                self.endRemoveRows()
            else:
                place = bisect_left(self._shown, index)
                self.beginInsertRows(_NOWHERE, place, place)
                self._shown.insert(place, index)
                self.endInsertRows()
        elif place is not None:
            self.dataChanged.emit(self.index(place, 0), self.index(place, RESULT))

    def set_thumbnail(self, index: int, image: NDArray[np.uint8] | None, size: str) -> None:
        """Store the thumbnail of a file, and the text for its Pixels column."""
        if index >= len(self.batch_rows):
            return
        while len(self.thumbnails) >= _MAX_THUMBNAILS:
            self.thumbnails.pop(next(iter(self.thumbnails)))
        self.thumbnails[index] = (_pixmap(image) if image is not None else None), size
        if (place := self.row_of(index)) is not None:
            self.dataChanged.emit(self.index(place, 0), self.index(place, PIXELS))


class _NoRows:
    """Empty list of rows, shown before any file is added."""

    file_states: tuple[FileState, ...] = ()

    def __len__(self) -> int:
        return 0

    def __getitem__(self, index: int) -> Row:
        raise IndexError(index)


def _cell_text(row: Row, column: int, pixels: str = "") -> str:
    """Return the text of the cell of `row` in a column. `pixels` is the text for the Pixels column."""
    return ("", row.file, pixels, row.state_text, row.time, row.result)[column]


def _pixmap(pixels: NDArray[np.uint8]) -> QPixmap:
    contiguous = np.ascontiguousarray(pixels)
    return QPixmap.fromImage(to_qimage(contiguous).copy())
