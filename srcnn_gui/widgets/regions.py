"""From one region of the window to the next, by key."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractItemView, QWidget

from srcnn_gui.widgets.batch_zone import BatchZone
from srcnn_gui.widgets.canvas import Canvas
from srcnn_gui.widgets.drop_zone import DropZone

_ROLES = ("toolbar", "canvas", "strip", "inspector", "rail")
_LARGE_PX = 200


def next_region(inside: QWidget) -> QWidget | None:
    """What gets the focus when the next region does: its first part that takes it; None if nothing does."""
    regions = [(region, part) for region in _regions(inside) if (part := _first(region)) is not None]
    if not regions:
        return None
    focused = inside.window().focusWidget()
    here = next(
        (at for at, (region, _part) in enumerate(regions) if focused is not None and region.isAncestorOf(focused)), -1
    )
    return regions[(here + 1) % len(regions)][1]


def _regions(inside: QWidget) -> list[QWidget]:
    """The parts of the window that are panels of their own and can be seen, from the upper left on."""
    panels = [part for part in inside.findChildren(QWidget) if part.isVisible() and _is_region(part)]
    outer = [part for part in panels if not any(one is not part and one.isAncestorOf(part) for one in panels)]
    where = {part: part.mapTo(inside, QPoint(0, 0)) for part in outer}
    return sorted(outer, key=lambda part: (where[part].x() // 100, where[part].y()))


def _is_region(part: QWidget) -> bool:
    """A panel, or something large that takes the focus itself: a picture, a table."""
    large = part.width() >= _LARGE_PX and bool(part.focusPolicy() & Qt.FocusPolicy.TabFocus)
    shows = isinstance(part, DropZone | BatchZone) or (large and isinstance(part, QAbstractItemView | Canvas))
    return shows or part.property("role") in _ROLES


def _first(region: QWidget) -> QWidget | None:
    """The first part of a region that takes the focus by key."""
    parts = [region, *region.findChildren(QWidget)]
    taking = [
        part
        for part in parts
        if part.isVisible() and part.isEnabled() and part.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    return taking[0] if taking else None
