"""Drop targets over the canvas: the left half opens files, the right half sets the ground truth."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import theme

_INSET = 12


class DropTargets(QWidget):
    """Overlay that shows the drop targets during a drag, and highlights the one under the pointer."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._ground_truth = False
        self._both = True
        self.hide()

    def show_over(self, area: QRect, x: int, *, show_both: bool) -> None:
        """Show the drop targets.

        Parameters
        ----------
        area : area that the targets cover, in coordinates of the parent
        x : distance of the pointer from the left edge of the area, in px
        show_both : whether there are two targets; if not, the whole area opens the files
        """
        self.setGeometry(area)
        self._both = show_both
        self._ground_truth = self.is_ground_truth(x)
        self.show()
        self.raise_()
        self.update()

    def is_ground_truth(self, x: int) -> bool:
        """Return whether a drop sets the ground truth, `x` px from the left edge, instead of opening files."""
        return self._both and x > self.width() / 2

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the targets, and highlight the one under the pointer."""
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
        for area, label, ground_truth in halves:
            highlighted = ground_truth == self._ground_truth
            field = QRectF(area).adjusted(_INSET, _INSET, -_INSET, -_INSET)
            painter.setPen(QPen(QColor(tokens.accent if highlighted else tokens.outline), 3 if highlighted else 1))
            painter.setBrush(QColor(16, 17, 19, 214))
            painter.drawRoundedRect(field, 8, 8)
            painter.setPen(QColor(theme.WHITE))
            painter.drawText(field, Qt.AlignmentFlag.AlignCenter, label)
