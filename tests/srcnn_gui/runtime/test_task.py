"""Tasks and lanes: jobs on threads with callbacks on the GUI thread."""

import gc
import threading
import time
import weakref
from functools import partial

import pytest

from srcnn_gui.runtime.task import Lane


@pytest.fixture
def lane(qtbot):
    lane = Lane()
    yield lane
    lane.close()


class CallbackRecorder:
    """Records the callbacks of a lane, and the threads that call them."""

    def __init__(self) -> None:
        self.events, self.results, self.failures, self.canceled, self.threads = [], [], [], 0, set()

    def callbacks(self) -> dict:
        def note(into):
            def callback(thing) -> None:
                self.threads.add(threading.get_ident())
                into.append(thing)

            return callback

        def canceled() -> None:
            self.canceled += 1

        return {
            "on_event": note(self.events),
            "on_result": note(self.results),
            "on_failure": note(self.failures),
            "on_canceled": canceled,
        }


def count_up(count: int, threads: set | None = None, pause_s: float = 0.0):
    for number in range(count):
        if threads is not None:
            threads.add(threading.get_ident())
        time.sleep(pause_s)
        yield number
    return "done"


def test_a_job_runs_on_a_thread_and_its_callbacks_on_the_gui_thread(qtbot, lane):
    story, ran_on = CallbackRecorder(), set()
    lane.start(lambda: count_up(5, ran_on), **story.callbacks())
    qtbot.waitUntil(lambda: story.results == ["done"])
    assert story.events == [0, 1, 2, 3, 4]
    assert story.threads == {threading.get_ident()}
    assert ran_on.isdisjoint(story.threads)


@pytest.mark.parametrize("error", [RuntimeError("out"), ValueError("bad"), MemoryError()])
def test_any_exception_is_reported(qtbot, lane, error):
    def job():
        yield 1
        raise error

    story = CallbackRecorder()
    lane.start(job, **story.callbacks())
    qtbot.waitUntil(lambda: len(story.failures) == 1)
    assert story.failures[0] is error
    assert not story.results


def test_an_error_while_a_job_is_created_is_a_failure(qtbot, lane):
    def cannot():
        raise OSError("no such thing")

    story = CallbackRecorder()
    lane.start(cannot, **story.callbacks())
    qtbot.waitUntil(lambda: len(story.failures) == 1)


def test_cancel_closes_the_job_on_its_thread_and_is_reported(qtbot, lane):
    closed_on = []

    def job():
        try:
            yield from count_up(100_000, pause_s=0.001)
        finally:
            closed_on.append(threading.get_ident())

    story = CallbackRecorder()
    lane.start(job, **story.callbacks())
    qtbot.waitUntil(lambda: len(story.events) > 3)
    lane.cancel()
    qtbot.waitUntil(lambda: story.canceled == 1, timeout=1000)
    assert closed_on
    assert closed_on[0] != threading.get_ident()
    assert not story.results


def test_a_new_job_stops_the_callbacks_of_the_old_one(qtbot, lane):
    old, new = CallbackRecorder(), CallbackRecorder()
    lane.start(lambda: count_up(100_000, pause_s=0.001), **old.callbacks())
    qtbot.waitUntil(lambda: len(old.events) > 3)
    lane.start(lambda: count_up(3), **new.callbacks())
    event_count = len(old.events)
    qtbot.waitUntil(lambda: new.results == ["done"])
    assert len(old.events) == event_count
    assert old.canceled == 0
    assert not old.results


def test_a_failure_is_emitted_even_if_its_callback_starts_another_job(qtbot, lane):
    def failing():
        yield 1
        raise ValueError("first")

    failures, story = [], CallbackRecorder()
    lane.failed.connect(failures.append)
    again = lambda _error: lane.start(lambda: count_up(1), **story.callbacks())  # noqa: E731
    lane.start(failing, on_result=print, on_failure=again)
    qtbot.waitUntil(lambda: story.results == ["done"])
    assert [str(error) for error in failures] == ["first"]


def test_pause_stops_the_events(qtbot, lane):
    story = CallbackRecorder()
    lane.start(lambda: count_up(100_000, pause_s=0.001), **story.callbacks())
    qtbot.waitUntil(lambda: len(story.events) > 3)
    lane.pause(True)
    qtbot.wait(50)
    event_count = len(story.events)
    qtbot.wait(150)
    assert len(story.events) <= event_count + 1
    lane.pause(False)
    qtbot.waitUntil(lambda: len(story.events) > event_count + 5)
    lane.pause(True)
    lane.cancel()
    qtbot.waitUntil(lambda: story.canceled == 1, timeout=1000)


def test_the_newest_hint_reaches_the_job(qtbot, lane):
    hints = []

    def job():
        while True:
            hints.append((yield None))
            time.sleep(0.001)

    lane.start(job, **CallbackRecorder().callbacks())
    lane.hint("old")
    lane.hint("new")
    qtbot.waitUntil(lambda: "new" in hints)
    assert hints.index("new") > -1
    assert hints[-1] == "new"


def test_a_finished_job_is_released(qtbot, lane):
    class Load:
        """Stand-in for an image."""

    load = Load()
    gone = weakref.ref(load)

    def job(kept):
        yield kept

    story = CallbackRecorder()
    lane.start(partial(job, load), on_result=story.results.append, on_failure=story.failures.append)
    qtbot.waitUntil(lambda: story.results == [None])
    del load

    def collected() -> bool:
        gc.collect()
        return gone() is None

    qtbot.waitUntil(collected)


def test_five_thousand_events_arrive_in_order(qtbot, lane):
    story = CallbackRecorder()
    lane.start(lambda: count_up(5000), **story.callbacks())
    qtbot.waitUntil(lambda: story.results == ["done"], timeout=20_000)
    assert story.events == list(range(5000))


def test_at_most_two_of_many_jobs_run_and_the_newest_finishes(qtbot, lane):
    running, most = set(), []

    def job(number):
        running.add(number)
        most.append(len(running))
        time.sleep(0.02)  # a step that cannot be cut short
        running.discard(number)
        yield number
        return number

    stories = [CallbackRecorder() for _each in range(30)]
    for number, story in enumerate(stories):
        lane.start(partial(job, number), **story.callbacks())
    qtbot.waitUntil(lambda: stories[-1].results == [29])
    assert max(most) <= 2
    assert not any(story.events or story.results or story.canceled for story in stories[:-1])


def test_a_waiting_job_gets_its_hint_and_can_be_canceled(qtbot, lane):
    go, hints = threading.Event(), []

    def slow():
        go.wait()
        yield None

    def job():
        hints.append((yield None))
        yield None

    for _each in range(2):
        lane.start(slow, **CallbackRecorder().callbacks())
    hinted, canceled = CallbackRecorder(), CallbackRecorder()
    lane.start(job, **hinted.callbacks())
    lane.hint("visible")
    assert not hints
    go.set()
    qtbot.waitUntil(lambda: len(hinted.results) == 1)
    assert hints == ["visible"]
    go.clear()
    for _each in range(2):
        lane.start(slow, **CallbackRecorder().callbacks())
    lane.start(job, **canceled.callbacks())
    lane.cancel()
    go.set()
    qtbot.waitUntil(lambda: canceled.canceled == 1)
    assert not canceled.events


def test_a_closed_lane_ignores_jobs(qtbot):
    lane, story = Lane(), CallbackRecorder()
    lane.close()
    lane.start(lambda: count_up(2), **story.callbacks())
    qtbot.wait(50)
    assert (story.events, story.results) == ([], [])
