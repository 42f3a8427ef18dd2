"""Positions and sizes of the panes in each view, in device px."""

from dataclasses import dataclass

from PySide6.QtCore import QRect

from srcnn_gui.canvas.view_layout import ViewLayout


@dataclass(frozen=True)
class PanePlacement:
    """Content and position of a pane on the canvas.

    Attributes
    ----------
    content : content that the pane shows
    pane : rectangle of the pane, in device px
    clip : visible part of the rectangle, which ends at the divider in the split view, in device px
    """

    content: str
    pane: QRect
    clip: QRect


def pane_size(view_layout: ViewLayout, width: int, height: int, pane_gap: int) -> tuple[int, int]:
    """Return the width and height of a pane on a canvas of the given size. All values are in device px."""
    side = view_layout.view == "side"
    return max(1, (width - pane_gap) // 2 if side else width), max(1, height)


def place_panes(
    view_layout: ViewLayout, width: int, height: int, pane_gap: int, divider: float, *, swapped: bool
) -> list[PanePlacement]:
    """Return the content and the position of each pane, from left to right.

    Parameters
    ----------
    view_layout : view, and contents of the panes
    width, height : size of the canvas, in device px
    pane_gap : width of the gap between the panes, in device px
    divider : position of the divider, as a fraction of the canvas width
    swapped : whether the contents of the panes are exchanged
    """
    left, right = (view_layout.right, view_layout.left) if swapped else (view_layout.left, view_layout.right)
    pane_width, pane_height = pane_size(view_layout, width, height, pane_gap)
    whole = QRect(0, 0, pane_width, pane_height)
    if view_layout.view == "side":
        second = QRect(pane_width + pane_gap, 0, pane_width, pane_height)
        return [PanePlacement(left, whole, whole), PanePlacement(right, second, second)]
    if view_layout.view == "split":
        at = round(divider * width)
        return [
            PanePlacement(left, whole, QRect(0, 0, at, pane_height)),
            PanePlacement(right, whole, QRect(at, 0, pane_width - at, pane_height)),
        ]
    return [PanePlacement(left, whole, whole)]
