"""The watch job: it processes complete files, each version once, even after an interruption."""

import os
import random
from collections import Counter
from dataclasses import replace

import pytest

from engine.batch import job as batch
from engine.batch import journal as journals
from engine.batch import report, watch
from engine.batch.events import FileDone, FileStarted, ImagesFound, Waiting
from engine.batch.listing import FoundFile
from engine.batch.request import WatchRequest
from engine.datasets.events import FileFailed
from engine.errors import BatchRunning, BatchStopped, InvalidSetting, SourceUnreadable
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def watch_folder(batch_request, monkeypatch):
    """Return a factory of watch jobs that check the folder every 0.1 s."""
    monkeypatch.setattr(watch, "_STEP_S", 0.02)
    monkeypatch.setattr(watch, "_MAX_LISTING_FRACTION", 1.0)
    return lambda **changes: watch.run(WatchRequest(batch_request(**changes), 0.1))


def until_idle(job, looks=25):
    """Return the events of a job, without Waiting, up to the first `looks` consecutive Waiting events."""
    events, idle = [], 0
    while idle < looks:
        event = next(job)
        idle = idle + 1 if isinstance(event, Waiting) else 0
        events += [] if isinstance(event, Waiting) else [event]
    return events


def finished_files(events):
    return [(event.path.name, type(event)) for event in events if isinstance(event, FileDone | FileFailed)]


def result_names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


RESULT_NAMES = ["a_x2.png", "b_x2.jpg", "deep/c d_x2.bmp", "deep/猫 é_x2.webp"]


def test_new_images_in_subfolders_are_processed_once(batch_source, watch_folder, texture, tmp_path):
    job = watch_folder()
    assert Counter(kind for _name, kind in finished_files(until_idle(job))) == {FileDone: 4, FileFailed: 2}
    assert result_names(tmp_path / "out") == RESULT_NAMES
    (batch_source / "new").mkdir()
    image_files.write(Image(texture(20, 20)), batch_source / "new" / "d.png")
    events = until_idle(job)
    assert finished_files(events) == [("d.png", FileDone)]
    assert [event.index for event in events if isinstance(event, FileStarted)] == [6]
    assert result_names(tmp_path / "out") == [*RESULT_NAMES[:3], "deep/猫 é_x2.webp", "new/d_x2.png"]
    assert until_idle(job) == []
    job.close()


def test_results_equal_those_of_a_batch(batch_source, watch_folder, batch_request, drive, tmp_path):
    job = watch_folder()
    until_idle(job)
    job.close()
    drive(batch.run(batch_request(output=tmp_path / "batch")))
    for name in RESULT_NAMES:
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "batch" / name).read_bytes()


def test_a_growing_file_waits_until_it_is_complete(watch_folder, texture, encoded, tmp_path):
    (tmp_path / "in").mkdir()
    content = encoded(Image(texture(40, 60)), "a.png")
    job = watch_folder()
    for end in range(1000, len(content), len(content) // 5):
        (tmp_path / "in" / "a.png").write_bytes(content[:end])
        assert next(job) == Waiting()
        assert not [event for event in until_idle(job, looks=3) if not isinstance(event, Waiting)]
    (tmp_path / "in" / "a.png").write_bytes(content)
    assert finished_files(until_idle(job)) == [("a.png", FileDone)]
    job.close()


def test_a_file_that_was_incomplete_is_tried_again_when_it_changes(watch_folder, texture, encoded, tmp_path):
    (tmp_path / "in").mkdir()
    content = encoded(Image(texture(40, 60)), "a.png")
    job = watch_folder()
    (tmp_path / "in" / "a.png").write_bytes(content[:2000])
    assert finished_files(until_idle(job)) == [("a.png", FileFailed)]
    (tmp_path / "in" / "a.png").write_bytes(content)
    assert finished_files(until_idle(job)) == [("a.png", FileDone)]
    assert result_names(tmp_path / "out") == ["a_x2.png"]
    job.close()


def test_empty_and_unreadable_files_are_reported_after_a_delay(tmp_path, monkeypatch):
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "locked.png").write_bytes(b"x")
    monkeypatch.setattr(watch, "_is_readable", lambda path: path.name != "locked.png")
    files = [FoundFile(tmp_path, "empty.png", 0, 1), FoundFile(tmp_path, "locked.png", 1, 1)]
    complete_files = watch._CompleteFiles(2)
    assert [complete_files.take(files, now) for now in (0, 2, 59)] == [set()] * 3
    assert complete_files.take(files, 60) == set(files)
    assert complete_files.take(files, 120) == set()
    changed = replace(files[1], mtime_ns=2)
    assert complete_files.take([changed], 121) == set()
    assert complete_files.take([changed], 181) == {changed}


def test_results_next_to_sources_are_not_inputs(batch_source, watch_folder):
    job = watch_folder(output=batch_source)
    until_idle(job)
    before = result_names(batch_source)
    assert "a_x2.png" in before
    assert until_idle(job) == []
    job.close()
    job = watch_folder(output=batch_source, reprocess=True)
    until_idle(job)
    assert until_idle(job) == []
    job.close()
    assert not [path for path in result_names(batch_source) if "_x2_x2" in path]


def test_two_results_never_have_the_same_name(watch_folder, texture, tmp_path):
    """The second image arrives later, and its result would get the name of the first result."""
    from engine.imaging.codecs.formats import OutputOptions

    (tmp_path / "in").mkdir()
    job = watch_folder(save=OutputOptions("png"), if_exists="overwrite")
    image_files.write(Image(texture(20, 30)), tmp_path / "in" / "a.png")
    until_idle(job)
    image_files.write(Image(texture(30, 20)), tmp_path / "in" / "a.bmp")
    until_idle(job)
    job.close()
    assert result_names(tmp_path / "out") == ["a_x2 (2).png", "a_x2.png"]
    assert image_files.read(tmp_path / "out" / "a_x2.png").width == 60


def test_empty_folder_is_watched_and_missing_folder_is_an_error(watch_folder, batch_request, tmp_path):
    with pytest.raises(SourceUnreadable):
        next(watch_folder())
    (tmp_path / "in").mkdir()
    job = watch_folder()
    assert until_idle(job) == []
    (tmp_path / "in").rmdir()
    with pytest.raises(SourceUnreadable):
        until_idle(job)
    (tmp_path / "in").write_bytes(b"")
    with pytest.raises(SourceUnreadable):
        next(watch_folder())
    with pytest.raises(InvalidSetting):
        WatchRequest(batch_request(), 0.01)


def test_a_missing_output_folder_stops_the_watch(batch_source, watch_folder, tmp_path, monkeypatch):
    job = watch_folder()
    until_idle(job)
    image_files.write(image_files.read(batch_source / "a.png"), batch_source / "z.png")
    monkeypatch.setattr("engine.batch.failures.fatal_reason", lambda *_: "The disk is full.")
    monkeypatch.setattr(image_files, "write", lambda *_: 1 / 0)
    with pytest.raises(BatchStopped):
        until_idle(job)


def test_a_watch_locks_its_output_folder(batch_source, watch_folder, monkeypatch):
    monkeypatch.setattr(journals, "_WAIT_S", 0)
    job = watch_folder()
    next(job)
    with pytest.raises(BatchRunning):
        next(watch_folder())
    job.close()


def test_a_watch_continues_a_batch_and_retries_failures(batch_source, watch_folder, batch_request, drive, tmp_path):
    drive(batch.run(batch_request()))
    times = {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in RESULT_NAMES}
    job = watch_folder()
    events = until_idle(job)
    job.close()
    assert {name for name, _kind in finished_files(events)} == {"bad.png", "cut.png"}
    (found,) = [event for event in events if isinstance(event, ImagesFound)]
    assert report.count_states([item.outcome() for item in found.items])["skipped"] == 4
    assert {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in RESULT_NAMES} == times


@pytest.mark.parametrize("seed", range(6))
def test_interruption_at_any_event_loses_and_repeats_nothing(watch_folder, texture, tmp_path, seed):
    """Images arrive while the job is repeatedly closed after a random number of events and started again."""
    rng = random.Random(seed)
    (tmp_path / "in").mkdir()
    done = Counter()
    for number in range(6):
        image_files.write(Image(texture(40, 60, seed=number)), tmp_path / "in" / f"{number}.png")
        os.utime(tmp_path / "in" / f"{number}.png", (number, number))
        job = watch_folder()
        for _ in range(rng.randint(1, 40)):
            event = next(job)
            done.update([event.path.name] if isinstance(event, FileDone) else [])
        job.close()
    job = watch_folder()
    for name, _kind in finished_files(until_idle(job)):
        done[name] += 1
    job.close()
    assert result_names(tmp_path / "out") == [f"{number}_x2.png" for number in range(6)]
    assert max(done.values()) == 1
