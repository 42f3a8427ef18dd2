"""`srcnn watch` in scripts: events, Ctrl-C, and kills at random moments."""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path, texture):
    """Create a folder with two images and a damaged one."""
    path = tmp_path / "in"
    path.mkdir()
    for number in range(2):
        image_files.write(Image(texture(20, 30, seed=number)), path / f"{number} 图.png")
    (path / "bad.png").write_bytes(b"no image")
    return path


def start_watch(folder, *options):
    """Start a watch in a subprocess."""
    output, state = folder.parent / "out", folder.parent / "state"
    command = [sys.executable, "-m", "engine", "watch", folder, output, "--journal", state, "--interval", 0.2]
    return subprocess.Popen(
        [*map(str, (*command, *options, "--device", "cpu"))],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read_events(job, kinds):
    """Read events until all kinds in `kinds` have arrived. A kind that is listed twice must arrive twice."""
    events, missing = [], Counter(kinds)
    for line in job.stdout:
        events.append(json.loads(line))
        missing.subtract([events[-1]["event"]])
        if not +missing:
            return events
    pytest.fail(job.stderr.read())


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_a_watch_with_a_summary(folder, texture, tmp_path, signal_number):
    with start_watch(folder, "--json", "--report", tmp_path / "r.json") as job:
        read_events(job, ["done", "done", "failed", "waiting"])
        image_files.write(Image(texture(30, 30)), folder / "later.png")
        events = read_events(job, ["done", "waiting"])
        assert [event["source"] for event in events if event["event"] == "done"] == [str(folder / "later.png")]
        job.send_signal(signal_number)
        rest, errors = job.communicate(timeout=60)
    last = json.loads(rest.splitlines()[-1])
    assert (last["event"], last["done"], last["failed"]) == ("finished", 3, 1)
    assert job.returncode == 1, errors
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["counts"]["done"] == 3
    (folder / "bad.png").unlink()
    with start_watch(folder) as job:
        while not job.stderr.readline().startswith("0 of 3"):
            pass
        job.send_signal(signal_number)
        printed, errors = job.communicate(timeout=60)
    assert (job.returncode, printed[:10]) == (0, "3 skipped "), errors


def test_killed_watch_processes_each_image_once(folder, texture, tmp_path):
    rng = random.Random(0)
    done = Counter()
    for run in range(6):
        for number in range(3):
            image_files.write(Image(texture(60, 90, seed=number)), folder / f"{run}-{number}.png")
        with start_watch(folder, "--json", "--self-ensemble") as job:
            if run < 5:
                events = read_events(job, [rng.choice(["planned", "started", "done"])])
                time.sleep(rng.uniform(0, 0.2))
                job.kill()
                events += [json.loads(line) for line in job.stdout if line.endswith("\n")]
            else:
                events = read_events(job, ["waiting", "planned", "waiting"])
                assert Counter(event["event"] for event in events)["waiting"] == 2
                job.send_signal(signal.SIGINT)
                job.communicate(timeout=60)
        done.update(event["source"] for event in events if event["event"] == "done")
    names = sorted(path.name for path in folder.iterdir() if path.name != "bad.png")
    made = sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert made == sorted(name.replace(".png", "_x3.png") for name in names)
    assert max(done.values()) == 1


def test_errors_at_start_have_status_2(srcnn, folder, tmp_path):
    for arguments, says in (
        ((tmp_path / "gone", tmp_path / "out"), "gone"),
        ((folder / "bad.png", tmp_path / "out"), "a file, not a folder"),
        ((folder, tmp_path / "out", "--interval", "0"), "0.1 to 3600"),
        ((folder, tmp_path / "out", "--report", "r.txt"), "r.txt"),
    ):
        status, printed, errors = srcnn("watch", *arguments, "--journal", tmp_path / "state")
        assert (status, printed) == (2, "")
        assert says in errors
