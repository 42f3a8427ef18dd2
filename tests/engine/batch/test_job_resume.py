"""Interrupted batches resume, and changed images are processed again."""

import errno
import os
import time
from dataclasses import replace
from threading import Event

import pytest

from engine.batch import disk_space, failures, io_pipeline, report
from engine.batch import job as batch
from engine.batch import journal as journals
from engine.batch.events import FileDone, FileStarted
from engine.datasets.events import FileFailed
from engine.imaging.codecs import encoding, image_files
from engine.imaging.codecs.formats import OutputOptions
from engine.imaging.codecs.image_files import Image
from engine.system import files, memory
from engine.upscaling.events import TileDone
from engine.upscaling.request import UpscaleRequest

pytestmark = pytest.mark.usefixtures("one_thread")


def file_states(result):
    return {outcome.source.name: outcome.state for outcome in result.outcomes}


def result_names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


RESULT_NAMES = ["a_x2.png", "b_x2.jpg", "deep/c d_x2.bmp", "deep/猫 é_x2.webp"]


def test_second_run_retries_failed_images_only(batch_source, batch_request, drive, tmp_path):
    drive(batch.run(batch_request()))
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    (batch_source / "bad.png").write_bytes((batch_source / "a.png").read_bytes())
    events, result = drive(batch.run(batch_request()))
    assert [event.path.name for event in events if isinstance(event, FileStarted)] == ["bad.png", "cut.png"]
    assert report.count_states(result.outcomes) == {"done": 1, "skipped": 4, "failed": 1, "queued": 0}
    assert {path: path.stat().st_mtime_ns for path in before if path.is_file()} == {
        path: when for path, when in before.items() if path.is_file()
    }


def test_changed_source_or_setting_is_processed_again(
    batch_source, batch_request, drive, tmp_path, texture, tiny_model
):
    drive(batch.run(batch_request()))
    first = (tmp_path / "out" / "a_x2.png").read_bytes()
    os.utime(batch_source / "b.jpg", (1, 1))  # touched, not changed
    image_files.write(Image(texture(20, 30, 3, 9)), batch_source / "a.png")
    _, result = drive(batch.run(batch_request()))
    assert file_states(result) | {"bad.png": "", "cut.png": ""} == {
        "a.png": "done",
        "b.jpg": "skipped",
        "c d.bmp": "skipped",
        "猫 é.webp": "skipped",
        "bad.png": "",
        "cut.png": "",
    }
    assert (tmp_path / "out" / "a_x2.png").read_bytes() != first
    other = UpscaleRequest(tiny_model(seed=5), device="cpu", tile=32)
    _, result = drive(batch.run(batch_request(upscale=other)))
    assert report.count_states(result.outcomes)["done"] == 4
    assert "a_x2 (2).png" in result_names(tmp_path / "out")
    _, result = drive(batch.run(batch_request(upscale=other, reprocess=True)))
    assert report.count_states(result.outcomes)["done"] == 4
    assert len(result_names(tmp_path / "out")) == 8


def test_missing_or_changed_result_is_written_again(batch_source, batch_request, drive, tmp_path):
    drive(batch.run(batch_request()))
    (tmp_path / "out" / "a_x2.png").unlink()
    (tmp_path / "out" / "b_x2.jpg").write_bytes(b"mine now")
    _, result = drive(batch.run(batch_request()))
    assert report.count_states(result.outcomes)["done"] == 2
    assert result_names(tmp_path / "out") == sorted([*RESULT_NAMES, "b_x2 (2).jpg"])
    assert (tmp_path / "out" / "b_x2.jpg").read_bytes() == b"mine now"


def test_closed_batch_leaves_complete_results_and_resumes(batch_source, batch_request, drive, tmp_path):
    job = batch.run(batch_request())
    for event in job:
        if isinstance(event, TileDone) and result_names(tmp_path / "out"):
            break
    job.close()
    result_files = result_names(tmp_path / "out")
    assert result_files
    assert len(result_files) < 4
    assert not list((tmp_path / "out").rglob(".*"))
    _, result = drive(batch.run(batch_request()))
    assert report.count_states(result.outcomes) == {
        "done": 4 - len(result_files),
        "skipped": len(result_files),
        "failed": 2,
        "queued": 0,
    }
    assert result_names(tmp_path / "out") == RESULT_NAMES


def test_full_disk_stops_batch(batch_source, batch_request, drive, tmp_path, monkeypatch):
    write, written = image_files.write, []

    def until_full(image, path, *options):
        if written:
            monkeypatch.setattr(files.os, "fsync", no_space)
        written.append(path)
        write(image, path, *options)

    def no_space(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(io_pipeline.image_files, "write", until_full)
    _, result = drive(batch.run(batch_request()))
    monkeypatch.undo()
    assert str(result.stopped) == (
        "The batch stopped at b.jpg. The disk is full. Free up some space. Finished results are kept. "
        "Start the batch again to process the remaining images."
    )
    counts = report.count_states(result.outcomes)
    assert (counts["done"], counts["done"] + counts["queued"] + counts["failed"]) == (1, 6)
    assert result_names(tmp_path / "out") == ["a_x2.png"]
    _, result = drive(batch.run(batch_request()))
    assert result_names(tmp_path / "out") == RESULT_NAMES
    assert file_states(result)["a.png"] == "skipped"


def test_missing_source_folder_stops_batch(batch_source, batch_request, drive, tmp_path):
    job = batch.run(batch_request())
    for event in job:
        if isinstance(event, FileStarted):
            batch_source.rename(tmp_path / "unplugged")
            break
    _, result = drive(job)
    assert "no longer exists" in str(result.stopped)


def test_temporary_files_of_killed_write_are_removed(batch_source, batch_request, drive, tmp_path):
    request = batch_request()
    plan = batch.plan(request)
    first = plan.items[0]
    out = tmp_path / "out"
    out.mkdir()
    row = replace(first.to_journal_row(plan.settings_digest), state="writing")
    with journals.Journal(journals.journal_path(request.journal_folder, request.output), request.output) as journal:
        journal.write([row])
    part = out / f"{files._prefix('a_x2.png')}abc.part"
    other = out / f"{files._prefix('other.png')}abc.part"
    part.write_bytes(b"half")
    other.write_bytes(b"somebody is writing this")
    drive(batch.run(request))
    assert result_names(out) == sorted([*RESULT_NAMES, other.name])


def test_complete_result_of_killed_run_is_kept(batch_source, batch_request, drive, tmp_path):
    request = batch_request()
    drive(batch.run(request))
    path = journals.journal_path(request.journal_folder, request.output)
    with journals.Journal(path, request.output) as journal:
        journal.write([replace(row, state="writing") for row in journal.rows().values() if row.path == "a.png"])
    _, result = drive(batch.run(request))
    assert file_states(result)["a.png"] == "skipped"
    with journals.Journal(path, request.output) as journal:
        assert {row.state for row in journal.rows().values()} == {"done", "failed"}


def test_planned_names_do_not_change(batch_source, batch_request, drive, tmp_path):
    request = batch_request(template="{index:02}_{name}")
    job = batch.run(request)
    for event in job:
        if isinstance(event, FileDone):
            break
    job.close()
    image_files.write(image_files.read(batch_source / "a.png"), batch_source / "0 new.png")
    drive(batch.run(request))
    assert result_names(tmp_path / "out") == [
        "01_0 new.png",
        "01_a.png",
        "02_b.jpg",
        "deep/05_c d.bmp",
        "deep/06_猫 é.webp",
    ]


def test_low_disk_space_stops_batch(batch_source, batch_request, drive, monkeypatch, plain_sentence):
    monkeypatch.setattr(disk_space, "check_space", lambda *_: None)  # the space becomes low after the start
    monkeypatch.setattr(memory, "free_disk_space", lambda _: 100)
    events, result = drive(batch.run(batch_request()))
    assert str(result.stopped).startswith("The batch stopped at a.png. The disk doesn't have enough free space")
    assert not [event for event in events if isinstance(event, TileDone | FileFailed)]
    assert report.count_states(result.outcomes) == {"done": 0, "skipped": 0, "failed": 0, "queued": 6}


def test_image_too_large_for_disk_stops_no_others(batch_source, batch_request, drive, texture, tmp_path, monkeypatch):
    image_files.write(Image(texture(60, 90)), batch_source / "aa.png")
    free = round(2.5 * 40 * 60 * 3)
    monkeypatch.setattr(disk_space, "check_space", lambda *_: None)
    monkeypatch.setattr(memory, "free_disk_space", lambda _: free)
    monkeypatch.setattr(failures, "_MIN_FREE_BYTES", free)
    events, result = drive(batch.run(batch_request(save=OutputOptions("bmp"), include=("a*.png", "b.jpg"))))
    assert result.stopped is None
    assert file_states(result) == {"a.png": "done", "aa.png": "failed", "b.jpg": "done"}
    (said,) = [str(event.error) for event in events if isinstance(event, FileFailed)]
    assert said.startswith("aa_x2.bmp can't be written. The file needs at least ")


def test_slow_write_is_abandoned_on_close(batch_source, batch_request, drive, tmp_path, monkeypatch):
    encode, closed, ended = encoding.encode, Event(), Event()

    def write_slowly(image, name, file, options):
        encode(image, name, file, options)
        assert closed.wait(30)

    def watched(path, content, check):
        try:
            write_atomically(path, content, check)
        finally:
            ended.set()

    write_atomically = image_files.write_atomically
    monkeypatch.setattr(encoding, "encode", write_slowly)
    monkeypatch.setattr(image_files, "write_atomically", watched)
    monkeypatch.setattr(io_pipeline, "_CANCEL_TIMEOUT_S", 0.01)
    job = batch.run(batch_request())
    next(event for event in job if isinstance(event, FileStarted) and event.index == 1)
    next(job)
    job.close()  # does not wait for the first result
    closed.set()
    assert ended.wait(30)
    assert result_names(tmp_path / "out") == []
    monkeypatch.undo()
    drive(batch.run(batch_request()))
    assert result_names(tmp_path / "out") == RESULT_NAMES


def test_slow_write_is_finished_when_batch_stops(batch_source, batch_request, drive, tmp_path, monkeypatch):
    encode, check_savable, stopping = encoding.encode, image_files.check_savable, Event()

    def write_slowly(image, name, file, options):
        assert stopping.wait(30)
        time.sleep(0.1)  # longer than a person who cancels would wait
        encode(image, name, file, options)

    def full(image, path, *options, **more):
        if path.name.startswith("b"):
            stopping.set()
            raise OSError(errno.ENOSPC, "No space left on device")
        return check_savable(image, path, *options, **more)

    monkeypatch.setattr(encoding, "encode", write_slowly)
    monkeypatch.setattr(image_files, "check_savable", full)
    monkeypatch.setattr(io_pipeline, "_CANCEL_TIMEOUT_S", 0.01)
    _, result = drive(batch.run(batch_request()))
    assert "disk is full" in str(result.stopped)
    assert file_states(result)["a.png"] == "done"
    assert result_names(tmp_path / "out") == ["a_x2.png"]


def test_slow_write_is_finished_on_interrupt(batch_source, batch_request, drive, tmp_path, monkeypatch):
    encode, interrupted = encoding.encode, Event()

    def write_slowly(image, name, file, options):
        assert interrupted.wait(30)
        time.sleep(0.1)
        encode(image, name, file, options)

    def interrupt(_image, path, *_options, **_more):
        if path.name.startswith("b"):
            interrupted.set()
            raise KeyboardInterrupt
        return ()

    monkeypatch.setattr(encoding, "encode", write_slowly)
    monkeypatch.setattr(image_files, "check_savable", interrupt)
    monkeypatch.setattr(io_pipeline, "_CANCEL_TIMEOUT_S", 0.01)
    with pytest.raises(KeyboardInterrupt):
        drive(batch.run(batch_request()))
    assert result_names(tmp_path / "out") == ["a_x2.png"]
    monkeypatch.undo()
    _, result = drive(batch.run(batch_request()))
    assert file_states(result)["a.png"] == "skipped"
