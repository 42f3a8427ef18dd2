"""Kill a batch again and again: 1,000 small pictures of all kinds, SIGKILL at random moments, resumed each time.

    python benchmarks/batch_kill.py [--pictures 1000] [--kills 20] [--seed 0]

At the end every good picture must be there once and byte for byte as a single run makes it, every bad one must be
listed with its reason, nothing that was finished may have been made again, and no temporary file may be left. Exit
status 1 if anything of this is not so.
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
JUNK = ("._0.png", ".DS_Store", "Thumbs.db", "notes.txt", ".hidden/0.png")


def main() -> None:
    """Make the pictures, kill, resume, judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    rng = random.Random(asked.seed)
    with tempfile.TemporaryDirectory(prefix="srcnn-kill-") as name:
        folder = Path(name)
        good, bad = make_pictures(folder / "in", asked.pictures, asked.seed)
        print(f"{len(good)} good pictures, {len(bad)} bad ones, {len(JUNK)} files of junk, seed {asked.seed}")
        runs = killed_runs(folder, asked.kills, asked.pictures, rng)
        sys.exit(0 if judge(folder, good, bad, runs) else 1)


def make_pictures(root: Path, count: int, seed: int) -> tuple[list[str], list[str]]:
    """`count` pictures of 20 to 60 px in nested folders, three in a hundred damaged: the good paths, the bad ones."""
    noise = np.random.default_rng(seed)
    good, bad = [], []
    for number in range(count):
        ending, mode = KINDS[number % len(KINDS)]
        path = root / f"{FOLDERS[number // 7 % len(FOLDERS)]}{number:04} ü.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        height, width = noise.integers(20, 61, 2)
        pixels = noise.integers(0, 256, (height // 4 + 1, width // 4 + 1, 3), np.uint8)
        pixels = pixels.repeat(4, axis=0).repeat(4, axis=1)[:height, :width]
        buffer = BytesIO()
        Image.fromarray(pixels).convert(mode).save(buffer, {"jpg": "jpeg", "tif": "tiff"}.get(ending, ending))
        content = buffer.getvalue()
        spoilt = number % 33 == 16
        path.write_bytes(content[: len(content) // 3] if spoilt else content)
        (bad if spoilt else good).append(path.relative_to(root).as_posix())
    for junk in JUNK:
        (root / junk).parent.mkdir(exist_ok=True)
        (root / junk).write_bytes(b"junk")
    return good, bad


def killed_runs(folder: Path, kills: int, count: int, rng: random.Random) -> list[list[dict[str, object]]]:
    """Run the batch until nobody kills it any more: what each run said."""
    runs = []
    for number in range(kills + 1):
        last = number == kills
        # Mostly after some pictures, sometimes while it starts, lists and plans.
        pictures = None if last or number % 5 == 4 else rng.randint(0, 2 * count // (kills + 1))
        seconds = rng.uniform(1.0, 4.0) if number % 5 == 4 and not last else None
        events = one_run(folder, pictures, seconds, rng)
        runs.append(events)
        kinds = Counter(str(event["event"]) for event in events)
        print(f"run {number + 1}: {'to the end' if last else 'killed'}, {dict(kinds)}", flush=True)
    return runs


def one_run(folder: Path, pictures: int | None, seconds: float | None, rng: random.Random) -> list[dict[str, object]]:
    """A run, killed after so many results or so many seconds, or not at all."""
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
            if pictures is not None and done >= pictures and events[-1]["event"] in ("begun", "done"):
                time.sleep(rng.uniform(0, 0.05))
                run.kill()
                pictures = None
    return events


def judge(folder: Path, good: list[str], bad: list[str], runs: list[list[dict[str, object]]]) -> bool:
    """Print what is so and what is not; whether all is."""
    told = Counter(event["source"] for events in runs for event in events if event["event"] == "done")
    begun = Counter(event["source"] for events in runs for event in events if event["event"] == "begun")
    settled = [event for events in runs for event in events if event["event"] in ("done", "failed")]
    good_sources = {str(folder / "in" / path) for path in good}
    again = sum(begun[source] - 1 for source in good_sources if begun[source])
    report = json.loads((folder / "report.json").read_text("utf-8"))
    reasons = {one["source"]: one["reason"] for one in report["files"] if one["state"] == "failed"}
    there = sorted(
        path.relative_to(folder / "out").as_posix() for path in (folder / "out").rglob("*") if path.is_file()
    )
    wanted = sorted(result_of(path) for path in good)
    alike = [same_as_single(folder, path) for path in good if result_of(path) in set(there)]
    findings = {
        "every good picture is there once, and nothing else": there == wanted,
        "each is byte for byte what a single run makes": len(alike) == len(good) and all(alike),
        "nothing finished was made again": not [source for source, times in told.items() if times > 1],
        "every bad one is listed with its reason": set(reasons) == {str(folder / "in" / path) for path in bad}
        and all(reasons.values()),
        "no temporary file is left": not list(folder.rglob("*.part")),
    }
    print(f"{len(settled)} results and failures told in all; {again} pictures begun again, over {len(runs) - 1} kills")
    for finding, is_so in findings.items():
        print(f"{'yes' if is_so else 'NO '}  {finding}")
    return all(findings.values())


def result_of(path: str) -> str:
    """What the result of a picture is called."""
    stem, _, ending = path.rpartition(".")
    return f"{stem}_x2.{ending}"


def same_as_single(folder: Path, path: str) -> bool:
    """Whether a result of the batch is what enlarging that picture alone gives."""
    alone = folder / f"alone{Path(path).suffix}"
    request = UpscaleRequest(catalog.default_for(2), "cpu", compare=False)
    for _event in job.enlarge_file(folder / "in" / path, alone, request):
        pass
    return alone.read_bytes() == (folder / "out" / result_of(path)).read_bytes()


if __name__ == "__main__":
    main()
