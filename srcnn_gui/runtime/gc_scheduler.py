"""Python's garbage collector, on the window's thread and in small pieces.

Left to itself it runs wherever the count is reached, with the interpreter held. A full pass over what torch and its
compiler leave behind takes a tenth of a second, and several on the thread of a training, which has the lowest rank;
meanwhile the window does not answer. And Qt's objects should go on the thread they live on.
"""

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 200


class Collector(QObject):
    """Collects at the usual counts, but only here; from the first `settle` until `close`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.collect)

    def collect(self) -> None:
        """Look through the generations that are due, youngest first, as the collector itself would."""
        for generation, threshold in enumerate(gc.get_threshold()):
            if gc.get_count()[generation] <= threshold:
                return
            gc.collect(generation)

    def settle(self) -> None:
        """What is there now stays, such as a library just loaded: no pass looks at it again.

        Torch brings 200,000 objects that live as long as the program; a look through them takes a tenth of a second.
        So the first time even garbage stays: 7000 small objects, nearly all of torch's import. What came since is a
        seventh of that to look through, and may hold pictures: later times it is collected first.
        """
        if self._timer.isActive():
            gc.collect()
        gc.freeze()
        self._timer.start(_EVERY_MS)

    def close(self) -> None:
        """Leave the collector as it was."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
