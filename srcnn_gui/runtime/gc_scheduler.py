"""Garbage collection on the GUI thread, in small steps.

By default, Python collects garbage on whichever thread reaches the threshold, and holds the GIL meanwhile. A full
collection over the objects of PyTorch takes 0.1 s, and several times as long on the low-priority thread of a training.
The window does not respond during that time. In addition, Qt objects should be destroyed on the GUI thread.
"""

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 200


class GcScheduler(QObject):
    """Timer that collects garbage on the GUI thread, from the first `exclude_live_objects` until `close`.

    It uses the thresholds of Python's own collector, which is disabled meanwhile.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.collect)

    def collect(self) -> None:
        """Collect the generations that have reached their thresholds, youngest first."""
        for generation, threshold in enumerate(gc.get_threshold()):
            if gc.get_count()[generation] <= threshold:
                return
            gc.collect(generation)

    def exclude_live_objects(self) -> None:
        """Exclude all current objects from later collections, for example after a library was imported.

        PyTorch creates 200,000 permanent objects, and a collection over them takes 0.1 s. The first call therefore
        does not collect, which leaves about 7000 small unused objects in memory. Later calls collect before they
        freeze, because the unused objects may include images.
        """
        if self._timer.isActive():
            gc.collect()
        gc.freeze()
        self._timer.start(_EVERY_MS)

    def close(self) -> None:
        """Stop the timer, and enable Python's own collector again."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
