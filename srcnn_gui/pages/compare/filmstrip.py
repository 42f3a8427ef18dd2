"""The pictures that are open, in a row: click one to show it."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPainterPath, QPen, QPixmap, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QWidget,
)

from srcnn_gui.pages.compare.state import Entry
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import checkerboard, icons, theme
from srcnn_gui.ui.qimages import to_qimage

_Index = QModelIndex | QPersistentModelIndex
_PICTURE = QSize(70, 50)
_CELL = QSize(84, 58)
_KEY = Qt.ItemDataRole.UserRole
_FAILED = Qt.ItemDataRole.UserRole + 1


class Filmstrip(QWidget):
    """Thumbnails with a ring round the one shown, a tile that opens more, and which of how many it is."""

    wanted = Signal(int)  # key
    add_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, "strip")
        self.setFixedHeight(74)
        self._list = _List()
        self._list.wanted.connect(self.wanted)
        self._items: dict[int, QListWidgetItem] = {}
        self._add = QToolButton()
        self._add.setFixedSize(52, 52)
        self._add.setAccessibleName(_("Open more pictures"))
        self._add.setToolTip(_("Open more pictures (Ctrl+O)"))
        theme.set_role(self._add, "add-tile")
        icons.put(self._add, "plus")
        self._add.clicked.connect(self.add_wanted)
        self._count = QLabel()
        theme.set_role(self._count, "caption")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 16, 6)
        row.setSpacing(8)
        row.addWidget(self._list, 1)
        row.addWidget(self._add)
        row.addStretch()
        row.addWidget(self._count)

    def display(self, strip: tuple[Entry, ...], current: int) -> None:
        """Show the list; what is there already stays as it is."""
        there = {entry.key for entry in strip}
        for key in [key for key in self._items if key not in there]:
            self._list.takeItem(self._list.row(self._items.pop(key)))
        for entry in strip:
            item = self._items.get(entry.key) or self._new(entry)
            item.setData(_FAILED, bool(entry.reason))
            item.setToolTip(entry.reason or entry.name)
            item.setText(f"{entry.name}: {entry.reason}" if entry.reason else entry.name)
        self._list.setMaximumWidth(len(strip) * _CELL.width() + 4)
        keys = [entry.key for entry in strip]
        if current in self._items and self._list.currentItem() is not self._items[current]:
            self._list.setCurrentItem(self._items[current])
        place = keys.index(current) + 1 if current in keys else 0
        self._count.setText(_("{number} of {count}").format(number=place or "–", count=len(keys)))

    def show_thumbnail(self, key: int, pixels: NDArray[np.uint8]) -> None:
        """A picture's thumbnail is there: the middle of it fills the cell."""
        if key in self._items:
            self._items[key].setIcon(QIcon(_filling(pixels, self.devicePixelRatioF())))

    def take_over(self, before: "Filmstrip") -> None:
        """The thumbnails that were drawn for another strip of the same pictures."""
        for key, item in self._items.items():
            item.setIcon(before._items[key].icon())

    def _new(self, entry: Entry) -> QListWidgetItem:
        item = QListWidgetItem()
        item.setData(_KEY, entry.key)
        item.setSizeHint(_CELL)
        self._items[entry.key] = item
        self._list.addItem(item)
        return item


class _List(QListWidget):
    """A row that scrolls sideways; arrows move in it, Enter and a click show a picture."""

    wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(_("Open pictures"))
        self.setAccessibleDescription(_("Arrow keys choose a picture, Return shows it"))
        self.setFlow(QListWidget.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_Cell(self))
        self.itemClicked.connect(lambda item: self.wanted.emit(item.data(_KEY)))
        self.itemActivated.connect(lambda item: self.wanted.emit(item.data(_KEY)))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A wheel turns sideways here."""
        turn = event.angleDelta()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - (turn.y() or turn.x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space shows a picture too."""
        if event.key() == Qt.Key.Key_Space and self.currentItem() is not None:
            self.wanted.emit(self.currentItem().data(_KEY))
        else:
            super().keyPressEvent(event)


class _Cell(QStyledItemDelegate):
    """A thumbnail; a ring if it is the current one, a warning if it cannot be opened."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return _CELL

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw the picture with round corners."""
        tokens = theme.current()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRect(0, 0, _PICTURE.width(), _PICTURE.height())
        area.moveCenter(option.rect.center())
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(area), 4, 4)
        painter.fillPath(shape, QColor(tokens.raised))
        icon = index.data(Qt.ItemDataRole.DecorationRole)
        painter.setClipPath(shape)
        if icon is not None:
            painter.fillPath(shape, checkerboard.brush())
            icon.paint(painter, area)
        if index.data(_FAILED):
            painter.fillPath(shape, QColor(0, 0, 0, 140) if icon is not None else QColor(tokens.raised))
            mark = icons.pixmap("warning", tokens.warning, 20, painter.device().devicePixelRatioF())
            painter.drawPixmap(QPointF(area.center().x() - 9, area.center().y() - 9), mark)
        painter.setClipping(False)
        if option.state & option.state.State_Selected:
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRoundedRect(QRectF(area).adjusted(-3, -3, 3, 3), 6, 6)
        painter.restore()


def _filling(pixels: NDArray[np.uint8], ratio: float) -> QPixmap:
    """A picture scaled and cut to fill a cell."""
    size = _PICTURE * ratio
    image = to_qimage(np.ascontiguousarray(pixels)).copy()
    fill, smooth = Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    whole = QPixmap.fromImage(image).scaled(size, fill, smooth)
    left, top = (whole.width() - size.width()) // 2, (whole.height() - size.height()) // 2
    cut = whole.copy(left, top, size.width(), size.height())
    cut.setDevicePixelRatio(ratio)
    return cut
