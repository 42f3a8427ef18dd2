"""The Compare page in words."""

from engine.imaging.codecs import formats
from srcnn_gui.choices.text import duration, size
from srcnn_gui.pages.compare.state import State
from srcnn_gui.runtime.translations import _


class Pace:
    """How fast an enlargement goes, learned from its own tiles: an estimate made before it started knows less."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._pixels = 0
        self._seconds = 0.0

    def add(self, pixels: int, now: float) -> None:
        """So many pixels more came out of the network at a time, s; the first ones only start the clock."""
        if self._since is None:
            self._since = now
            return
        self._pixels += pixels
        self._seconds = now - self._since

    def status(self, total: int) -> str:
        """What goes on, and how long still, once a twentieth of `total` pixels can be judged by."""
        if self._pixels * 20 < total or not self._seconds:
            return _("Enlarging …")
        left = self._seconds / self._pixels * max(0, total - self._pixels)
        return _("Enlarging …, about {time} left").format(time=duration(left))


def times(state: State) -> str:
    """How many times larger, or how large, in words."""
    return size(state.scale, state.target)


def name_for(state: State) -> str:
    """Return a file name for the result: the image's own with the size, and "simulated" if it is a simulation."""
    target = state.target
    size = f"{target.width or target.height}px" if target and target.factor is None else times(state).replace("×", "x")
    return formats.name_for(state.name, f"simulated_{size}" if state.simulated else size)
