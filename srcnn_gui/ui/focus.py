"""Keyboard focus: a tab order that follows the layouts, and movement between regions of the window."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QLayout, QScrollArea, QWidget


def set_tab_order(regions: Iterable[QWidget]) -> None:
    """Set the tab order of the widgets in `regions`. Within a region, it follows the layout."""
    stops = [widget for region in regions for widget in _stops(region)]
    for first, second in pairwise(stops):
        QWidget.setTabOrder(first, second)


def focus_next_region(regions: Sequence[QWidget]) -> None:
    """Move the focus to the next region, or to the first one if none has the focus."""
    focused = QApplication.focusWidget()
    reachable = [region for region in regions if _first_stop(region) is not None]
    current = next(
        (
            number
            for number, region in enumerate(reachable)
            if focused and (region is focused or region.isAncestorOf(focused))
        ),
        -1,
    )
    if reachable and (stop := _first_stop(reachable[(current + 1) % len(reachable)])) is not None:
        stop.setFocus(Qt.FocusReason.ShortcutFocusReason)


def _first_stop(region: QWidget) -> QWidget | None:
    return next((stop for stop in _stops(region) if stop.isVisible() and stop.isEnabled()), None)


def _stops(widget: QWidget) -> Iterator[QWidget]:
    """Yield the widgets that accept the Tab focus, in layout order. Widgets outside the layout come last."""
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
        yield widget
    children = [child for child in widget.children() if isinstance(child, QWidget) and not child.isWindow()]
    if isinstance(widget, QScrollArea):
        content = widget.widget()
        if content is not None:
            yield from _stops(content)
    elif not isinstance(widget, QAbstractScrollArea) and widget.focusProxy() is None:
        layout = widget.layout()
        laid_out = [] if layout is None else list(_items(layout))
        for child in (*laid_out, *(child for child in children if child not in laid_out)):
            yield from _stops(child)


def _items(layout: QLayout) -> Iterator[QWidget]:
    for number in range(layout.count()):
        item = layout.itemAt(number)
        assert item is not None
        if (widget := item.widget()) is not None:
            yield widget
        elif (inner := item.layout()) is not None:
            yield from _items(inner)
