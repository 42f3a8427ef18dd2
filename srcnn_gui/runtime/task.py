"""Threads that run jobs (generators) and emit the events of the jobs as Qt signals.

A `Task` object belongs to the GUI thread, but its `run` method emits the signals from another thread. Qt therefore
queues the signals, and calls the connected functions on the GUI thread.
"""

from collections.abc import Callable, Generator
from threading import Event
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from srcnn_gui.runtime.lane import E, Job, R, do_nothing

MakeJob = Callable[[], Job]

_MAX_RUNNING = 2  # running tasks of a lane: the current one, and a canceled one that finishes its step


class Task(QThread):
    """Thread that runs one job. Pausing and canceling take effect when the job yields its next event."""

    reported = Signal(object)
    succeeded = Signal(object)
    failed = Signal(object)
    canceled = Signal()

    def __init__(self, make_job: MakeJob, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make_job: MakeJob | None = make_job
        self._hint: Any = None
        self._canceled = False
        self._resumed = Event()
        self._resumed.set()

    def hint(self, value: Any) -> None:
        """Set a value, such as the visible rectangle, that is sent to the job after each event."""
        self._hint = value

    def pause(self, paused: bool) -> None:
        """If `paused` is true, pause the job at its next event. Otherwise, resume it."""
        (self._resumed.clear if paused else self._resumed.set)()

    def cancel(self) -> None:
        """Cancel the job at its next event, even if the job is paused."""
        self._canceled = True
        self._resumed.set()

    def run(self) -> None:
        """Run the job, and emit its events and its result or exception as signals."""
        make_job, self._make_job = self._make_job, None  # so that the images it refers to are freed with the job
        assert make_job is not None
        canceled_before_start = self._canceled
        if canceled_before_start:
            self.canceled.emit()
            return
        try:
            job = make_job()
            event = next(job)
            while not self._wait_if_paused():
                self.reported.emit(event)
                event = job.send(self._hint)
            job.close()
            self.canceled.emit()
        except StopIteration as stop:
            (self.canceled.emit() if self._canceled else self.succeeded.emit(stop.value))
        except Exception as error:
            self.failed.emit(error)

    def _wait_if_paused(self) -> bool:
        """If the job is paused, wait until it is resumed or canceled. Return whether it is canceled."""
        if not self._canceled:
            self._resumed.wait()
        return self._canceled


class Lane(QObject):
    """Job runner that cancels the current task, and ignores its events, when a new one starts.

    A canceled task finishes its current step while the new task is already running. If two tasks are still running,
    the next one waits. Only the newest waiting task is kept.
    """

    failed = Signal(object)  # the exception, which is also passed to `on_failure`

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._current: Task | None = None
        self._running: set[Task] = set()  # tasks whose threads have started and not finished
        self._waiting: Task | None = None
        self._closed = False

    def start(
        self,
        make_job: Callable[[], Generator[E, Any, R]],
        *,
        on_result: Callable[[R], object],
        on_failure: Callable[[Exception], object],
        on_event: Callable[[E], object] = do_nothing,
        on_canceled: Callable[[], object] = do_nothing,
    ) -> None:
        """Run a new job on a thread. The current job is canceled without calling its callbacks.

        The callbacks run on the GUI thread. A closed lane ignores new jobs.

        Parameters
        ----------
        make_job : function that creates the job, which is a generator of events
        on_result : called with the return value of the job
        on_failure : called with the exception of the job
        on_event : called with each event
        on_canceled : called if the job ends because of `cancel`
        """
        if self._closed:
            return
        self.cancel(silent=True)
        self._drop_waiting()
        task = Task(make_job)
        self._current = self._waiting = task

        def if_current(callback: Callable[..., object]) -> Callable[..., object]:
            return lambda *args: callback(*args) if self._current is task else None

        task.succeeded.connect(if_current(on_result))
        task.failed.connect(if_current(self.failed.emit))  # first, because `on_failure` may start another job
        task.failed.connect(if_current(on_failure))
        task.reported.connect(if_current(on_event))
        task.canceled.connect(if_current(on_canceled))
        task.finished.connect(lambda: self._delete_finished(task))
        self._start_waiting()

    def _start_waiting(self) -> None:
        """Start the waiting task, if any, unless two tasks are still running."""
        if self._waiting is not None and len(self._running) < _MAX_RUNNING:
            task, self._waiting = self._waiting, None
            self._running.add(task)  # keeps the QThread alive until it has finished
            task.start()

    def _drop_waiting(self) -> None:
        """Delete the waiting task on the GUI thread. The garbage collector might use a different thread."""
        if self._waiting is not None:
            self._waiting.deleteLater()
            self._waiting = None

    def _delete_finished(self, task: Task) -> None:
        """Delete a finished task, because its connected callbacks would keep it and its images in memory."""
        self._running.discard(task)
        if self._current is task:
            self._current = None
        task.deleteLater()
        self._start_waiting()

    def hint(self, value: Any) -> None:
        """Set a value, such as the visible rectangle, that is sent to the current job after each event."""
        if self._current is not None:
            self._current.hint(value)

    def pause(self, paused: bool) -> None:
        """If `paused` is true, pause the current job, if any. Otherwise, resume it."""
        if self._current is not None:
            self._current.pause(paused)

    def cancel(self, *, silent: bool = False) -> None:
        """Cancel the current job. If `silent` is true, its callbacks are no longer called."""
        if self._current is not None:
            self._current.cancel()
        if silent:
            self._current = None

    def close(self) -> None:
        """Cancel all tasks and wait until their threads have ended."""
        self._closed = True
        self.cancel(silent=True)
        self._drop_waiting()
        for task in list(self._running):
            task.cancel()
        for task in list(self._running):
            task.wait()
            self._delete_finished(task)
