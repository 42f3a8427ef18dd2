"""Card that compares bicubic, the model and the ground truth on a part of a validation image."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from srcnn_gui.runtime.translations import _, format_psnr
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.qimages import to_qimage


class PreviewCard(QFrame):
    """Card with three panes side by side for bicubic, the model and the ground truth."""

    region_change_requested = Signal()  # the user wants to select another region

    def __init__(self) -> None:
        super().__init__()
        theme.set_role(self, "plot")
        title, self._name = QLabel(_("Preview")), QLabel()
        theme.set_role(title, "section")
        title.setMinimumHeight(28)  # as high as the headers of cards with buttons
        theme.set_role(self._name, "caption")
        self._change_region = QToolButton()
        theme.set_role(self._change_region, "tool")
        theme.set_role(self._change_region, True, "compact")
        icons.set_icon(self._change_region, "select", 18, tone="muted")
        self._change_region.setToolTip(_("Changes the region or the validation image"))
        self._change_region.setAccessibleName(self._change_region.toolTip())
        self._change_region.clicked.connect(self.region_change_requested)
        self._change_region.hide()
        self._panes = [
            _Pane("bicubic", _("Bicubic")),
            _Pane("model", _("Current")),
            _Pane("ground_truth", _("Ground truth")),
        ]
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch()
        head.addWidget(self._name)
        head.addWidget(self._change_region)
        row = QHBoxLayout()
        row.setSpacing(10)
        for pane in self._panes:
            row.addWidget(pane, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(6)
        column.addLayout(head)
        column.addLayout(row, 1)

    def show_crop(self, crop: Any) -> None:
        """Show the images and PSNR values of a `PreviewCrop`. None clears the panes."""
        self._name.setText("" if crop is None else crop.name)
        if crop is None:
            for pane in self._panes:
                pane.show_pixels(None, "")
            return
        bicubic, now, ground_truth = self._panes
        bicubic.show_pixels(crop.bicubic, f"{format_psnr(crop.bicubic_psnr_db)} dB")
        now.show_pixels(crop.upscaled, f"{format_psnr(crop.psnr_db)} dB")
        ground_truth.show_pixels(crop.ground_truth, "")

    def set_model_title(self, title: str) -> None:
        """Set the title of the middle pane, which is "Current" during a run and "Best" afterwards."""
        self._panes[1].name.setText(title)

    def set_can_change(self, can_change: bool) -> None:
        """Show or hide the button that changes the preview region."""
        self._change_region.setVisible(can_change)

    def apply_theme(self) -> None:
        """Apply the colors of the current theme."""
        for pane in self._panes:
            pane.apply_theme()


class _Pane(QWidget):
    """Pane with an image below a header with its name, color and PSNR."""

    def __init__(self, tone: str, name: str) -> None:
        super().__init__()
        self._tone = tone
        self._swatch, self.name, self._psnr = QLabel(), QLabel(name), QLabel()
        self._swatch.setFixedSize(8, 8)
        theme.set_role(self._psnr, "caption")
        self._psnr.setToolTip(_("Shows the PSNR of this region on the Y channel"))
        self._pixels = _ImageView(name)
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self._swatch)
        head.addWidget(self.name)
        head.addStretch()
        head.addWidget(self._psnr)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._pixels, 1)
        self.apply_theme()

    def show_pixels(self, pixels: NDArray[np.uint8] | None, psnr: str) -> None:
        self._psnr.setText(psnr)
        self._pixels.show_pixels(pixels)

    def apply_theme(self) -> None:
        self._swatch.setStyleSheet(f"background: {getattr(theme.current(), self._tone)}; border-radius: 2px;")


class _ImageView(QWidget):
    """Widget that draws an image, scaled smoothly and cropped to the aspect ratio of the widget."""

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
