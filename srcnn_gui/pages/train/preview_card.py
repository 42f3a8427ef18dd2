"""A part of a held-out picture as bicubic makes it, as the network makes it now, and as it is."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from srcnn_gui.runtime.translations import _, decibel
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.qimages import to_qimage


class PreviewCard(QFrame):
    """Three panes side by side, each under its name and PSNR."""

    other_wanted = Signal()  # another part

    def __init__(self) -> None:
        super().__init__()
        theme.set_role(self, "plot")
        title, self._name = QLabel(_("Preview")), QLabel()
        theme.set_role(title, "section")
        title.setMinimumHeight(28)  # as the heads with buttons beside it
        theme.set_role(self._name, "caption")
        self._other = QToolButton()
        theme.set_role(self._other, "tool")
        theme.set_role(self._other, True, "compact")
        icons.put(self._other, "select", 18, tone="muted")
        self._other.setToolTip(_("Show another part, or another held-out picture"))
        self._other.setAccessibleName(self._other.toolTip())
        self._other.clicked.connect(self.other_wanted)
        self._other.hide()
        self._panes = [_Pane("bicubic", _("Bicubic")), _Pane("srcnn", _("Now")), _Pane("truth", _("Truth"))]
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch()
        head.addWidget(self._name)
        head.addWidget(self._other)
        row = QHBoxLayout()
        row.setSpacing(10)
        for pane in self._panes:
            row.addWidget(pane, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(6)
        column.addLayout(head)
        column.addLayout(row, 1)

    def show_part(self, part: Any) -> None:
        """Show a PicturePart, or nothing."""
        self._name.setText("" if part is None else part.name)
        if part is None:
            for pane in self._panes:
                pane.show_pixels(None, "")
            return
        bicubic, now, truth = self._panes
        bicubic.show_pixels(part.bicubic, f"{decibel(part.bicubic_psnr_db)} dB")
        now.show_pixels(part.now, f"{decibel(part.psnr_db)} dB")
        truth.show_pixels(part.truth, "")

    def set_now(self, words: str) -> None:
        """What the pane in the middle shows: the network now, or the best."""
        self._panes[1].name.setText(words)

    def set_can_change(self, can: bool) -> None:
        """Whether another part could be shown: there is a run, and pictures."""
        self._other.setVisible(can)

    def retint(self) -> None:
        """Take on the theme's colours."""
        for pane in self._panes:
            pane.retint()


class _Pane(QWidget):
    """A swatch, a name, a figure, and the pixels under them."""

    def __init__(self, tone: str, name: str) -> None:
        super().__init__()
        self._tone = tone
        self._swatch, self.name, self._figure = QLabel(), QLabel(name), QLabel()
        self._swatch.setFixedSize(8, 8)
        theme.set_role(self._figure, "caption")
        self._figure.setToolTip(_("PSNR of this part, on the luma"))
        self._pixels = _Pixels(name)
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self._swatch)
        head.addWidget(self.name)
        head.addStretch()
        head.addWidget(self._figure)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._pixels, 1)
        self.retint()

    def show_pixels(self, pixels: NDArray[np.uint8] | None, figure: str) -> None:
        self._figure.setText(figure)
        self._pixels.show_pixels(pixels)

    def retint(self) -> None:
        self._swatch.setStyleSheet(f"background: {getattr(theme.current(), self._tone)}; border-radius: 2px;")


class _Pixels(QWidget):
    """Pixels filling the widget, enlarged smoothly, cut where their shape differs."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._shown: NDArray[np.uint8] | None = None
        self.setAccessibleName(name)
        self.setMinimumSize(60, 50)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(184, 156)

    def show_pixels(self, pixels: NDArray[np.uint8] | None) -> None:
        self._shown = None if pixels is None else np.ascontiguousarray(pixels)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current().canvas))
        if self._shown is None:
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        height, width = self._shown.shape[:2]
        scale = max(self.width() / width, self.height() / height)
        cut_width, cut_height = min(width, self.width() / scale), min(height, self.height() / scale)
        source = QRect(
            round((width - cut_width) / 2), round((height - cut_height) / 2), round(cut_width), round(cut_height)
        )
        painter.drawImage(self.rect(), to_qimage(self._shown), source)
