"""`srcnn batch` in scripts: events, exit status, Ctrl-C and kill."""

import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine.batch.planning import LARGE_ENOUGH
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.system import memory

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path, texture):
    """Create six small images, one of them in a subfolder."""
    return write_images(tmp_path / "in", lambda number: texture(20, 30, 3, number))


@pytest.fixture
def slow_folder(tmp_path, texture):
    """Create six images that are large enough for a signal to arrive before the batch ends."""
    return write_images(tmp_path / "in", lambda number: texture(160, 240, 3, number))


def write_images(path, image):
    """Write an image six times into a new folder, once in a subfolder."""
    (path / "unter ü").mkdir(parents=True)
    for number in range(6):
        name = f"unter ü/{number}.png" if number == 5 else f"{number} 图.png"
        image_files.write(Image(image(number)), path / name)
    return path


@pytest.fixture
def srcnn(srcnn, tmp_path, one_thread):
    """Return a function that runs `srcnn batch` with a journal of its own."""
    return lambda *arguments: srcnn("batch", *arguments, "--journal", tmp_path / "state")


def start_batch(folder, output, *arguments):
    """Start a batch in a subprocess."""
    command = [sys.executable, "-m", "engine", "batch", folder, output, *arguments]
    whole = [*map(str, command), "--journal", str(output.parent / "state"), "--json"]
    return subprocess.Popen(whole, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def read_until(job, kind, times=1):
    """Read the output of a process until it contains a number of events of a kind."""
    events = []
    for text in job.stdout:
        events.append(json.loads(text))
        if sum(event["event"] == kind for event in events) == times:
            return events
    pytest.fail(job.stderr.read())


def parse_events(text):
    return [json.loads(line) for line in text.splitlines()]


def test_failure_of_the_device_is_printed_once(srcnn, folder, tmp_path, fake_driver):
    fake_driver("abort")
    status, _stdout, errors = srcnn(folder, tmp_path / "out", "--scale", "2", "--device", "vulkan")
    assert status == 0
    assert errors.count("Fake GPU (Vulkan) failed") == 1
    assert len(list((tmp_path / "out").rglob("*.png"))) == 6


def test_json_events_describe_every_image(srcnn, folder, tmp_path):
    (folder / "bad.png").write_bytes(b"bad")
    status, stdout, errors = srcnn(folder, tmp_path / "out", "--json")
    events = parse_events(stdout)
    assert (status, errors) == (1, "")
    assert events[0] == {"event": "planned", "files": 7, "queued": 7}
    kinds = [event["event"] for event in events]
    assert (kinds.count("started"), kinds.count("done"), kinds.count("failed")) == (7, 6, 1)
    assert next(event["reason"] for event in events if event["event"] == "failed").startswith(
        "bad.png can't be read. "
    )
    assert {name: events[-1][name] for name in ("event", "done", "failed", "skipped", "queued", "stopped")} == {
        "event": "finished",
        "done": 6,
        "failed": 1,
        "skipped": 0,
        "queued": 0,
        "stopped": None,
    }
    done = next(event for event in events if event["event"] == "done" and "unter" in event["source"])
    assert Path(done["output"]) == tmp_path / "out" / "unter ü" / "5_x3.png"
    assert (done["width"], done["height"]) == (90, 60)


def test_text_output_has_counts_and_reasons(srcnn, folder, tmp_path):
    (folder / "unter ü" / "bad.png").write_bytes(b"bad")
    status, stdout, errors = srcnn(folder, tmp_path / "out", "--report", tmp_path / "r.json")
    assert status == 1
    assert stdout.startswith("6 done, 1 failed in ")
    assert "unter ü/bad.png: bad.png can't be read. " in errors
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["counts"]["done"] == 6
    (folder / "unter ü" / "bad.png").unlink()
    assert srcnn(folder, tmp_path / "out")[:2][0] == 0


def test_all_options_are_applied(srcnn, folder, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "01_0 图_compact-s-x2.jpg").write_bytes(b"mine")
    options = ("--scale", 2, "--name-template", "{index:02}_{name}_{model}", "--if-exists", "skip", "--format", "JPG")
    arguments = ("--no-recursive", "--include", "*图*", "--exclude", "3*", "--strip-metadata", "--tile", 64)
    status, stdout, _ = srcnn(folder, tmp_path / "out", *options, *arguments, "--json")
    assert status == 0
    assert parse_events(stdout)[0] == {"event": "planned", "files": 4, "queued": 3}
    assert sorted(path.name[:2] for path in (tmp_path / "out").iterdir()) == ["01", "02", "03", "04"]
    image = image_files.read(tmp_path / "out" / "04_4 图_compact-s-x2.jpg")
    assert (image.width, image.height) == (60, 40)


def test_dry_run_lists_results_and_writes_nothing(srcnn, folder, tmp_path):
    status, stdout, _ = srcnn(folder, tmp_path / "out", "--dry-run", "--json")
    assert status == 0
    assert [event["event"] for event in parse_events(stdout)] == ["planned"] * 6 + ["disk space"]
    status, stdout, _ = srcnn(folder, tmp_path / "out", "--dry-run")
    assert f"{folder / '0 图.png'} -> {tmp_path / 'out' / '0 图_x3.png'}" in stdout
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("{in}/gone", "{out}"), "gone"),
        (("{in}", "{in}/0 图.png"), "0 图.png"),
        (("{in}", "{out}", "--model", "nonsense"), "nonsense"),
        (("{in}", "{out}", "--device", "abacus"), "abacus"),
        (("{in}", "{out}", "--name-template", "same"), "same"),
        (("{in}", "{out}", "--format", "gif9"), "gif9"),
        (("{in}", "{out}", "--include", "*.xyz"), "usable"),
        (("{in}", "{out}", "--report", "r.txt"), "r.txt"),
    ],
)
def test_errors_at_start_have_status_2(srcnn, folder, tmp_path, arguments, message):
    filled = [argument.replace("{in}", str(folder)).replace("{out}", str(tmp_path / "out")) for argument in arguments]
    status, stdout, errors = srcnn(*filled)
    assert (status, stdout) == (2, "")
    assert message in errors
    assert len(errors.strip().splitlines()) == 1


def test_batch_resumes_after_ctrl_c(srcnn, slow_folder, tmp_path):
    with start_batch(slow_folder, tmp_path / "out", "--self-ensemble") as job:
        read_until(job, "done")
        job.send_signal(signal.SIGINT)
        rest = job.stdout.read()
        job.wait(timeout=30)
    assert job.returncode == 130
    assert parse_events(rest)[-1]["event"] == "interrupted"
    assert not list((tmp_path / "out").rglob(".*"))
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.png")}
    status, stdout, _ = srcnn(slow_folder, tmp_path / "out", "--self-ensemble", "--json")
    events = parse_events(stdout)
    assert (status, events[-1]["event"]) == (0, "finished")
    assert (events[-1]["done"], events[-1]["skipped"]) == (6 - len(times), len(times))
    assert {path: path.stat().st_mtime_ns for path in times} == times


def test_killed_batch_resumes(srcnn, slow_folder, tmp_path):
    with start_batch(slow_folder, tmp_path / "out", "--self-ensemble") as job:
        outputs = [event["output"] for event in read_until(job, "done", 2) if event["event"] == "done"]
        job.kill()
    times = {Path(path): Path(path).stat().st_mtime_ns for path in outputs}
    status, stdout, stderr = srcnn(slow_folder, tmp_path / "out", "--self-ensemble", "--json")
    events = parse_events(stdout)
    assert status == 0, stderr
    assert events[-1]["done"] + events[-1]["skipped"] == 6
    assert not {event["output"] for event in events if event["event"] == "done"} & set(outputs)
    assert {path: path.stat().st_mtime_ns for path in times} == times
    assert len(list((tmp_path / "out").rglob("*"))) == 7


def test_events_and_report_list_metadata_that_is_not_kept(srcnn, folder, tmp_path):
    image = image_files.read(folder / "0 图.png")
    image_files.write(Image(image.pixels, comments=("by hand",), text=(("prompt", "x"),)), folder / "text.png")
    options = ("--include", "text.png", "--format", "gif", "--report", tmp_path / "r.json")
    status, stdout, _ = srcnn(folder, tmp_path / "out", *options, "--json")
    assert status == 0
    said = "This text metadata isn't kept: prompt."
    assert [event["warnings"] for event in parse_events(stdout) if event["event"] == "done"] == [[said]]
    assert json.loads((tmp_path / "r.json").read_text())["files"][0]["warnings"] == [said]
    status, _, errors = srcnn(folder, tmp_path / "again", *options)
    assert (status, f"text.png: {said}" in errors) == (0, True)


def test_output_options_of_upscale_are_accepted(srcnn, tmp_path, texture):
    """A 16-bit image with transparency becomes an 8-bit JPEG on white, with its source's time."""
    (tmp_path / "in").mkdir()
    source = tmp_path / "in" / "a.png"
    alpha = np.zeros((20, 30), np.uint16)
    image_files.write(Image(texture(20, 30, 3, 1).astype(np.uint16) * 257, alpha), source)
    os.utime(source, (1_000_000_000, 1_000_000_000))
    status, stdout, _ = srcnn(tmp_path / "in", tmp_path / "out", "--format", "jpg", "--json")
    assert status == 1
    refusal = next(event["reason"] for event in parse_events(stdout) if event["event"] == "failed")
    assert "16 bits" in refusal
    assert "8 bits per channel" in refusal
    _, _, errors = srcnn(tmp_path / "in", tmp_path / "out", "--format", "jpg")
    assert "Use --bits 8 --background white, or --format png." in errors
    options = ("--format", "jpg", "--bits", "8", "--quality", "100", "--background", "white")
    status, stdout, errors = srcnn(tmp_path / "in", tmp_path / "out", *options)
    assert status == 0, errors
    result = tmp_path / "out" / "a_x3.jpg"
    assert image_files.read(result).pixels.min() >= 254
    assert result.stat().st_mtime == 1_000_000_000
    status, _, errors = srcnn(tmp_path / "in", tmp_path / "new", *options[:-1], "paper")
    assert (status, "paper isn't a color" in errors) == (2, True)
    status, _, errors = srcnn(tmp_path / "in", tmp_path / "new", *options, "--no-keep-time")
    assert status == 0, errors
    assert (tmp_path / "new" / "a_x3.jpg").stat().st_mtime > 1_500_000_000


def test_longest_side_limits_results_and_skips_larger_images(srcnn, folder, tmp_path, texture):
    image_files.write(Image(texture(90, 40, 3, 1)), folder / "large.png")
    status, stdout, errors = srcnn(folder, tmp_path / "out", "--longest-side", "90", "--json")
    assert status == 0, errors
    events = parse_events(stdout)
    assert [event["width"] for event in events if event["event"] == "done"] == [90] * 6
    skipped = [event["reason"] for event in events if event["event"] == "skipped"]
    assert skipped == ["The image already has the requested size or is larger."]


def test_ground_truth_adds_scores_to_events_and_reports(srcnn, folder, tmp_path, texture):
    (tmp_path / "truth").mkdir()
    for number in range(5):
        image_files.write(Image(texture(60, 90, 3, number)), tmp_path / "truth" / f"{number} 图.png")
    report = tmp_path / "r.html"
    options = ("--ground-truth", tmp_path / "truth", "--report", report)
    status, stdout, _ = srcnn(folder, tmp_path / "out", *options, "--json")
    assert status == 0
    events = parse_events(stdout)
    done = [event for event in events if event["event"] == "done"]
    assert sorted(event["psnr"] is None for event in done) == [False] * 5 + [True]
    assert all(event["model"] == "compact-s-x3" and event["model_reason"] for event in done)
    assert set(events[-1]["mean"]) == {"psnr", "ssim", "bicubic_psnr", "bicubic_ssim"}
    assert report.read_text("utf-8").count("data:image/jpeg") == 18
    status, stdout, _ = srcnn(folder, tmp_path / "again", *options)
    assert "Mean: " in stdout
    status, _, errors = srcnn(folder, tmp_path / "new", "--ground-truth", tmp_path / "gone")
    assert (status, "gone can't be read" in errors) == (2, True)


def test_megapixel_limit_reduces_the_scale_factor(srcnn, folder, tmp_path, texture):
    image_files.write(Image(texture(100, 100, 3, 1)), folder / "large.png")
    image_files.write(Image(texture(80, 100, 3, 1)), folder / "limited.png")
    options = ("--scale", 3, "--max-megapixels", "0.01", "--include", "l*", "--include", "0*")
    status, stdout, errors = srcnn(folder, tmp_path / "out", *options, "--json")
    assert status == 0, errors
    events = parse_events(stdout)
    done = {Path(event["output"]).name: event for event in events if event["event"] == "done"}
    sizes = {name: (event["width"], event["height"], event["model"]) for name, event in done.items()}
    assert sizes == {"limited_x1.118.png": (111, 89, "compact-s-x2"), "0 图_x3.png": (90, 60, "compact-s-x3")}
    assert [event["reason"] for event in events if event["event"] == "skipped"] == [LARGE_ENOUGH]
    status, _, errors = srcnn(folder, tmp_path / "out", "--max-megapixels", "0")
    assert (status, "from 0.01 to 4000 megapixels" in errors) == (2, True)


def test_killed_archive_resumes_and_reports_every_image(srcnn, slow_folder, tmp_path):
    comic = tmp_path / "comic.cbz"
    with zipfile.ZipFile(comic, "w") as archive:
        for path in sorted(slow_folder.rglob("*.png")):
            archive.write(path, path.name)
    with start_batch(comic, tmp_path / "out", "--self-ensemble") as job:
        done = [event["source"] for event in read_until(job, "done", 2) if event["event"] == "done"]
        job.kill()
    assert not (tmp_path / "out" / "comic.cbz").exists()
    status, stdout, stderr = srcnn(comic, tmp_path / "out", "--self-ensemble", "--json")
    events = parse_events(stdout)
    assert status == 0, stderr
    assert not {event["source"] for event in events if event["event"] == "done"} & set(done)
    assert events[-1]["done"] + events[-1]["skipped"] == 6
    assert [event["images"] for event in events if event["event"] == "archive"] == [6]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["comic.cbz"]
    with zipfile.ZipFile(tmp_path / "out" / "comic.cbz") as archive:
        assert archive.namelist() == sorted(path.name for path in slow_folder.rglob("*.png"))


def test_dry_run_lists_results_that_cannot_be_saved(srcnn, folder, tmp_path):
    pixels = np.zeros((20, 30, 3), np.uint8)
    image_files.write(Image(pixels, np.full((20, 30), 99, np.uint8)), folder / "alpha.png")
    arguments = (folder, tmp_path / "out", "--dry-run", "--format", "jpg")
    status, stdout, _ = srcnn(*arguments, "--json")
    assert status == 1
    (event,) = [event for event in parse_events(stdout) if event["event"] == "failed"]
    assert event["source"] == str(folder / "alpha.png")
    assert "--background white" in event["reason"]
    assert f"{folder / 'alpha.png'}: " in srcnn(*arguments)[1]


def test_too_little_disk_space_is_an_error_with_numbers(srcnn, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "free_disk_space", lambda _folder: 1000)
    for options in ((), ("--dry-run",)):
        status, _, errors = srcnn(folder, tmp_path / "out", "--format", "bmp", *options)
        assert (status, "need at least 1 MB, but the disk of " in errors) == (2, True)
    assert not (tmp_path / "out").exists()


def test_thread_limit_and_priority_apply_to_the_process(folder, tmp_path):
    program = (
        "import os, sys, torch; from engine.inference import device; from engine.cli import batch;"
        "batch._limit_cpu(1, low_priority=True);"
        "print(device.thread_count(), torch.get_num_threads(), os.getpriority(os.PRIO_PROCESS, 0))"
    )
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["1", "1", "15"]


def test_invalid_thread_count_is_an_error(srcnn, folder, tmp_path):
    status, _, errors = srcnn(folder, tmp_path / "out", "--threads", 0)
    assert (status, "from 1 to 1024" in errors) == (2, True)
