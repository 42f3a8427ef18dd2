"""Where the panes lie on the canvas in each view: device pixels, no painting."""

from dataclasses import dataclass

from PySide6.QtCore import QRect

from srcnn_gui.canvas.view_layout import Look


@dataclass(frozen=True)
class Slot:
    """A pane: what it shows, the rectangle that the viewport fills, and the part of it that is to be seen."""

    content: str
    pane: QRect
    clip: QRect


def pane_size(look: Look, width: int, height: int, gap: int) -> tuple[int, int]:
    """Width and height of a pane in device px, for a canvas of this size."""
    side = look.view == "side"
    return max(1, (width - gap) // 2 if side else width), max(1, height)


def slots(look: Look, width: int, height: int, gap: int, divider: float, *, held: bool) -> list[Slot]:
    """The panes, left to right.

    Parameters
    ----------
    divider : where the split is, as a share of the width
    held : the key that shows the other picture is down
    """
    left, right = (look.right, look.left) if held else (look.left, look.right)
    across, down = pane_size(look, width, height, gap)
    whole = QRect(0, 0, across, down)
    if look.view == "side":
        second = QRect(across + gap, 0, across, down)
        return [Slot(left, whole, whole), Slot(right, second, second)]
    if look.view == "split":
        at = round(divider * width)
        return [Slot(left, whole, QRect(0, 0, at, down)), Slot(right, whole, QRect(at, 0, across - at, down))]
    return [Slot(left, whole, whole)]
