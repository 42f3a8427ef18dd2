"""A batch run by several processes under torchrun."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.batch import job as batch
from engine.batch import journal as journals
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.inference.process_group import ProcessGroup
from engine.upscaling import job as upscale_job

ROOT = Path(__file__).parents[3]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def test_results_of_lost_process_are_recognized(batch_source, batch_request, drive, one_thread):
    request = batch_request()
    plan = batch.plan(request)
    theirs = next(item for item in plan.items if not ProcessGroup(0, 2).owns(item.file.path))
    with journals.Journal(journals.journal_path(request.journal_folder, request.output), request.output) as journal:
        journal.write(
            batch._main_row(item.to_journal_row(plan.settings_digest), ProcessGroup(0, 2), item.file.path)
            for item in plan.items
        )
    theirs.output.parent.mkdir(parents=True, exist_ok=True)
    drive(upscale_job.upscale_file(theirs.file.source, theirs.output, request.upscale))
    when = theirs.output.stat().st_mtime_ns
    _, result = drive(batch.run(request))
    assert {one.source: one.state for one in result.outcomes}[theirs.file.source] == "skipped"
    assert theirs.output.stat().st_mtime_ns == when


@pytest.fixture
def folder(tmp_path, texture):
    path = tmp_path / "in"
    path.mkdir()
    for number in range(12):
        image_files.write(Image(texture(20, 30, 3, number)), path / f"{number}.png")
    (path / "bad.png").write_bytes(b"bad")
    return path


def run_two_processes(folder, *arguments):
    command = [*TORCHRUN, "-m", "engine", "batch", folder, folder.parent / "out", "--device", "cpu", "--json"]
    whole = [*map(str, command), "--journal", str(folder.parent / "state"), *arguments]
    return subprocess.Popen(whole, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_two_processes_divide_a_batch(folder, tmp_path):
    report = tmp_path / "r.json"
    with run_two_processes(folder, "--report", str(report)) as job:
        output, errors = job.communicate(timeout=120)
    events = [json.loads(line) for line in output.splitlines()]
    assert job.returncode == 1, errors  # of the bad one
    assert (events[-1]["event"], events[-1]["done"], events[-1]["failed"]) == ("finished", 12, 1)
    own = sum(event["event"] == "done" for event in events)
    assert 0 < own < 12
    rows = json.loads(report.read_text("utf-8"))
    assert rows["counts"] == {"done": 12, "skipped": 0, "failed": 1, "queued": 0}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(f"{n}_x3.png" for n in range(12))
    alone = subprocess.run(
        [sys.executable, "-m", "engine", "batch", folder, tmp_path / "out", "--journal", tmp_path / "state", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    last = json.loads(alone.stdout.splitlines()[-1])
    assert (last["done"], last["skipped"], last["failed"]) == (0, 12, 1)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the processes are found through /proc")
def test_lost_process_ends_batch_and_batch_resumes(folder, tmp_path):
    (folder / "bad.png").unlink()
    with run_two_processes(folder, "--self-ensemble", "--model", "9-5-5") as job:
        for line in job.stdout:
            if json.loads(line)["event"] == "done":
                break
        other = int(Path(f"/proc/{job.pid}/task/{job.pid}/children").read_text().split()[-1])
        os.kill(other, signal.SIGKILL)
        _, errors = job.communicate(timeout=120)
    assert job.returncode != 0, errors
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*.png")}
    with run_two_processes(folder, "--self-ensemble", "--model", "9-5-5") as job:
        output, errors = job.communicate(timeout=120)
    last = json.loads(output.splitlines()[-1])
    assert (last["event"], last["done"] + last["skipped"], last["failed"]) == ("finished", 12, 0), errors
    assert last["skipped"] >= len(times) > 0
    assert {path: path.stat().st_mtime_ns for path in times} == times
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(f"{n}_x3.png" for n in range(12))
