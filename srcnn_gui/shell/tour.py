"""Tour of the window, which explains its main widgets in callouts, one after another."""

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

from srcnn_gui.pages.compare.view import ComparePage
from srcnn_gui.runtime.translations import _
from srcnn_gui.shell.main_window import MainWindow
from srcnn_gui.ui import theme
from srcnn_gui.ui.controls import label
from srcnn_gui.ui.menus import key_text

_WIDTH = 320  # px, width of the callout
_GAP, _ARROW, _RADIUS, _INSET, _RING = 6, 10, 6, 16, 4
_OVERLAY_ALPHA = 120  # 0 is transparent, 255 is opaque
_KEYS = (Qt.Key.Key_Escape, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True)
class TourStop:
    """A stop of the tour: a widget, and the title and text of the callout that explains it."""

    widget: QWidget
    title: str
    text: str


def tour_stops(window: MainWindow, page: ComparePage) -> list[TourStop]:
    """Return the stops of the tour, in order."""
    work = _("Compare the results of bicubic interpolation and a model. To try this, open a sample image.")
    choices = _("Select the scale factor and the model. The size of the result and the Save button are at the bottom.")
    scores = _(
        "If there is a ground truth, this bar shows the PSNR and SSIM of the whole image and of the visible region."
    )
    pages = _(
        "Use Batch to upscale folders, Train to train your own models, and Benchmark to reproduce published scores. "
        "Press {key} to show all shortcuts."
    ).format(key=key_text("F1"))
    return [
        TourStop(page.center_widget, _("Drop an image here"), work),
        TourStop(page.inspector, _("Select scale factor and model"), choices),
        TourStop(page.scores, _("Check the quality"), scores),
        TourStop(window.rail, _("Other pages"), pages),
    ]


class Tour(QWidget):
    """Overlay that covers the window except for the widget that the callout explains.

    The user controls the tour with the buttons Next, Back and Skip, the arrow keys and Esc. The tour also ends if the
    user moves the focus to the window or drags a file over it.
    """

    ended = Signal()

    def __init__(self, stops: Sequence[TourStop], window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._stops = [stop for stop in stops if stop.widget.isVisible()]
        self._index = 0
        self.callout = QWidget(self)
        self._title, self._words = label("section"), label("body", wrap=True)
        self._position = label("caption")
        self.skip, self.back, self.next = QPushButton(_("Skip")), QPushButton(_("Back")), QPushButton()
        theme.set_role(self.next, True, "primary")
        self.skip.clicked.connect(self.end)
        self.back.clicked.connect(lambda: self.move_by(-1))
        self.next.clicked.connect(lambda: self.move_by(1))
        for button in (self.skip, self.back, self.next):
            button.installEventFilter(self)  # otherwise, arrow keys would move the focus between the buttons
        self._lay_out()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_("Tour"))
        self.setAcceptDrops(True)
        for watched in (window, *(stop.widget for stop in self._stops)):
            watched.installEventFilter(self)
        self.setGeometry(window.rect())

    def start(self) -> None:
        """Show the first stop. If no widget of the tour is visible, end the tour."""
        _app().focusChanged.connect(self._on_focus_changed)
        if self._stops:
            self._show()
        else:
            self.end()

    def move_by(self, steps: int) -> None:
        """Move forward by `steps` stops, or back if negative. Moving beyond the last stop ends the tour."""
        if self._index + steps >= len(self._stops):
            self.end()
        else:
            self._index = max(0, self._index + steps)
            self._show()

    def end(self) -> None:
        """Close the tour, return the focus to the window and emit `ended`."""
        _app().focusChanged.disconnect(self._on_focus_changed)
        for watched in (self._window, *(stop.widget for stop in self._stops)):
            watched.removeEventFilter(self)
        if self.isAncestorOf(self.window().focusWidget()):
            self._window.setFocus()  # otherwise, Qt would move the focus to another button of the tour
        self.hide()
        self.ended.emit()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle keys pressed on the tour's buttons, and update the tour if the window or a widget changes."""
        if isinstance(event, QKeyEvent) and not self._is_stop_part(watched):
            if event.type() == QEvent.Type.ShortcutOverride and event.key() in _KEYS:
                event.accept()  # otherwise, the page would handle Esc
                return True
            return event.type() == QEvent.Type.KeyPress and self._handle_key(event)
        if event.type() == QEvent.Type.Hide and self._is_stop_part(watched) and self.window().isVisible():
            self.end()  # the widget is hidden because the page has changed
        elif event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and not isinstance(watched, QPushButton):
            self.setGeometry(self._window.rect())
            self._place_callout()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move to the next or previous stop with the arrow keys, or end the tour with Esc."""
        if not self._handle_key(event):
            super().keyPressEvent(event)

    def _handle_key(self, event: QKeyEvent) -> bool:
        """Handle the arrow keys, Esc and Return, and return whether `event` was one of them."""
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}
        if event.key() == Qt.Key.Key_Escape:
            self.end()
        elif event.key() in steps:
            self.move_by(steps[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(
            focused := self.focusWidget(), QPushButton
        ):
            focused.click()
        else:
            return False
        return True

    def focusNextPrevChild(self, next: bool) -> bool:
        """Move the focus to the next or previous button of the tour, so that Tab does not leave it."""
        buttons = [button for button in (self.skip, self.back, self.next) if button.isVisible()]
        if not buttons:  # the tour is being closed
            return super().focusNextPrevChild(next)
        focused = self.focusWidget()
        index = buttons.index(focused) if isinstance(focused, QPushButton) and focused in buttons else -1
        buttons[(index + (1 if next else -1)) % len(buttons)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def mousePressEvent(self, event: QEvent) -> None:
        """Ignore clicks outside the callout, so that they do not reach the window."""
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """End the tour, so that the user can drop the file on the window."""
        self.end()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the overlay, a ring around the current widget, and the callout with its arrow."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hole = QPainterPath()
        hole.addRoundedRect(QRectF(self._part_rect()), _RADIUS, _RADIUS)
        overlay = QPainterPath()
        overlay.addRect(QRectF(self.rect()))
        painter.fillPath(overlay - hole, QColor(0, 0, 0, _OVERLAY_ALPHA))
        painter.setPen(QPen(QColor(tokens.accent), 2))
        painter.drawPath(hole)
        background = QPainterPath()
        background.addRoundedRect(QRectF(self.callout.geometry()), _RADIUS, _RADIUS)
        arrow = QPainterPath()
        arrow.addPolygon(self._arrow)
        arrow.closeSubpath()
        painter.setPen(QPen(QColor(tokens.outline), 1))
        painter.setBrush(QColor(tokens.raised))
        painter.drawPath(background | arrow)

    def _part_rect(self) -> QRect:
        """Return the rectangle of the current widget in coordinates of the window."""
        part = self._stops[self._index].widget
        corner = part.mapTo(self._window, QPoint(0, 0))
        return QRect(corner, part.size()).intersected(self.rect()).adjusted(2, 2, -2, -2)

    def _on_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        """End the tour when the focus moves to another widget of the window."""
        if now is not None and now.window() is self.window() and not self.isAncestorOf(now):
            self.end()

    def _is_stop_part(self, watched: QObject) -> bool:
        return any(watched is stop.widget for stop in self._stops)

    def _show(self) -> None:
        stop, last = self._stops[self._index], self._index == len(self._stops) - 1
        self._title.setText(stop.title)
        self._words.setText(stop.text)
        self._position.setText(_("{number} of {count}").format(number=self._index + 1, count=len(self._stops)))
        self.back.setVisible(self._index > 0)
        self.skip.setVisible(not last)
        self.next.setText(_("Done") if last else _("Next"))
        self.callout.setAccessibleName(f"{stop.title}. {stop.text}")
        self._place_callout()
        self.raise_()
        self.show()
        self.next.setFocus()

    def _place_callout(self) -> None:
        """Place the callout at a side of the widget with enough room, with the arrow toward the widget."""
        height = max(self._column.heightForWidth(_WIDTH), self._column.minimumSize().height())
        size, part, room = QSize(_WIDTH, height), self._part_rect(), self.rect().adjusted(8, 8, -8, -8)
        sides = callout_positions(part, size)
        place = next((side for side in sides if room.contains(side)), None)
        if place is None:  # no side has enough room, so the callout covers the lower part of the widget
            place = QRect(QPoint(part.center().x() - size.width() // 2, part.bottom() - size.height() - _INSET), size)
        if place.top() < room.top() or place.bottom() > room.bottom():
            place.moveTop(max(room.top(), min(place.top(), room.bottom() - size.height())))
        self.callout.setGeometry(place)
        self._arrow = _arrow_polygon(place, part)
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
        row.addWidget(self._position)
        row.addStretch()
        for button in (self.skip, self.back, self.next):
            row.addWidget(button)
        column.addLayout(row)


def _app() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app


def callout_positions(target: QRect, size: QSize) -> list[QRect]:
    """Return the possible rectangles of a callout: right of, left of, below and above a widget.

    Parameters
    ----------
    target : rectangle of the widget
    size : size of the callout
    """
    middle = target.center() - QPoint(size.width() // 2, size.height() // 2)
    far = _GAP + _ARROW
    return [
        QRect(QPoint(target.right() + far, middle.y()), size),
        QRect(QPoint(target.left() - far - size.width(), middle.y()), size),
        QRect(QPoint(middle.x(), target.bottom() + far), size),
        QRect(QPoint(middle.x(), target.top() - far - size.height()), size),
    ]


def _arrow_polygon(callout: QRect, part: QRect) -> QPolygonF:
    """Return a triangle that points from the callout to the widget. It is empty if the two overlap."""
    if callout.intersects(part):
        return QPolygonF()
    center = QRectF(callout).center()
    along_x = min(max(part.center().x(), callout.left() + 20), callout.right() - 20)
    along_y = min(max(part.center().y(), callout.top() + 20), callout.bottom() - 20)
    if callout.left() > part.right() or callout.right() < part.left():
        edge = callout.left() if callout.left() > part.right() else callout.right() + 1
        way = -1 if callout.left() > part.right() else 1
        corners = [(edge - way, along_y - _ARROW), (edge + way * _ARROW, along_y), (edge - way, along_y + _ARROW)]
    else:
        edge = callout.top() if callout.top() > part.bottom() else callout.bottom() + 1
        way = -1 if edge < center.y() else 1
        corners = [(along_x - _ARROW, edge - way), (along_x, edge + way * _ARROW), (along_x + _ARROW, edge - way)]
    return QPolygonF([QPointF(x, y) for x, y in corners])
