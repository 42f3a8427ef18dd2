"""When Python's garbage collector runs: on the window's thread only, and never over what was there when it settled."""

import gc

import pytest

from srcnn_gui.runtime.gc_scheduler import Collector


@pytest.fixture
def collector(qapp):
    made = Collector(qapp)
    yield made
    made.close()
    made.deleteLater()


class Knot:
    """Garbage that only the collector takes away."""

    left = 0

    def __init__(self):
        self.self = self

    def __del__(self):
        Knot.left -= 1


@pytest.fixture
def knots():
    def make(count):
        for _each in range(count):
            Knot.left += 1
            Knot()

    Knot.left = 0
    yield make
    gc.collect()


def test_nothing_is_collected_until_it_settles_and_then_from_time_to_time(knots, collector, qtbot):
    knots(2000)
    qtbot.wait(300)
    assert Knot.left == 2000, "such as while torch is loading"
    collector.settle()
    knots(2000)
    qtbot.waitUntil(lambda: Knot.left <= 2000, timeout=3000)
    assert not gc.isenabled()


def test_what_came_since_it_settled_is_collected_before_it_settles_again(knots, collector):
    collector.settle()
    knots(20)
    collector.settle()
    assert Knot.left == 0


def test_closed_it_leaves_the_collector_as_it_was(qapp):
    made = Collector(qapp)
    made.settle()
    assert gc.get_freeze_count() > 0
    made.close()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
    made.deleteLater()
