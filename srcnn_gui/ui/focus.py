"""The way of the keys through the window: region by region, and in each as it is laid out."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QLayout, QScrollArea, QWidget


def put_in_order(regions: Iterable[QWidget]) -> None:
    """Let Tab go through these regions one after the other; Qt's own order is that in which widgets were made."""
    stops = [widget for region in regions for widget in _stops(region)]
    for before, after in pairwise(stops):
        QWidget.setTabOrder(before, after)


def next_region(regions: Sequence[QWidget]) -> None:
    """Give the keys to the region after the one that has them; to the first if none has."""
    at = QApplication.focusWidget()
    shown = [region for region in regions if _first_stop(region) is not None]
    here = next(
        (number for number, region in enumerate(shown) if at and (region is at or region.isAncestorOf(at))), -1
    )
    if shown and (stop := _first_stop(shown[(here + 1) % len(shown)])) is not None:
        stop.setFocus(Qt.FocusReason.ShortcutFocusReason)


def _first_stop(region: QWidget) -> QWidget | None:
    return next((stop for stop in _stops(region) if stop.isVisible() and stop.isEnabled()), None)


def _stops(widget: QWidget) -> Iterator[QWidget]:
    """The widgets that Tab stops at, in the order of their layouts; what is in none comes last."""
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
        yield widget
    inside = [child for child in widget.children() if isinstance(child, QWidget) and not child.isWindow()]
    if isinstance(widget, QScrollArea):
        content = widget.widget()
        if content is not None:
            yield from _stops(content)
    elif not isinstance(widget, QAbstractScrollArea) and widget.focusProxy() is None:
        layout = widget.layout()
        laid_out = [] if layout is None else list(_items(layout))
        for child in (*laid_out, *(child for child in inside if child not in laid_out)):
            yield from _stops(child)


def _items(layout: QLayout) -> Iterator[QWidget]:
    for number in range(layout.count()):
        item = layout.itemAt(number)
        assert item is not None
        if (widget := item.widget()) is not None:
            yield widget
        elif (inner := item.layout()) is not None:
            yield from _items(inner)
