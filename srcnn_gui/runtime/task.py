"""The bridge between Qt and the engine: a job (a generator) runs on a thread and tells its story in signals.

Knows no engine type. A Task lives on the GUI thread and emits from `run()`, so whatever is connected to it is called
on the GUI thread, Qt-free presenters too.
"""

from collections.abc import Callable, Generator
from threading import Event
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from srcnn_gui.runtime.lane import E, Job, R, nothing

MakeJob = Callable[[], Job]

_BESIDE_EACH_OTHER = 2  # tasks of a lane: one that ends and one that begins


class Task(QThread):
    """One job on one thread. Pausing and cancelling take effect between two events of the job."""

    reported = Signal(object)
    succeeded = Signal(object)
    failed = Signal(object)
    cancelled = Signal()

    def __init__(self, make_job: MakeJob, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make_job: MakeJob | None = make_job
        self._hint: Any = None
        self._cancelled = False
        self._going = Event()
        self._going.set()

    def hint(self, value: Any) -> None:
        """Give the job the newest hint (the visible rectangle); it gets it with its next event."""
        self._hint = value

    def pause(self, paused: bool) -> None:
        """Stop asking for the next event, or go on."""
        (self._going.clear if paused else self._going.set)()

    def cancel(self) -> None:
        """Close the job as soon as it has finished its present step."""
        self._cancelled = True
        self._going.set()

    def run(self) -> None:
        """Drive the job on this thread. Anything it raises becomes `failed`: a thread has nobody above it."""
        make_job, self._make_job = self._make_job, None  # what it holds, a picture, goes when the job ends
        assert make_job is not None
        waited_in_vain = self._cancelled
        if waited_in_vain:
            self.cancelled.emit()
            return
        try:
            job = make_job()
            event = next(job)
            while not self._stopped():
                self.reported.emit(event)
                event = job.send(self._hint)
            job.close()
            self.cancelled.emit()
        except StopIteration as stop:
            (self.cancelled.emit() if self._cancelled else self.succeeded.emit(stop.value))
        except Exception as error:
            self.failed.emit(error)

    def _stopped(self) -> bool:
        """Wait while paused; true once cancelled."""
        if not self._cancelled:
            self._going.wait()
        return self._cancelled


class Lane(QObject):
    """Holds at most one task. A new one cancels and silences the old, so that nobody hears a stale event.

    What was cancelled ends with its present step; meanwhile the new one runs beside it. Of more than that, whoever
    chooses faster than anything can end would make a heap: the newest waits for its turn, and only the newest. Closed,
    it takes no more, though a timer of what was closed with it may still ask.
    """

    failed = Signal(object)  # what a job raised, its listener's own telling apart

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._current: Task | None = None
        self._ending: set[Task] = set()  # started, and not finished
        self._waiting: Task | None = None
        self._closed = False

    def start(
        self,
        make_job: Callable[[], Generator[E, Any, R]],
        *,
        on_result: Callable[[R], object],
        on_failure: Callable[[Exception], object],
        on_event: Callable[[E], object] = nothing,
        on_cancelled: Callable[[], object] = nothing,
    ) -> None:
        """Run a job; what ran before on this lane is cancelled and no longer heard. Called back on the GUI thread."""
        if self._closed:
            return
        self.cancel(silently=True)
        self._drop_waiting()
        task = Task(make_job)
        self._current = self._waiting = task

        def if_current(tell: Callable[..., object]) -> Callable[..., object]:
            return lambda *story: tell(*story) if self._current is task else None

        task.succeeded.connect(if_current(on_result))
        task.failed.connect(if_current(self.failed.emit))  # first: a listener may begin another job in answer
        task.failed.connect(if_current(on_failure))
        task.reported.connect(if_current(on_event))
        task.cancelled.connect(if_current(on_cancelled))
        task.finished.connect(lambda: self._forget(task))
        self._begin()

    def _begin(self) -> None:
        """Start what waits, if it is its turn."""
        if self._waiting is not None and len(self._ending) < _BESIDE_EACH_OTHER:
            task, self._waiting = self._waiting, None
            self._ending.add(task)  # a QThread must not be destroyed before it has finished
            task.start()

    def _drop_waiting(self) -> None:
        """Let go of a task that never started, here: left to Python's collector it could die on any thread."""
        if self._waiting is not None:
            self._waiting.deleteLater()
            self._waiting = None

    def _forget(self, task: Task) -> None:
        """A finished task holds its job's pictures until it is deleted: the connected callbacks keep it alive."""
        self._ending.discard(task)
        if self._current is task:
            self._current = None
        task.deleteLater()
        self._begin()

    def hint(self, value: Any) -> None:
        """Pass a hint to the running job, if any."""
        if self._current is not None:
            self._current.hint(value)

    def pause(self, paused: bool) -> None:
        """Pause or go on with the running job, if any."""
        if self._current is not None:
            self._current.pause(paused)

    def cancel(self, *, silently: bool = False) -> None:
        """Cancel the running job; with `silently` its listener hears nothing any more."""
        if self._current is not None:
            self._current.cancel()
        if silently:
            self._current = None

    def close(self) -> None:
        """Cancel everything and wait until every thread has ended."""
        self._closed = True
        self.cancel(silently=True)
        self._drop_waiting()
        for task in list(self._ending):
            task.cancel()
        for task in list(self._ending):
            task.wait()
            self._forget(task)
