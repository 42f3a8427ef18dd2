"""The thread pool: order of results, limits, errors, and shutdown."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from engine.imaging.codecs.image_files import Image
from engine.inference import device as devices
from engine.inference.workers import WorkerPool
from engine.upscaling.events import TileDone
from engine.upscaling.job import upscale
from engine.upscaling.request import UpscaleRequest

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def three_cores(monkeypatch):
    monkeypatch.setattr(devices, "thread_count", lambda: 3)


def test_results_are_in_order_of_submission():
    with WorkerPool(CPU) as workers:
        for number in range(4):
            workers.submit(number, lambda number=number: time.sleep(0.02 * (4 - number)) or number * 10)
        assert [workers.next_result() for _ in range(4)] == [(0, 0), (1, 10), (2, 20), (3, 30)]
        assert len(workers) == 0


def test_can_submit_one_task_per_thread_and_one_more():
    with WorkerPool(CPU) as workers:
        while workers.can_submit:
            workers.submit(None, lambda: None)
        assert len(workers) == 4


def test_gpu_pool_has_two_threads():
    with WorkerPool(torch.device("cuda")) as workers:
        assert workers.thread_count == 2


def test_next_result_raises_error_of_task():
    def fails():
        raise ValueError("no")

    with WorkerPool(CPU) as workers:
        workers.submit("key", fails)
        with pytest.raises(ValueError, match="no"):
            workers.next_result()


def test_exit_cancels_pending_tasks_and_ends_threads():
    done = []
    with WorkerPool(CPU) as workers:
        for number in range(30):
            workers.submit(number, lambda number=number: time.sleep(0.02) or done.append(number))
    assert len(done) < 10
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tile")]


@pytest.fixture
def two_threads():
    """Set two threads for BLAS and PyTorch, to detect a limit of one thread that is not removed."""
    before = torch.get_num_threads()
    with threadpool_limits(2, user_api="blas"):
        torch.set_num_threads(2)
        yield
        torch.set_num_threads(before)


def blas_threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def torch_threads() -> int:
    """Return the number of PyTorch threads in a new thread."""
    with ThreadPoolExecutor(1) as new:
        return new.submit(torch.get_num_threads).result()


@pytest.mark.parametrize("first_to_end", [0, 1])
def test_thread_limit_ends_with_last_overlapping_pool(two_threads, first_to_end):
    pools = [WorkerPool(CPU), WorkerPool(CPU)]
    for pool in pools:
        pool.__enter__()
        pool.submit("key", torch.get_num_threads)
        assert pool.next_result() == ("key", 1)
    pools[first_to_end].__exit__(None, None, None)
    assert blas_threads() == {1}, "the other one is still at work"
    pools[1 - first_to_end].__exit__(None, None, None)
    assert (blas_threads(), torch_threads()) == ({2}, 2)


@pytest.mark.parametrize("first_to_end", [0, 1])
@pytest.mark.parametrize("how", ["done", "canceled", "failed"])
def test_overlapping_jobs_restore_thread_counts(two_threads, tiny_model, texture, first_to_end, how):
    request = UpscaleRequest(tiny_model(scale=2), "cpu", tile=32)
    jobs = [upscale(Image(texture(60, 60, 3, seed)), request) for seed in range(2)]
    for job in jobs:
        next(event for event in job if isinstance(event, TileDone))
    for job in (jobs[first_to_end], jobs[1 - first_to_end]):
        assert blas_threads() == {1}
        if how == "done":
            list(job)
        elif how == "canceled":
            job.close()
        else:
            with pytest.raises(ValueError, match="broken"):
                job.throw(ValueError("broken"))
    assert (blas_threads(), torch_threads()) == ({2}, 2)


def test_jobs_on_other_threads_restore_thread_counts(two_threads):
    def work(number):
        with WorkerPool(CPU) as workers:
            workers.submit(number, lambda: time.sleep(0.001 * (number % 3)))
            return workers.next_result()

    with ThreadPoolExecutor(4) as jobs:
        assert [key for key, _ in jobs.map(work, range(40))] == list(range(40))
    assert (blas_threads(), torch_threads()) == ({2}, 2)


def test_unused_pool_sets_no_limit(two_threads):
    WorkerPool(CPU)
    assert blas_threads() == {2}
