"""Threads that render side by side: order, how far ahead they look, what they raise, and their end."""

import threading
import time

import pytest
import torch

from engine.network import device as devices
from engine.network.workers import Workers

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def three_cores(monkeypatch):
    monkeypatch.setattr(devices, "cores", lambda: 3)


def test_results_come_in_the_order_of_their_beginning():
    with Workers(CPU) as workers:
        for number in range(4):
            workers.begin(number, lambda number=number: time.sleep(0.02 * (4 - number)) or number * 10)
        assert [workers.next() for _ in range(4)] == [(0, 0), (1, 10), (2, 20), (3, 30)]
        assert len(workers) == 0


def test_there_is_room_for_one_a_thread_and_one_more():
    with Workers(CPU) as workers:
        while workers.has_room:
            workers.begin(None, lambda: None)
        assert len(workers) == 4


def test_a_gpu_has_two_threads_one_to_prepare_while_the_other_waits():
    with Workers(torch.device("cuda")) as workers:
        assert workers.count == 2


def test_what_the_work_raises_comes_with_its_result():
    def fails():
        raise ValueError("no")

    with Workers(CPU) as workers:
        workers.begin("key", fails)
        with pytest.raises(ValueError, match="no"):
            workers.next()


def test_the_end_drops_what_was_not_begun_and_leaves_no_thread():
    done = []
    with Workers(CPU) as workers:
        for number in range(30):
            workers.begin(number, lambda number=number: time.sleep(0.02) or done.append(number))
    assert len(done) < 10
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tile")]
