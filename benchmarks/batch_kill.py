"""Stress test for resuming: a batch of 1,000 small images is killed at random times and resumed.

    python benchmarks/batch_kill.py [--images 1000] [--kills 20] [--seed 0]

At the end, each valid image must have one result, which equals the result of upscaling the image alone. Each damaged
image must be reported with the reason. No finished image may be upscaled again, and no temporary file may be left. If
a check fails, the exit status is 1.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from engine.models import catalog
from engine.upscaling import job
from engine.upscaling.request import UpscaleRequest

ROOT = Path(__file__).parents[1]
KINDS = (("png", "L"), ("png", "RGB"), ("jpg", "RGB"), ("bmp", "RGB"), ("tif", "L"), ("webp", "RGB"), ("png", "P"))
FOLDERS = ("", "Été/", "Hiver/猫 写真/", "a/b/c/d/", "# 100 %/", "Зима/😀/")
OTHER_FILES = ("._0.png", ".DS_Store", "Thumbs.db", "notes.txt", ".hidden/0.png")


def main() -> None:
    """Create the images, run and kill the batch, and check the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    with tempfile.TemporaryDirectory(prefix="srcnn-kill-") as name:
        folder = Path(name)
        good, bad = make_images(folder / "in", args.images, args.seed)
        print(f"{len(good)} valid images, {len(bad)} damaged ones, {len(OTHER_FILES)} other files, seed {args.seed}")
        runs = run_with_kills(folder, args.kills, args.images, rng)
        sys.exit(0 if check_results(folder, good, bad, runs) else 1)


def make_images(root: Path, count: int, seed: int) -> tuple[list[str], list[str]]:
    """Write `count` images of 20 to 60 px to nested folders, and damage 3% of them.

    Returns
    -------
    good, bad : relative paths of the valid and of the damaged images
    """
    noise = np.random.default_rng(seed)
    good, bad = [], []
    for number in range(count):
        extension, mode = KINDS[number % len(KINDS)]
        path = root / f"{FOLDERS[number // 7 % len(FOLDERS)]}{number:04} ü.{extension}"
        path.parent.mkdir(parents=True, exist_ok=True)
        height, width = noise.integers(20, 61, 2)
        pixels = noise.integers(0, 256, (height // 4 + 1, width // 4 + 1, 3), np.uint8)
        pixels = pixels.repeat(4, axis=0).repeat(4, axis=1)[:height, :width]
        buffer = BytesIO()
        Image.fromarray(pixels).convert(mode).save(buffer, {"jpg": "jpeg", "tif": "tiff"}.get(extension, extension))
        content = buffer.getvalue()
        is_damaged = number % 33 == 16
        path.write_bytes(content[: len(content) // 3] if is_damaged else content)
        (bad if is_damaged else good).append(path.relative_to(root).as_posix())
    for other_file in OTHER_FILES:
        (root / other_file).parent.mkdir(exist_ok=True)
        (root / other_file).write_bytes(b"junk")
    return good, bad


def run_with_kills(folder: Path, kills: int, count: int, rng: random.Random) -> list[list[dict[str, object]]]:
    """Run the batch `kills` times until it is killed, and once to the end. Return the events of each run."""
    runs = []
    for number in range(kills + 1):
        last = number == kills
        # Mostly after some images, and sometimes while the batch starts, lists and plans.
        images = None if last or number % 5 == 4 else rng.randint(0, 2 * count // (kills + 1))
        seconds = rng.uniform(1.0, 4.0) if number % 5 == 4 and not last else None
        events = run_batch(folder, images, seconds, rng)
        runs.append(events)
        kinds = Counter(str(event["event"]) for event in events)
        print(f"run {number + 1}: {'to the end' if last else 'killed'}, {dict(kinds)}", flush=True)
    return runs


def run_batch(folder: Path, images: int | None, seconds: float | None, rng: random.Random) -> list[dict[str, object]]:
    """Run the batch, kill it after a number of images or seconds if given, and return the events."""
    command = [sys.executable, "-m", "engine", "batch", folder / "in", folder / "out", "--scale", "2", "--json"]
    rest = ["--device", "cpu", "--journal", folder / "state", "--report", folder / "report.json"]
    events: list[dict[str, object]] = []
    with subprocess.Popen(
        [*map(str, command + rest)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as run:
        if seconds is not None:
            time.sleep(seconds)
            run.kill()
        assert run.stdout is not None
        done = 0
        for line in run.stdout:
            events.append(json.loads(line))
            done += events[-1]["event"] == "done"
            if images is not None and done >= images and events[-1]["event"] in ("started", "done"):
                time.sleep(rng.uniform(0, 0.05))
                run.kill()
                images = None
    return events


def check_results(folder: Path, good: list[str], bad: list[str], runs: list[list[dict[str, object]]]) -> bool:
    """Print the result of each check of the batch, and return whether all checks pass."""
    result = Counter(event["source"] for events in runs for event in events if event["event"] == "done")
    started = Counter(event["source"] for events in runs for event in events if event["event"] == "started")
    settled = [event for events in runs for event in events if event["event"] in ("done", "failed")]
    good_sources = {str(folder / "in" / path) for path in good}
    repeated = sum(started[source] - 1 for source in good_sources if started[source])
    report = json.loads((folder / "report.json").read_text("utf-8"))
    reasons = {one["source"]: one["reason"] for one in report["files"] if one["state"] == "failed"}
    outputs = sorted(
        path.relative_to(folder / "out").as_posix() for path in (folder / "out").rglob("*") if path.is_file()
    )
    expected = sorted(result_path(path) for path in good)
    alike = [equals_single_result(folder, path) for path in good if result_path(path) in set(outputs)]
    findings = {
        "each valid image has one result, and there is no other file": outputs == expected,
        "each result equals that of a single run": len(alike) == len(good) and all(alike),
        "no finished image was upscaled again": not [source for source, times in result.items() if times > 1],
        "each damaged image is listed with its reason": set(reasons) == {str(folder / "in" / path) for path in bad}
        and all(reasons.values()),
        "no temporary file is left": not list(folder.rglob("*.part")),
    }
    print(f"{len(settled)} results and failures in total; {repeated} images restarted after {len(runs) - 1} kills")
    for finding, is_so in findings.items():
        print(f"{'yes' if is_so else 'NO '}  {finding}")
    return all(findings.values())


def result_path(path: str) -> str:
    """Return the path of the result for the path of an input image."""
    stem, _, extension = path.rpartition(".")
    return f"{stem}_x2.{extension}"


def equals_single_result(folder: Path, path: str) -> bool:
    """Return whether the batch result for an image equals the result of upscaling the image alone."""
    separate = folder / f"alone{Path(path).suffix}"
    request = UpscaleRequest(catalog.default_model(2), "cpu", compare=False)
    for _event in job.upscale_file(folder / "in" / path, separate, request):
        pass
    return separate.read_bytes() == (folder / "out" / result_path(path)).read_bytes()


if __name__ == "__main__":
    main()
