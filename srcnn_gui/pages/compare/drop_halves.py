"""What a drop would do while a picture is shown: the left half opens, the right half is its ground truth."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import theme

_INSET = 12


class DropHalves(QWidget):
    """Lies over the canvas during a drag; the half under the pointer is lit."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._truth = False
        self._both = True
        self.hide()

    def show_over(self, area: QRect, x: int, *, both: bool) -> None:
        """Lie over an area; `x` is where the pointer is in it. Without `both` all of it opens."""
        self.setGeometry(area)
        self._both = both
        self._truth = self.is_truth(x)
        self.show()
        self.raise_()
        self.update()

    def is_truth(self, x: int) -> bool:
        """Whether a drop here would be a ground truth."""
        return self._both and x > self.width() / 2

    def paintEvent(self, event: QPaintEvent) -> None:
        """Two rounded fields with what they do, one of them lit."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(16, 17, 19, 120))
        middle = self.width() // 2
        halves = [(QRect(0, 0, self.width(), self.height()), _("Open"), False)]
        if self._both:
            halves = [
                (QRect(0, 0, middle, self.height()), _("Open"), False),
                (QRect(middle, 0, self.width() - middle, self.height()), _("Use as ground truth"), True),
            ]
        painter.setFont(theme.font("title"))
        for area, words, truth in halves:
            lit = truth == self._truth
            field = QRectF(area).adjusted(_INSET, _INSET, -_INSET, -_INSET)
            painter.setPen(QPen(QColor(tokens.accent if lit else tokens.strong), 3 if lit else 1))
            painter.setBrush(QColor(16, 17, 19, 214))
            painter.drawRoundedRect(field, 8, 8)
            painter.setPen(QColor(theme.WHITE))
            painter.drawText(field, Qt.AlignmentFlag.AlignCenter, words)
