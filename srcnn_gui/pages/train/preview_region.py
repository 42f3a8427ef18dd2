"""Dialog in which the user selects the part of a validation image that the preview shows."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QVBoxLayout, QWidget

from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import theme
from srcnn_gui.ui.controls import label
from srcnn_gui.ui.qimages import to_qimage

_COLUMNS = 3
_STEP = 0.05  # fraction of the width or height per key press
_ARROWS = {
    Qt.Key.Key_Left: (-_STEP, 0.0),
    Qt.Key.Key_Right: (_STEP, 0.0),
    Qt.Key.Key_Up: (0.0, -_STEP),
    Qt.Key.Key_Down: (0.0, _STEP),
}
Region = tuple[float, float, float, float]  # left, top, width, height as fractions of the image


class PreviewRegionDialog(QDialog):
    """Dialog with the validation images. Clicking in an image selects the preview region.

    Parameters
    ----------
    images : name and pixels of each image
    on_region_clicked : called with the name of the image and the position of the click, as fractions of its size
    """

    def __init__(
        self,
        parent: QWidget,
        images: tuple[tuple[str, NDArray[np.uint8]], ...],
        on_region_clicked: Callable[[str, float, float], None],
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Preview Region"))
        self._images = {name: _SelectableImage(name, pixels) for name, pixels in images}
        grid = QGridLayout()
        grid.setSpacing(12)
        for index, (name, image) in enumerate(self._images.items()):
            image.chosen.connect(lambda x, y, name=name: on_region_clicked(name, x, y))
            grid.addWidget(image, *divmod(index, _COLUMNS))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(
            label("muted", _("Click the region to preview. Validation images are not used for training."))
        )
        column.addLayout(grid)
        column.addWidget(buttons)

    def show_region(self, name: str, region: Region) -> None:
        """Draw a frame around `region` in the image `name`, and remove it from all others."""
        for other, image in self._images.items():
            image.show_region(region if other == name else None)


class _SelectableImage(QWidget):
    """Image in which the user selects the center of the region with the mouse or the arrow keys."""

    chosen = Signal(float, float)

    def __init__(self, name: str, pixels: NDArray[np.uint8]) -> None:
        super().__init__()
        self._pixels = np.ascontiguousarray(pixels)
        self._region: Region | None = None
        self.setFixedSize(pixels.shape[1], pixels.shape[0])
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(name)
        self.setToolTip(name)

    def show_region(self, region: Region | None) -> None:
        self._region = region
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._choose(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the region while the mouse button is pressed."""
        self._choose(event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the region with the arrow keys. If there is none yet, start from the center of the image."""
        step = _ARROWS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        left, top, width, height = self._region or (0.5, 0.5, 0.0, 0.0)
        self._choose_at(left + width / 2 + step[0], top + height / 2 + step[1])

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawImage(self.rect(), to_qimage(self._pixels))
        tokens = theme.current()
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        if self._region is not None:
            left, top, width, height = self._region
            frame = QRectF(left * self.width(), top * self.height(), width * self.width(), height * self.height())
            for color, thickness in (("#101113", 4), ("#FFFFFF", 2)):  # visible on any image
                painter.setPen(QPen(QColor(color), thickness))
                painter.drawRect(frame)

    def _choose(self, at: QPointF) -> None:
        self._choose_at(at.x() / self.width(), at.y() / self.height())

    def _choose_at(self, x: float, y: float) -> None:
        self.chosen.emit(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0))
