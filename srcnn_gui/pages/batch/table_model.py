"""The lines of a batch's table as Qt asks for them: each is put into words only when it is drawn."""

from bisect import bisect_left
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QWidget

from srcnn_gui.pages.batch.state import Kind, Lines, Row
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui.qimages import to_qimage

PICTURE, FILE, PIXELS, STATE, TIME, RESULT = range(6)
_MOST_LOOKS = 2000  # kept; 14 KB each
ROW = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class RowsModel(QAbstractTableModel):
    """The lines of some states or of all, and what their files look like as far as that is known.

    It filters by itself: a proxy would ask about every one of 100,000 lines whenever anything changes.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.lines: Lines = _Nothing()
        self.looks: dict[int, tuple[QPixmap | None, str]] = {}
        self._wanted: tuple[Kind, ...] = ()
        self._shown: list[int] | None = None  # numbers of lines, rising; None for all
        self._last: tuple[int, Row] | None = None  # put into words: a line's cells are drawn one after the other

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """How many lines are shown."""
        if parent.isValid():
            return 0
        return len(self.lines) if self._shown is None else len(self._shown)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Picture, file, pixels, state, time, result."""
        return 0 if parent.isValid() else 6

    def number(self, place: int) -> int:
        """The number of the line at a place."""
        return place if self._shown is None else self._shown[place]

    def place(self, number: int) -> int | None:
        """Where a line is shown, if it is."""
        if self._shown is None:
            return number if 0 <= number < len(self.lines) else None
        place = bisect_left(self._shown, number)
        return place if self._shown[place : place + 1] == [number] else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell's words, a line's Row, or its picture."""
        number = self.number(index.row())
        if role == ROW:
            return self._row(number)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == PICTURE:
            return self.looks.get(number, (None, ""))[0]
        if role == Qt.ItemDataRole.DisplayRole:
            return _words(self._row(number), index.column(), self.looks.get(number, (None, ""))[1])
        if role == Qt.ItemDataRole.ToolTipRole and index.column() in (FILE, RESULT):
            return _words(self._row(number), index.column())
        return None

    def _row(self, number: int) -> Row:
        if self._last is None or self._last[0] != number:
            self._last = number, self.lines[number]
        return self._last[1]

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The columns' titles."""
        if role == Qt.ItemDataRole.DisplayRole and side == Qt.Orientation.Horizontal:
            return ("", _("File"), _("Pixels"), _("State"), _("Time"), _("Result"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            beside = Qt.AlignmentFlag.AlignRight if section == TIME else Qt.AlignmentFlag.AlignLeft
            return beside | Qt.AlignmentFlag.AlignVCenter
        return None

    def show_lines(self, lines: Lines, *, same: bool) -> None:
        """Another list; where it is the same files, what they look like is kept."""
        self.lines, self._last = lines, None
        known = self.looks if same else {}  # what could not be read may be mended by now
        self.looks = {number: look for number, look in known.items() if look[0] is not None}
        self.show_only(self._wanted)

    def show_only(self, kinds: tuple[Kind, ...]) -> None:
        """The lines in these states; all for none."""
        self.beginResetModel()
        self._wanted = kinds
        self._shown = [n for n, kind in enumerate(self.lines.kinds) if kind in kinds] if kinds else None
        self.endResetModel()

    def show_line(self, number: int) -> None:
        """A line has changed; it may come into sight or leave it by that."""
        place, self._last = self.place(number), None
        if self._shown is not None and (self.lines.kinds[number] in self._wanted) != (place is not None):
            if place is not None:
                self.beginRemoveRows(_NOWHERE, place, place)
                del self._shown[place]
                self.endRemoveRows()
            else:
                place = bisect_left(self._shown, number)
                self.beginInsertRows(_NOWHERE, place, place)
                self._shown.insert(place, number)
                self.endInsertRows()
        elif place is not None:
            self.dataChanged.emit(self.index(place, 0), self.index(place, RESULT))

    def show_look(self, number: int, picture: NDArray[np.uint8] | None, size: str) -> None:
        """What a file looks like is known."""
        if number >= len(self.lines):
            return
        while len(self.looks) >= _MOST_LOOKS:
            self.looks.pop(next(iter(self.looks)))
        self.looks[number] = (_pixmap(picture) if picture is not None else None), size
        if (place := self.place(number)) is not None:
            self.dataChanged.emit(self.index(place, 0), self.index(place, PIXELS))


class _Nothing:
    """No lines."""

    kinds: tuple[Kind, ...] = ()

    def __len__(self) -> int:
        return 0

    def __getitem__(self, index: int) -> Row:
        raise IndexError(index)


def _words(row: Row, column: int, pixels: str = "") -> str:
    """What stands in a cell."""
    return ("", row.file, pixels, row.state, row.time, row.result)[column]


def _pixmap(pixels: NDArray[np.uint8]) -> QPixmap:
    kept = np.ascontiguousarray(pixels)
    return QPixmap.fromImage(to_qimage(kept).copy())
