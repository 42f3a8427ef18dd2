"""Scheduled garbage collection on the GUI thread, without frozen objects."""

import gc

import pytest

from srcnn_gui.runtime.gc_scheduler import GcScheduler


@pytest.fixture
def collector(qapp):
    scheduler = GcScheduler(qapp)
    yield scheduler
    scheduler.close()
    scheduler.deleteLater()


class ReferenceCycle:
    """Object in a reference cycle, which only the garbage collector deletes."""

    left = 0

    def __init__(self):
        self.self = self

    def __del__(self):
        ReferenceCycle.left -= 1


@pytest.fixture
def make_cycles():
    def make(count):
        for _each in range(count):
            ReferenceCycle.left += 1
            ReferenceCycle()

    ReferenceCycle.left = 0
    yield make
    gc.collect()


def test_nothing_is_collected_before_the_first_freeze(make_cycles, collector, qtbot):
    make_cycles(2000)
    qtbot.wait(300)
    assert ReferenceCycle.left == 2000, "such as while torch is loading"
    collector.exclude_live_objects()
    make_cycles(2000)
    qtbot.waitUntil(lambda: ReferenceCycle.left <= 2000, timeout=3000)
    assert not gc.isenabled()


def test_garbage_is_collected_before_the_next_freeze(make_cycles, collector):
    collector.exclude_live_objects()
    make_cycles(20)
    collector.exclude_live_objects()
    assert ReferenceCycle.left == 0


def test_close_restores_the_collector(qapp):
    scheduler = GcScheduler(qapp)
    scheduler.exclude_live_objects()
    assert gc.get_freeze_count() > 0
    scheduler.close()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
    scheduler.deleteLater()
