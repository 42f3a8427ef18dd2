"""Threads that render side by side: order, how far ahead they look, what they raise, and their end."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from engine.imaging.codecs.image_files import Picture
from engine.inference import device as devices
from engine.inference.workers import Workers
from engine.upscaling.events import TileDone
from engine.upscaling.job import enlarge
from engine.upscaling.request import UpscaleRequest

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


@pytest.fixture
def two_threads():
    """Two threads for BLAS and for torch, whatever the machine has: a limit that stays would show."""
    before = torch.get_num_threads()
    with threadpool_limits(2, user_api="blas"):
        torch.set_num_threads(2)
        yield
        torch.set_num_threads(before)


def blas_threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def torch_threads() -> int:
    """The number of threads that torch gives a thread that has just been started."""
    with ThreadPoolExecutor(1) as new:
        return new.submit(torch.get_num_threads).result()


@pytest.mark.parametrize("first_to_end", [0, 1])
def test_the_thread_limit_ends_with_the_last_of_two_overlapping_pools(two_threads, first_to_end):
    pools = [Workers(CPU), Workers(CPU)]
    for pool in pools:
        pool.__enter__()
        pool.begin("key", torch.get_num_threads)
        assert pool.next() == ("key", 1)
    pools[first_to_end].__exit__(None, None, None)
    assert blas_threads() == {1}, "the other one is still at work"
    pools[1 - first_to_end].__exit__(None, None, None)
    assert (blas_threads(), torch_threads()) == ({2}, 2)


@pytest.mark.parametrize("first_to_end", [0, 1])
@pytest.mark.parametrize("how", ["done", "cancelled", "failed"])
def test_two_overlapping_jobs_leave_the_thread_counts_as_they_were(
    two_threads, tiny_model, texture, first_to_end, how
):
    request = UpscaleRequest(tiny_model(scale=2), "cpu", tile=32)
    jobs = [enlarge(Picture(texture(60, 60, 3, seed)), request) for seed in range(2)]
    for job in jobs:
        next(event for event in job if isinstance(event, TileDone))
    for job in (jobs[first_to_end], jobs[1 - first_to_end]):
        assert blas_threads() == {1}
        if how == "done":
            list(job)
        elif how == "cancelled":
            job.close()
        else:
            with pytest.raises(ValueError, match="broken"):
                job.throw(ValueError("broken"))
    assert (blas_threads(), torch_threads()) == ({2}, 2)


def test_jobs_on_threads_of_their_own_leave_the_thread_counts_as_they_were(two_threads):
    def work(number):
        with Workers(CPU) as workers:
            workers.begin(number, lambda: time.sleep(0.001 * (number % 3)))
            return workers.next()

    with ThreadPoolExecutor(4) as jobs:
        assert [key for key, _ in jobs.map(work, range(40))] == list(range(40))
    assert (blas_threads(), torch_threads()) == ({2}, 2)


def test_workers_that_were_never_used_limit_nothing(two_threads):
    Workers(CPU)
    assert blas_threads() == {2}
