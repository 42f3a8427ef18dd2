"""The heads of a table of scores: methods over their columns, rows down the left, and the corner between them."""

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from srcnn_gui.pages.benchmark.state import Group, Table
from srcnn_gui.ui import theme

HEAD_PX, _UPPER_PX, ROW_PX = 56, 32, 34
PAD, _SWATCH, _RADIUS = 10, 8, 6
_RIGHT, _LEFT = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignLeft
_MIDDLE = Qt.AlignmentFlag.AlignVCenter


class MethodsHead(QHeaderView):
    """Two levels: a method with its colour, and under it what its columns hold."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.groups: tuple[Group, ...] = ()
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setFixedHeight(HEAD_PX)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), HEAD_PX)

    def least_widths(self) -> list[int]:
        """What every column needs for its figures and its share of the method's name."""
        metrics = self.fontMetrics()
        figure = metrics.horizontalAdvance("−88.88") + PAD + 2
        found: list[int] = []
        for group in self.groups:
            whole = self._strong_width(group.title) + _SWATCH + 8 + 2 * PAD
            column = max(figure, -(-whole // len(group.columns)))
            found += [max(column, metrics.horizontalAdvance(title) + PAD + 2) for title in group.columns]
        return found

    def _strong_width(self, text: str) -> int:
        return QFontMetrics(theme.font("section")).horizontalAdvance(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Both levels at once: a section alone does not know its method's width."""
        tokens = theme.current()
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), QColor(tokens.bg))
        first = 0
        for group in self.groups:
            self._paint_group(painter, group, first)
            first += len(group.columns)
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(tokens.border))

    def _paint_group(self, painter: QPainter, group: Group, first: int) -> None:
        tokens = theme.current()
        sections = range(first, first + len(group.columns))
        left = self.sectionViewportPosition(first)
        right = left + sum(self.sectionSize(section) for section in sections)
        if right < 0 or left > self.width():
            return
        painter.fillRect(left, 0, 1, self.height(), QColor(tokens.border))
        start = min(max(left, 0), right - 4 * PAD) + PAD  # a name stays in sight while its columns are scrolled
        painter.fillRect(start, (_UPPER_PX - _SWATCH) // 2 + 3, _SWATCH, _SWATCH, QColor(getattr(tokens, group.color)))
        painter.setFont(theme.font("section"))
        painter.setPen(QColor(tokens.text))
        place = QRect(start + _SWATCH + 6, 3, right - start - _SWATCH - 8, _UPPER_PX)
        name = painter.fontMetrics().elidedText(group.title, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, _LEFT | _MIDDLE, name)
        painter.setFont(theme.font("caption"))
        painter.setPen(QColor(tokens.muted))
        for section, title in zip(sections, group.columns, strict=True):
            x, width = self.sectionViewportPosition(section), self.sectionSize(section)
            painter.drawText(QRect(x, _UPPER_PX - 2, width - PAD, HEAD_PX - _UPPER_PX), _RIGHT | _MIDDLE, title)


class RowsHead(QHeaderView):
    """The rows' names: they stay in place while the figures scroll sideways."""

    def __init__(self, parent: QTableView) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._view = parent
        self.table = Table()
        self.setDefaultSectionSize(ROW_PX)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setSectionsClickable(True)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A name a row; the chosen one stands out."""
        tokens = theme.current()
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), QColor(tokens.surface))
        selection = self._view.selectionModel()
        for row, line in enumerate(self.table.lines):
            y = self.sectionViewportPosition(row)
            if y + ROW_PX < 0 or y > self.height():
                continue
            # The stub lacks None, which a view without a model gives.
            chosen = selection is not None and selection.isRowSelected(row)  # type: ignore[redundant-expr]
            place = QRect(0, y, self.width(), ROW_PX)
            painter.fillRect(place, QColor(tokens.sel if chosen else tokens.surface))
            if row + 1 < len(self.table.lines):  # under the last one is the card's edge
                painter.fillRect(0, y + ROW_PX - 1, self.width(), 1, QColor(tokens.border))
            painter.setFont(theme.font("section" if chosen or line.strong else "body"))
            painter.setPen(QColor(tokens.text))
            width = self.width() - PAD - 6
            name = painter.fontMetrics().elidedText(line.title, Qt.TextElideMode.ElideMiddle, width)
            painter.drawText(place.adjusted(PAD + 2, 0, 0, -1), _LEFT | _MIDDLE, name)


class Corner(QWidget):
    """What the table is of, and what its figures are."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.table = Table()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A title, and a caption under it."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(tokens.bg))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(tokens.border))
        painter.setPen(QColor(tokens.text))
        painter.setFont(theme.font("section"))
        painter.drawText(QRect(PAD + 2, 3, self.width(), _UPPER_PX), _LEFT | _MIDDLE, self.table.title)
        painter.setPen(QColor(tokens.muted))
        painter.setFont(theme.font("caption"))
        place = QRect(PAD + 2, _UPPER_PX - 2, self.width(), HEAD_PX - _UPPER_PX)
        painter.drawText(place, _LEFT | _MIDDLE, self.table.subtitle)


class Edge(QWidget):
    """The card's round edge, over everything in it; blue while the table has the keys."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.focused = False

    def paintEvent(self, _event: QPaintEvent) -> None:
        """What lies outside the round corners takes the page's colour."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole, card = QPainterPath(), QPainterPath()
        whole.addRect(QRectF(self.rect()))
        inner = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        card.addRoundedRect(inner, _RADIUS, _RADIUS)
        painter.fillPath(whole.subtracted(card), QColor(tokens.bg))
        pen = QPen(QColor(tokens.accent if self.focused else tokens.border), 2 if self.focused else 1)
        shift = QPointF(0.5, 0.5) if self.focused else QPointF(0, 0)
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(inner.topLeft() + shift, inner.bottomRight() - shift), _RADIUS, _RADIUS)
