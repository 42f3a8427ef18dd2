"""Find texts that are clipped because a widget is too small."""

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QWidget,
)

_ROUNDING = 1  # px


def clipped(window: QWidget) -> list[str]:
    """Return each widget that is too small for its text, with the available and the required size."""
    parts = [part for part in window.findChildren(QWidget) if part.isVisible()]
    return [f"{_name(part)} {words!r}: {why}" for part in parts for words, why in _problems(part)]


def _problems(part: QWidget) -> Iterator[tuple[str, str]]:
    words = _text_of(part)
    if not words:
        return
    width, height = _required_size(part, words)
    if part.width() + _ROUNDING < width:
        yield words, f"{part.width()} of {width} px wide"
    if part.height() + _ROUNDING < height:
        yield words, f"{part.height()} of {height} px high"
    if (out := _overflow(part)) is not None:
        yield words, f"{out.x()} × {out.y()} px outside of what shows it"


def _text_of(part: QWidget) -> str:
    if isinstance(part, QToolButton):
        return part.text() if part.toolButtonStyle() != Qt.ToolButtonStyle.ToolButtonIconOnly else ""
    if isinstance(part, QLabel | QAbstractButton | QLineEdit):
        return part.text()
    return part.currentText() if isinstance(part, QComboBox) else ""


def _required_size(part: QWidget, words: str) -> tuple[int, int]:
    """Return the width and height in px that the text needs, or 0 where it may be clipped."""
    hint, high = part.sizeHint(), part.fontMetrics().height()
    if isinstance(part, QLabel):
        if part.wordWrap():
            return 0, part.heightForWidth(part.width())
        shrinkable = part.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Ignored
        return (0 if shrinkable else hint.width()), hint.height()
    if isinstance(part, QComboBox | QLineEdit):
        return 0, high + 4
    if part.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Ignored:  # segments share the available width
        return part.fontMetrics().horizontalAdvance(words.replace("&", "")) + 16, high + 4
    if isinstance(part, QToolButton) and part.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextUnderIcon:
        return part.fontMetrics().horizontalAdvance(words) + 4, high + 4  # the hint has the style's margins, too
    return min(hint.width(), part.minimumSizeHint().width()), high + 4


def _overflow(part: QWidget) -> QPoint | None:
    """Return how far a widget extends past an ancestor, in px, or None.

    It may extend below a scroll area.
    """
    inside = QRect(part.mapTo(part.window(), QPoint(0, 0)), part.size())
    parent, scrolls = part.parentWidget(), False
    while parent is not None and not parent.isWindow():
        scrolls |= isinstance(parent.parentWidget(), QAbstractScrollArea)
        box = QRect(parent.mapTo(parent.window(), QPoint(0, 0)), parent.size())
        over = QPoint(inside.right() - box.right(), 0 if scrolls else inside.bottom() - box.bottom())
        if over.x() > _ROUNDING or over.y() > _ROUNDING:
            return over
        parent = parent.parentWidget()
    return None


def _name(part: QWidget) -> str:
    return f"{type(part.parentWidget()).__name__} > {type(part).__name__}"
