"""Garbage collection on the GUI thread, in small steps.

By default, the collector runs on any thread that reaches the threshold and holds the GIL. A full collection over the
objects of PyTorch takes 0.1 s, and several times as long on the low-priority thread of a training, during which the
window does not respond. Also, Qt objects should be destroyed on their own thread.
"""

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 200


class GcScheduler(QObject):
    """Collects garbage on the GUI thread at the default thresholds, from the first `freeze` until `close`."""

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

    def freeze(self) -> None:
        """Exclude all current objects from collection, for example after a library was imported.

        PyTorch creates 200,000 permanent objects, and a collection over them takes 0.1 s. The first call therefore
        freezes without collecting, which keeps 7000 small garbage objects. Later calls collect first, because the
        garbage may contain images.
        """
        if self._timer.isActive():
            gc.collect()
        gc.freeze()
        self._timer.start(_EVERY_MS)

    def close(self) -> None:
        """Restore the default collector."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
