"""Geometry of the panes in each view, in device pixels."""

from dataclasses import dataclass

from PySide6.QtCore import QRect

from srcnn_gui.canvas.view_layout import ViewLayout


@dataclass(frozen=True)
class Slot:
    """A pane: its content, the rectangle of its viewport, and the visible part of the rectangle."""

    content: str
    pane: QRect
    clip: QRect


def pane_size(view_layout: ViewLayout, width: int, height: int, pane_gap: int) -> tuple[int, int]:
    """Return the width and height of a pane, in device px, on a canvas of this size."""
    side = view_layout.view == "side"
    return max(1, (width - pane_gap) // 2 if side else width), max(1, height)


def slots(
    view_layout: ViewLayout, width: int, height: int, pane_gap: int, divider: float, *, swapped: bool
) -> list[Slot]:
    """Return the slots of the panes, left to right.

    Parameters
    ----------
    divider : position of the divider, as a share of the width
    swapped : whether the panes are exchanged
    """
    left, right = (view_layout.right, view_layout.left) if swapped else (view_layout.left, view_layout.right)
    pane_width, pane_height = pane_size(view_layout, width, height, pane_gap)
    whole = QRect(0, 0, pane_width, pane_height)
    if view_layout.view == "side":
        second = QRect(pane_width + pane_gap, 0, pane_width, pane_height)
        return [Slot(left, whole, whole), Slot(right, second, second)]
    if view_layout.view == "split":
        at = round(divider * width)
        return [
            Slot(left, whole, QRect(0, 0, at, pane_height)),
            Slot(right, whole, QRect(at, 0, pane_width - at, pane_height)),
        ]
    return [Slot(left, whole, whole)]
