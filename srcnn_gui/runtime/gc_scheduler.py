"""Garbage collection on the GUI thread, in small steps.

By default, Python collects garbage on the thread that reaches the threshold, and the window does not respond during
the collection. A full collection takes 0.1 s after PyTorch is imported, and several times as long on the low-priority
training thread. In addition, Qt objects should be destroyed on the GUI thread.
"""

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 200


class GcScheduler(QObject):
    """Timer that collects garbage on the GUI thread. The first call of `exclude_live_objects` starts it.

    It uses the thresholds of Python's automatic garbage collection, which is disabled until `close` is called.
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
        """Exclude all current objects from later collections, for example after importing a large library.

        PyTorch creates 200,000 permanent objects, which take 0.1 s to traverse. The first call therefore does not
        collect garbage, and about 7000 small unused objects stay in memory. Later calls collect garbage first,
        because the unused objects may include images.
        """
        if self._timer.isActive():
            gc.collect()
        gc.freeze()
        self._timer.start(_EVERY_MS)

    def close(self) -> None:
        """Stop the timer, and enable Python's automatic garbage collection again."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
