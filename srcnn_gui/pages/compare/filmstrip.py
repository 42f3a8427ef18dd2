"""Filmstrip of the Compare page, with thumbnails of the open images."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QIcon,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QWheelEvent,
)
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

from srcnn_gui.pages.compare.state import ImageEntry
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import checkerboard, icons, theme
from srcnn_gui.ui.menus import with_shortcut
from srcnn_gui.ui.qimages import to_qimage

_Index = QModelIndex | QPersistentModelIndex
_THUMBNAIL_SIZE = QSize(70, 50)
_CELL_SIZE = QSize(84, 58)
_NAMED_CELL_WIDTH = 116  # width of a cell with a file name, px
_HEIGHT = 74
_NAME_ROLE = Qt.ItemDataRole.UserRole + 2
_KEY_ROLE = Qt.ItemDataRole.UserRole
_FAILED_ROLE = Qt.ItemDataRole.UserRole + 1


class Filmstrip(QWidget):
    """Thumbnails of the open images, a button that opens more images, and a counter such as "2 of 5"."""

    image_chosen = Signal(int)  # key of the image
    close_requested = Signal(int)  # key of the image
    menu_requested = Signal(int, QPoint)  # key of the image, and the position on the screen
    add_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, "strip")
        self.setFixedHeight(_HEIGHT)
        self._list = _ThumbnailList()
        self._list.image_chosen.connect(self.image_chosen)
        self._list.close_requested.connect(self.close_requested)
        self._list.menu_requested.connect(self.menu_requested)
        self._items: dict[int, QListWidgetItem] = {}
        self._add = QToolButton()
        self._add.setFixedSize(52, 52)
        self._add.setAccessibleName(_("Open More Images"))
        self._add.setToolTip(with_shortcut(_("Open More Images"), "Ctrl+O"))
        theme.set_role(self._add, "add-tile")
        icons.set_icon(self._add, "plus")
        self._add.clicked.connect(self.add_requested)
        self._count = QLabel()
        theme.set_role(self._count, "caption")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 16, 6)
        row.setSpacing(8)
        row.addWidget(self._list, 1)
        row.addWidget(self._add)
        row.addStretch()
        row.addWidget(self._count)

    def display(self, entries: tuple[ImageEntry, ...], selected: int) -> None:
        """Show the open images. Images that are already shown keep their thumbnails.

        Parameters
        ----------
        entries : images to show
        selected : key of the image to highlight, or -1 for none
        """
        listed = {entry.key for entry in entries}
        for key in [key for key in self._items if key not in listed]:
            self._list.takeItem(self._list.row(self._items.pop(key)))
        for entry in entries:
            item = self._items.get(entry.key) or self._add_item(entry)
            item.setData(_FAILED_ROLE, bool(entry.reason))
            item.setData(_NAME_ROLE, entry.name)
            item.setToolTip(entry.reason or entry.name)
            item.setText(f"{entry.name}: {entry.reason}" if entry.reason else entry.name)
        self._list.setMaximumWidth(len(entries) * self._list.cell_size.width() + 4)
        keys = [entry.key for entry in entries]
        if selected in self._items and self._list.currentItem() is not self._items[selected]:
            self._list.setCurrentItem(self._items[selected])
        place = keys.index(selected) + 1 if selected in keys else 0
        self._count.setText(_("{number} of {count}").format(number=place or "–", count=len(keys)))

    def set_names_visible(self, visible: bool) -> None:
        """Set whether the file names are shown below the thumbnails. Call `display` afterwards."""
        if visible != self._list.shows_names:
            self._list.shows_names = visible
            name_height = self._list.cell_size.height() - _CELL_SIZE.height()
            self.setFixedHeight(_HEIGHT + name_height)
            for item in self._items.values():
                item.setSizeHint(self._list.cell_size)

    def show_thumbnail(self, key: int, pixels: NDArray[np.uint8]) -> None:
        """Show a thumbnail in the cell of an image. It is scaled and cropped to fill the cell."""
        if key in self._items:
            self._items[key].setIcon(QIcon(_cropped_thumbnail(pixels, self.devicePixelRatioF())))

    def restore_from(self, previous: "Filmstrip") -> None:
        """Copy the thumbnails from `previous`, a filmstrip with the same images."""
        for key, item in self._items.items():
            item.setIcon(previous._items[key].icon())

    def _add_item(self, entry: ImageEntry) -> QListWidgetItem:
        item = QListWidgetItem()
        item.setData(_KEY_ROLE, entry.key)
        item.setSizeHint(self._list.cell_size)
        self._items[entry.key] = item
        self._list.addItem(item)
        return item


class _ThumbnailList(QListWidget):
    """List that scrolls horizontally. A click, Enter or Space shows an image, and Delete closes it.

    A right-click requests the context menu of an image without selecting the image.
    """

    image_chosen = Signal(int)
    close_requested = Signal(int)
    menu_requested = Signal(int, QPoint)

    def __init__(self) -> None:
        super().__init__()
        self.shows_names = False
        self.setAccessibleName(_("Filmstrip of open images"))
        self.setAccessibleDescription(
            _("Press the arrow keys to select an image, Return to show it, or Delete to close it")
        )
        self.setFlow(QListWidget.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_ThumbnailDelegate(self))
        self.itemClicked.connect(lambda item: self.image_chosen.emit(item.data(_KEY_ROLE)))
        self.itemActivated.connect(lambda item: self.image_chosen.emit(item.data(_KEY_ROLE)))

    @property
    def cell_size(self) -> QSize:
        """Size of a thumbnail with its margins and, if names are shown, its name."""
        if not self.shows_names:
            return _CELL_SIZE
        return QSize(_NAMED_CELL_WIDTH, _CELL_SIZE.height() + QFontMetrics(theme.font("caption")).height() + 2)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll horizontally when the user turns a vertical wheel."""
        delta = event.angleDelta()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - (delta.y() or delta.x()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the image under the pointer, unless the right button is pressed."""
        if event.button() != Qt.MouseButton.RightButton:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show the image of the current item if Space is pressed, or close it if Delete is pressed."""
        key = self.currentItem().data(_KEY_ROLE) if self.currentItem() is not None else -1
        if event.key() == Qt.Key.Key_Space:
            self.image_chosen.emit(key)
        elif event.key() == Qt.Key.Key_Delete:
            self.close_requested.emit(key)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Request the context menu of the image under the pointer, or of the current item for the menu key."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        item = self.currentItem() if by_key else self.itemAt(event.pos())
        if item is not None:
            position = self.viewport().mapToGlobal(self.visualItemRect(item).center()) if by_key else event.globalPos()
            self.menu_requested.emit(item.data(_KEY_ROLE), position)


class _ThumbnailDelegate(QStyledItemDelegate):
    """Delegate that paints thumbnails, a ring around the selected one, and a warning on unreadable files.

    If the list shows names, they are below the thumbnails.
    """

    def __init__(self, thumbnails: _ThumbnailList) -> None:
        super().__init__(thumbnails)
        self._list = thumbnails

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return self._list.cell_size

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint a thumbnail with rounded corners, and mark it if it is selected or cannot be opened."""
        tokens = theme.current()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRect(0, 0, _THUMBNAIL_SIZE.width(), _THUMBNAIL_SIZE.height())
        cell = QRect(option.rect)
        cell.setHeight(_CELL_SIZE.height())
        area.moveCenter(cell.center())
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(area), 4, 4)
        painter.fillPath(shape, QColor(tokens.raised))
        icon = index.data(Qt.ItemDataRole.DecorationRole)
        painter.setClipPath(shape)
        if icon is not None:
            painter.fillPath(shape, checkerboard.checkerboard_brush())
            icon.paint(painter, area)
        if index.data(_FAILED_ROLE):
            painter.fillPath(shape, QColor(0, 0, 0, 140) if icon is not None else QColor(tokens.raised))
            icon = icons.pixmap("warning", tokens.warning, 20, painter.device().devicePixelRatioF())
            painter.drawPixmap(QPointF(area.center().x() - 9, area.center().y() - 9), icon)
        painter.setClipping(False)
        if option.state & option.state.State_Selected:
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRoundedRect(QRectF(area).adjusted(-3, -3, 3, 3), 6, 6)
        if self._list.shows_names:
            below = QRect(option.rect.left() + 4, cell.bottom() + 1, option.rect.width() - 8, 0)
            below.setBottom(option.rect.bottom())
            painter.setFont(theme.font("caption"))
            painter.setPen(QColor(tokens.text if option.state & option.state.State_Selected else tokens.muted))
            name = painter.fontMetrics().elidedText(
                index.data(_NAME_ROLE), Qt.TextElideMode.ElideMiddle, below.width()
            )
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, name)
        painter.restore()


def _cropped_thumbnail(pixels: NDArray[np.uint8], ratio: float) -> QPixmap:
    """Return a thumbnail that is scaled and cropped to fill its cell.

    Parameters
    ----------
    pixels : uint8 array of shape (H, W, 1|3|4)
    ratio : device pixel ratio, in device px per logical px
    """
    size = _THUMBNAIL_SIZE * ratio
    image = to_qimage(np.ascontiguousarray(pixels)).copy()
    fill, smooth = Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    scaled = QPixmap.fromImage(image).scaled(size, fill, smooth)
    left, top = (scaled.width() - size.width()) // 2, (scaled.height() - size.height()) // 2
    cropped = scaled.copy(left, top, size.width(), size.height())
    cropped.setDevicePixelRatio(ratio)
    return cropped
