"""Texts of the Compare page: progress, size and file name."""

from engine.imaging.codecs import formats
from srcnn_gui.choices.text import format_duration, format_scale_or_size
from srcnn_gui.pages.compare.state import State
from srcnn_gui.runtime.translations import _


class ProgressEstimator:
    """Estimator of the remaining time, based on the time that the finished tiles took."""

    def __init__(self) -> None:
        self._started_at: float | None = None
        self._pixels = 0
        self._elapsed_s = 0.0

    def add(self, pixels: int, now: float) -> None:
        """Record a finished tile. The first call only starts the measurement.

        Parameters
        ----------
        pixels : number of pixels of the tile
        now : time of a monotonic clock, in seconds
        """
        if self._started_at is None:
            self._started_at = now
            return
        self._pixels += pixels
        self._elapsed_s = now - self._started_at

    def format_status(self, total: int) -> str:
        """Return the text for the status bar.

        Once 5% of the pixels are computed, it contains the remaining time.

        `total` is the number of pixels of the result.
        """
        if self._pixels * 20 < total or not self._elapsed_s:
            return _("Upscaling…")
        left = self._elapsed_s / self._pixels * max(0, total - self._pixels)
        return _("Upscaling… about {time} left").format(time=format_duration(left))


def format_selected_scale_or_size(state: State) -> str:
    """Return the selected scale factor or target size as text, such as "×3" or "1920 px wide"."""
    return format_scale_or_size(state.scale, state.target)


def suggest_file_name(state: State) -> str:
    """Return a file name for the result: the name of the image with the scale factor or size.

    For a simulation, "simulated" is also added, and for a region "crop".
    """
    target = state.target
    size = (
        f"{target.width or target.height or target.longest}px"
        if target and target.factor is None
        else format_selected_scale_or_size(state).replace("×", "x")
    )
    parts = ("crop" if state.region else "", "simulated" if state.simulated else "", size)
    return formats.default_file_name(state.name, "_".join(filter(None, parts)))
