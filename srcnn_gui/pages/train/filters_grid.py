"""Card that shows the first-layer filters of a network as images, sorted by variance as in the paper."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from srcnn_gui.runtime.translations import _, plural
from srcnn_gui.ui import theme
from srcnn_gui.ui.qimages import to_qimage

_GAP = 3  # px
_CELL = 36  # px, which is 4 px per weight of a 9 x 9 filter


class FiltersCard(QFrame):
    """Card with a title, the number of filters and the grid of filters."""

    def __init__(self) -> None:
        super().__init__()
        theme.set_role(self, "plot")
        title, self._count = QLabel(_("First layer")), QLabel()
        theme.set_role(title, "section")
        title.setMinimumHeight(28)  # as high as the headers of cards with buttons
        theme.set_role(self._count, "caption")
        self.grid = FiltersGrid()
        text = _(
            "Shows the filters of the first layer, sorted by variance as in the paper. The filters start as noise and "
            "turn into edges and blobs during long training, or sooner with small initial weights."
        )
        for widget in (self, self.grid):
            widget.setToolTip(text)
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch()
        head.addWidget(self._count)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.grid, 1)

    def show_filters(self, filters: NDArray[np.float32] | None) -> None:
        """Show the filters, an array of shape (n, f, f). None clears the grid."""
        count = 0 if filters is None else len(filters)
        text = plural("{count} filter, sorted by variance", "{count} filters, sorted by variance", count)
        self._count.setText(text.format(count=count) if count else "")
        self.grid.show_filters(filters)


class FiltersGrid(QWidget):
    """Grid of filter images, in which each weight covers a whole number of device pixels."""

    def __init__(self) -> None:
        super().__init__()
        self._cells: list[NDArray[np.uint8]] = []
        self.setMinimumSize(8 * 9 + 7 * _GAP, 8 * 9 + 7 * _GAP)  # 1 px per weight, 8 filters per side
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(_("Filters of the first layer"))

    def show_filters(self, filters: NDArray[np.float32] | None) -> None:
        """Show the filters, an array of shape (n, f, f). None clears the grid."""
        self._cells = [] if filters is None else filter_images(filters)
        self.update()

    def sizeHint(self) -> QSize:
        side = 8 * _CELL + 7 * _GAP
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the filters in a square grid, or a hint if there are none yet."""
        painter = QPainter(self)
        tokens = theme.current()
        columns = max(8, int(np.ceil(np.sqrt(len(self._cells))))) if self._cells else 8
        weights = self._cells[0].shape[0] if self._cells else 9
        ratio = self.devicePixelRatioF()
        room = min(self.width(), self.height()) - (columns - 1) * _GAP
        cell = max(1, int(room * ratio / columns / weights)) * weights / ratio
        side = columns * cell + (columns - 1) * _GAP
        left, top = (self.width() - side) / 2, (self.height() - side) / 2
        if not self._cells:
            painter.setPen(QColor(tokens.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, _("The filters appear when training starts."))
        for index, pixels in enumerate(self._cells):
            row, column = divmod(index, columns)
            place = QRectF(left + column * (cell + _GAP), top + row * (cell + _GAP), cell, cell)
            painter.drawImage(place, to_qimage(pixels[:, :, None]))


def filter_images(filters: NDArray[np.float32]) -> list[NDArray[np.uint8]]:
    """Convert filters to gray images, sorted by descending variance.

    Each filter is normalized to its largest absolute weight. A weight of 0 becomes middle gray.

    Parameters
    ----------
    filters : array of shape (n, f, f)

    Returns
    -------
    n uint8 arrays of shape (f, f)
    """
    order = np.argsort(-filters.var(axis=(1, 2)), kind="stable")
    maxima = np.maximum(np.abs(filters).max(axis=(1, 2), keepdims=True), 1e-12)
    gray = np.round(127.5 + 127.5 * filters / maxima).astype(np.uint8)
    return [np.ascontiguousarray(gray[index]) for index in order]
