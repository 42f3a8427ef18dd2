"""Fuzz test of the codecs: reading a damaged file must return an image or raise an EngineError.

python -m benchmarks.fuzz --cases 20000

Each case modifies a valid file: bytes are flipped, removed, repeated or replaced with extreme values. If the file can
be read, the image is written in a random format. The number of the case is the seed of the random generator. The cases
run in worker processes with time and memory limits. A worker that crashes or hangs is counted and restarted. `--case
N` runs a single case for debugging.
"""

import argparse
import json
import selectors
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np

from benchmarks import formats
from engine.errors import EngineError
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from tests import corpus

try:
    import resource
except ImportError:  # Windows cannot limit the address space
    resource = None  # type: ignore[assignment]

MAX_WRITTEN_PX = 1_000_000  # larger images are only read


def valid_files() -> list[tuple[str, bytes]]:
    """Return (name, content) of valid files of all formats in docs/formats.md.

    Each image is included with and without metadata.
    """
    files = list(corpus.read_only_formats().values())
    for name in formats.FILE_NAMES:
        for image in corpus.images_by_mode().values():
            for variant in (image, _with_everything(image), replace(image, color_space=formats.DISPLAY_P3)):
                try:
                    files.append((name, corpus.encode_image(variant, name)))
                except EngineError:
                    continue
    return files


def _with_everything(image: Image) -> Image:
    channels = image.pixels.shape[2]
    added = {"icc": corpus.profile(channels), "exif": corpus.camera_exif(6), "xmp": corpus.XMP, "dpi": (300.0, 300.0)}
    added |= {"text": (("Comment", "made here"),), "comments": ("one", "two"), "photoshop": formats.IPTC}
    return Image(**{**image.__dict__, **added})


def run_case(seed: int, files: list[tuple[str, bytes]], folder: Path) -> str:
    """Read a damaged file, write the image, and return the outcome, such as "read and written"."""
    rng = np.random.default_rng(seed)
    name, content = files[int(rng.integers(0, len(files)))]
    damaged = corpus.mutated(content, files[int(rng.integers(0, len(files)))][1], rng)
    try:
        image = image_files.decode(damaged, name)
        _check(image)
        if image.pixels.size > MAX_WRITTEN_PX:
            return "read"
        target = folder / str(rng.choice(formats.FILE_NAMES))
        image_files.write(image, target)
        target.unlink()
    except EngineError as error:
        message = str(error)
        if not message.endswith(".") or "\n" in message:
            return f"UNTYPED: no sentence: {message!r}"
        return type(error).__name__
    except Exception as error:
        return f"UNTYPED: {type(error).__name__}: {error}"
    return "read and written"


def _check(image: Image) -> None:
    """Raise AssertionError if the shape or dtype of an image or one of its frames is invalid."""
    for frame in (image, *image.frames):
        height, width, channels = frame.pixels.shape
        assert height > 0
        assert width > 0
        assert channels in (1, 3)
        assert frame.pixels.dtype in (np.uint8, np.uint16)
        assert frame.alpha is None or (frame.alpha.shape, frame.alpha.dtype) == ((height, width), frame.pixels.dtype)


def run_cases(first: int, stop: int, step: int, limit_mb: int) -> None:
    """Run every `step`-th case in this process, and print a JSON line before and after each case."""
    files = valid_files()
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (limit_mb << 20, limit_mb << 20))
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, stop, step):
            print(json.dumps({"begun": seed}), flush=True)
            start_time = time.monotonic()
            result = run_case(seed, files, Path(folder))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 if resource is not None else 0
            print(
                json.dumps({"done": seed, "told": result, "s": time.monotonic() - start_time, "mb": peak}), flush=True
            )


class Worker:
    """Worker process that runs every `step`-th case, and can be restarted after a crash."""

    def __init__(self, first: int, stop: int, step: int, limit_mb: int) -> None:
        self._stop, self._step, self._limit = stop, step, limit_mb
        self.next, self.current, self.start_time = first, None, time.monotonic()  # type: ignore[var-annotated]
        self.start()

    def start(self) -> None:
        """Start the process at the next case."""
        span = [str(number) for number in (self.next, self._stop, self._step)]
        command = [sys.executable, "-m", "benchmarks.fuzz", "--work", *span, "--limit-mb", str(self._limit)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.current, self.start_time = None, time.monotonic()

    @property
    def stdout(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def handle_line(self, line: str) -> dict[str, object] | None:
        """Process an output line of the worker.

        Return the result of a case, or None if the case has just started.
        """
        result: dict[str, object] = json.loads(line)
        self.start_time = time.monotonic()
        if "begun" in result:
            self.current = result["begun"]
            return None
        self.next, self.current = int(str(result["done"])) + self._step, None
        return result

    def replace(self) -> None:
        """Kill the process, and restart it at the case after the one that crashed or hung."""
        self.process.kill()
        self.process.wait()
        self.stdout.close()
        self.next += self._step
        if self.next < self._stop:
            self.start()

    @property
    def is_done(self) -> bool:
        return self.next >= self._stop


def run_workers(first: int, cases: int, workers: int, limit_mb: int, limit_s: float) -> Iterator[dict[str, object]]:
    """Run the cases in worker processes, and yield a dict with the outcome of each case."""
    with selectors.DefaultSelector() as selector:
        for index in range(workers):
            worker = Worker(first + index, first + cases, workers, limit_mb)
            selector.register(worker.stdout, selectors.EVENT_READ, worker)
        while selector.get_map():
            ready = {key.data for key, _ in selector.select(timeout=0.5)}
            for key in list(selector.get_map().values()):
                worker = key.data
                line = worker.stdout.readline() if worker in ready else ""
                slow = time.monotonic() - worker.start_time > limit_s + (30 if worker.current is None else 0)
                if line:
                    result = worker.handle_line(line)
                    if result is not None:
                        yield result
                elif worker in ready or slow:
                    selector.unregister(key.fileobj)
                    if not worker.is_done:
                        yield {"done": worker.next, "told": "HANG" if slow else "CRASH", "s": 0.0, "mb": 0}
                    worker.replace()
                    if not worker.is_done:
                        selector.register(worker.stdout, selectors.EVENT_READ, worker)


def main() -> int:
    """Run the cases, and return 1 if one crashed, hung or raised an unexpected error."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first case")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--limit-mb", type=int, default=3072, help="of address space, the program itself included")
    parser.add_argument("--limit-s", type=float, default=10, help="for a case")
    parser.add_argument("--case", type=int, help="run this one alone, here")
    parser.add_argument("--work", type=int, nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.work:
        run_cases(*args.work, args.limit_mb)
        return 0
    if args.case is not None:
        with tempfile.TemporaryDirectory() as folder:
            print(run_case(args.case, valid_files(), Path(folder)))
        return 0
    start_time, counts, slowest, peak = time.monotonic(), Counter[str](), 0.0, 0
    for result in run_workers(args.first, args.cases, args.workers, args.limit_mb, args.limit_s):
        word = str(result["told"])
        counts[word.split(":", maxsplit=1)[0]] += 1
        slowest, peak = max(slowest, float(str(result["s"]))), max(peak, int(str(result["mb"])))
        if word.isupper() or word.startswith("UNTYPED"):
            print(f"case {result['done']}: {word}", flush=True)
    for word, count in counts.most_common():
        print(f"{count:7,}  {word}")
    print(
        f"{sum(counts.values()):,} cases in {time.monotonic() - start_time:.0f} s; "
        f"slowest {slowest:.2f} s, peak {peak} MB"
    )
    return int(any(word in counts for word in ("CRASH", "HANG", "UNTYPED")) or sum(counts.values()) != args.cases)


if __name__ == "__main__":
    sys.exit(main())
