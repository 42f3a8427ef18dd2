"""A few callouts that point at the parts of the window; shown once, and from the Help menu."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
    QRegion,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from srcnn_gui.pages.compare.view import CompareTab
from srcnn_gui.runtime.translations import _
from srcnn_gui.shell.main_window import MainWindow
from srcnn_gui.ui import theme
from srcnn_gui.ui.controls import label

_WIDTH = 320  # px, of a callout
_GAP, _ARROW, _ROUND, _INSET, _RING = 6, 10, 6, 16, 4
_VEIL = 120  # of 255
_KEYS = (Qt.Key.Key_Escape, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True)
class Stop:
    """A part of the window, and what to know of it."""

    part: QWidget
    title: str
    words: str


def stops(window: MainWindow, page: CompareTab) -> list[Stop]:
    """The parts of the window that the tour shows, in this order."""
    work = _("Bicubic and SRCNN lie side by side. No picture at hand? Take a sample.")
    choices = _("How much larger, and by which model. Below stands what you get, and the button that saves it.")
    scores = _("PSNR and SSIM of the whole picture and of what you see, wherever there is a ground truth.")
    pages = _("Whole folders in Batch; Train makes a network of your own in minutes. F1 shows every key.")
    return [
        Stop(page.shown, _("Drop a picture here"), work),
        Stop(page.inspector, _("Choose"), choices),
        Stop(page.scores, _("See what it is worth"), scores),
        Stop(window.rail, _("There is more"), pages),
    ]


class Tour(QWidget):
    """Lies over the window and lets one part through, to be used too.

    Next, Back, Skip; the arrows and Esc do the same. Whoever drags something over the window, or does something in it,
    has begun: then it is over.
    """

    ended = Signal()

    def __init__(self, stops: Sequence[Stop], window: QWidget) -> None:
        super().__init__(window)
        self._frame = window
        self._stops = [stop for stop in stops if stop.part.isVisible()]
        self._at = 0
        self.callout = QWidget(self)
        self._title, self._words = label("section"), label("body", wrap=True)
        self._place = label("caption")
        self.skip, self.back, self.next = QPushButton(_("Skip")), QPushButton(_("Back")), QPushButton()
        theme.set_role(self.next, True, "primary")
        self.skip.clicked.connect(self.end)
        self.back.clicked.connect(lambda: self.go(-1))
        self.next.clicked.connect(lambda: self.go(1))
        for button in (self.skip, self.back, self.next):
            button.installEventFilter(self)  # on a button the arrows would move the focus
        self._lay_out()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_("Tour of the window"))
        self.setAcceptDrops(True)
        for watched in (window, *(stop.part for stop in self._stops)):
            watched.installEventFilter(self)
        self.setGeometry(window.rect())

    def begin(self) -> None:
        """Point at the first part; where none can be seen it is over at once."""
        _app().focusChanged.connect(self._look_where)
        if self._stops:
            self._show()
        else:
            self.end()

    def go(self, steps: int) -> None:
        """To another stop; past the last one it is over."""
        if self._at + steps >= len(self._stops):
            self.end()
        else:
            self._at = max(0, self._at + steps)
            self._show()

    def end(self) -> None:
        """It was seen, or is not wanted."""
        _app().focusChanged.disconnect(self._look_where)
        for watched in (self._frame, *(stop.part for stop in self._stops)):
            watched.removeEventFilter(self)
        if self.isAncestorOf(self.window().focusWidget()):
            self._frame.setFocus()  # hiding the button that has it would look for another here
        self.hide()
        self.ended.emit()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the window, round the part as it is now, and hear the keys that the buttons get."""
        if isinstance(event, QKeyEvent) and not self._is_part(watched):
            if event.type() == QEvent.Type.ShortcutOverride and event.key() in _KEYS:
                event.accept()  # or the page's own Esc would have it
                return True
            return event.type() == QEvent.Type.KeyPress and self._key(event)
        if event.type() == QEvent.Type.Hide and self._is_part(watched) and self.window().isVisible():
            self.end()  # another page came to the front
        elif event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and not isinstance(watched, QPushButton):
            self.setGeometry(self._frame.rect())
            self._put()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows and Esc."""
        if not self._key(event):
            super().keyPressEvent(event)

    def _key(self, event: QKeyEvent) -> bool:
        """Do what a key asks for, if it asks for something."""
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}
        if event.key() == Qt.Key.Key_Escape:
            self.end()
        elif event.key() in steps:
            self.go(steps[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(
            focused := self.focusWidget(), QPushButton
        ):
            focused.click()
        else:
            return False
        return True

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab goes round the tour's own buttons."""
        there = [button for button in (self.skip, self.back, self.next) if button.isVisible()]
        if not there:  # it is being taken away
            return super().focusNextPrevChild(next)
        focused = self.focusWidget()
        at = there.index(focused) if isinstance(focused, QPushButton) and focused in there else -1
        there[(at + (1 if next else -1)) % len(there)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def mousePressEvent(self, event: QEvent) -> None:
        """The window waits until the tour is over."""
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """What is dragged is for the window below."""
        self.end()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A veil with a hole, a ring round it, and the callout's ground with its arrow."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hole = QPainterPath()
        hole.addRoundedRect(QRectF(self._part()), _ROUND, _ROUND)
        veil = QPainterPath()
        veil.addRect(QRectF(self.rect()))
        painter.fillPath(veil - hole, QColor(0, 0, 0, _VEIL))
        painter.setPen(QPen(QColor(tokens.accent), 2))
        painter.drawPath(hole)
        ground = QPainterPath()
        ground.addRoundedRect(QRectF(self.callout.geometry()), _ROUND, _ROUND)
        arrow = QPainterPath()
        arrow.addPolygon(self._arrow)
        arrow.closeSubpath()
        painter.setPen(QPen(QColor(tokens.strong), 1))
        painter.setBrush(QColor(tokens.raised))
        painter.drawPath(ground | arrow)

    def _part(self) -> QRect:
        """Where the part lies that is spoken of, inside the window."""
        part = self._stops[self._at].part
        corner = part.mapTo(self._frame, QPoint(0, 0))
        return QRect(corner, part.size()).intersected(self.rect()).adjusted(2, 2, -2, -2)

    def _look_where(self, _before: QWidget | None, now: QWidget | None) -> None:
        """Whoever turns to another part of the window has begun."""
        if now is not None and now.window() is self.window() and not self.isAncestorOf(now):
            self.end()

    def _is_part(self, watched: QObject) -> bool:
        return any(watched is stop.part for stop in self._stops)

    def _show(self) -> None:
        stop, last = self._stops[self._at], self._at == len(self._stops) - 1
        self._title.setText(stop.title)
        self._words.setText(stop.words)
        self._place.setText(_("{number} of {count}").format(number=self._at + 1, count=len(self._stops)))
        self.back.setVisible(self._at > 0)
        self.skip.setVisible(not last)
        self.next.setText(_("Done") if last else _("Next"))
        self.callout.setAccessibleName(f"{stop.title}. {stop.words}")
        self._put()
        self.raise_()
        self.show()
        self.next.setFocus()

    def _put(self) -> None:
        """Lay the callout beside the part, on the side that has room, and point the arrow at it."""
        height = max(self._column.heightForWidth(_WIDTH), self._column.minimumSize().height())
        size, part, room = QSize(_WIDTH, height), self._part(), self.rect().adjusted(8, 8, -8, -8)
        sides = beside(part, size)
        place = next((side for side in sides if room.contains(side)), None)
        if place is None:  # the part is nearly the window: inside it, below what stands in its middle
            place = QRect(QPoint(part.center().x() - size.width() // 2, part.bottom() - size.height() - _INSET), size)
        if place.top() < room.top() or place.bottom() > room.bottom():
            place.moveTop(max(room.top(), min(place.top(), room.bottom() - size.height())))
        self.callout.setGeometry(place)
        self._arrow = _arrow(place, part)
        through = QRegion(part.adjusted(_RING, _RING, -_RING, -_RING))
        self.setMask(QRegion(self.rect()).subtracted(through).united(QRegion(place.adjusted(-1, -1, 1, 1))))
        self.update()

    def _lay_out(self) -> None:
        self._column = column = QVBoxLayout(self.callout)
        column.setContentsMargins(_INSET, 12, _INSET, 12)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._words)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._place)
        row.addStretch()
        for button in (self.skip, self.back, self.next):
            row.addWidget(button)
        column.addLayout(row)


def _app() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app


def beside(part: QRect, size: QSize) -> list[QRect]:
    """Where a callout could lie: right, left, below and above, along the part's middle."""
    middle = part.center() - QPoint(size.width() // 2, size.height() // 2)
    far = _GAP + _ARROW
    return [
        QRect(QPoint(part.right() + far, middle.y()), size),
        QRect(QPoint(part.left() - far - size.width(), middle.y()), size),
        QRect(QPoint(middle.x(), part.bottom() + far), size),
        QRect(QPoint(middle.x(), part.top() - far - size.height()), size),
    ]


def _arrow(callout: QRect, part: QRect) -> QPolygonF:
    """A triangle from the callout's edge towards the part; empty if the callout lies on it."""
    if callout.intersects(part):
        return QPolygonF()
    centre = QRectF(callout).center()
    along_x = min(max(part.center().x(), callout.left() + 20), callout.right() - 20)
    along_y = min(max(part.center().y(), callout.top() + 20), callout.bottom() - 20)
    if callout.left() > part.right() or callout.right() < part.left():
        edge = callout.left() if callout.left() > part.right() else callout.right() + 1
        way = -1 if callout.left() > part.right() else 1
        corners = [(edge - way, along_y - _ARROW), (edge + way * _ARROW, along_y), (edge - way, along_y + _ARROW)]
    else:
        edge = callout.top() if callout.top() > part.bottom() else callout.bottom() + 1
        way = -1 if edge < centre.y() else 1
        corners = [(along_x - _ARROW, edge - way), (along_x, edge + way * _ARROW), (along_x + _ARROW, edge - way)]
    return QPolygonF([QPointF(x, y) for x, y in corners])
