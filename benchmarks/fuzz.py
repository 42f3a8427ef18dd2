"""Damaged pictures by the thousand: each must give a picture or one typed error, in time and within a memory limit.

python -m benchmarks.fuzz --cases 20000

A case is a valid file with bytes flipped, cut, repeated or replaced by extreme numbers, as its seed says. What can be
read is written again in a format that the seed chooses. Cases run in processes of their own with a limit of address
space; one that crashes or is too slow is counted, killed and replaced. `--case N` runs one case alone, to look at it.
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
from pathlib import Path
from typing import IO

import numpy as np

from benchmarks import corpus, formats
from engine.errors import EngineError
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Picture

try:
    import resource
except ImportError:  # Windows has no limit of address space
    resource = None  # type: ignore[assignment]

EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
KINDS = (0.3, 0.15, 0.15, 0.04, 0.04, 0.2, 0.06, 0.06)  # how often each kind of damage is done
WRITTEN_PX = 1_000_000  # larger pictures are only read


def seeds_of_files() -> list[tuple[str, bytes]]:
    """The valid files: everything the page on formats is made of, with all metadata."""
    files = list(corpus.only_read().values())
    for name in formats.NAMES:
        for picture in corpus.modes().values():
            for made in (picture, _with_everything(picture)):
                try:
                    files.append((name, corpus.file_of(made, name)))
                except EngineError:
                    continue
    return files


def _with_everything(picture: Picture) -> Picture:
    channels = picture.pixels.shape[2]
    added = {"icc": corpus.profile(channels), "exif": corpus.camera_exif(6), "xmp": corpus.XMP, "dpi": (300.0, 300.0)}
    return Picture(**{**picture.__dict__, **added, "text": (("Comment", "made here"),)})


def mutated(content: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """A file with up to three things done to it."""
    made = bytearray(content)
    for _ in range(int(rng.integers(1, 4))):
        if len(made) < 2:
            break
        reach = len(made) if rng.random() < 0.5 else min(len(made), 400)  # headers are the interesting part
        at = int(rng.integers(0, reach))
        match int(rng.choice(8, p=KINDS)):
            case 0:
                made[at] ^= 1 << int(rng.integers(0, 8))
            case 1:
                made[at] = int(rng.integers(0, 256))
            case 2:
                size = int(rng.choice([1, 2, 4, 8]))
                value = int(rng.choice(EXTREMES)) & (256**size - 1)
                made[at : at + size] = value.to_bytes(size, "big" if rng.random() < 0.5 else "little")
            case 3:
                del made[at:]
            case 4:
                del made[at : at + int(rng.integers(1, 64))]
            case 5:
                pass  # as often as not, one thing alone
            case 6:
                made[at:at] = made[at : at + int(rng.integers(1, 200))]
            case _:
                start = int(rng.integers(0, max(1, len(other))))
                made[at : at + 40] = other[start : start + 40]
    return bytes(made)


def run_case(seed: int, files: list[tuple[str, bytes]], folder: Path) -> str:
    """Read a damaged file, and write what could be read; what came of it, in a word or two."""
    rng = np.random.default_rng(seed)
    name, content = files[int(rng.integers(0, len(files)))]
    damaged = mutated(content, files[int(rng.integers(0, len(files)))][1], rng)
    try:
        picture = image_files.decode(damaged, name)
        _check(picture)
        if picture.pixels.size > WRITTEN_PX:
            return "read"
        target = folder / str(rng.choice(formats.NAMES))
        image_files.write(picture, target)
        target.unlink()
    except EngineError as error:
        said = str(error)
        if not said.endswith(".") or "\n" in said:
            return f"UNTYPED: no sentence: {said!r}"
        return type(error).__name__
    except Exception as error:
        return f"UNTYPED: {type(error).__name__}: {error}"
    return "read and written"


def _check(picture: Picture) -> None:
    """Raise AssertionError for what is no picture after all."""
    for frame in (picture, *picture.frames):
        height, width, channels = frame.pixels.shape
        assert height > 0
        assert width > 0
        assert channels in (1, 3)
        assert frame.pixels.dtype in (np.uint8, np.uint16)
        assert frame.alpha is None or (frame.alpha.shape, frame.alpha.dtype) == ((height, width), frame.pixels.dtype)


def work(first: int, stop: int, step: int, limit_mb: int) -> None:
    """The cases of one process; a line is printed before and after each."""
    files = seeds_of_files()
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (limit_mb << 20, limit_mb << 20))
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, stop, step):
            print(json.dumps({"begun": seed}), flush=True)
            began = time.monotonic()
            told = run_case(seed, files, Path(folder))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 if resource is not None else 0
            print(json.dumps({"done": seed, "told": told, "s": time.monotonic() - began, "mb": peak}), flush=True)


class Worker:
    """A process that runs every n-th case, and is started again behind one that ended it."""

    def __init__(self, first: int, stop: int, step: int, limit_mb: int) -> None:
        self._stop, self._step, self._limit = stop, step, limit_mb
        self.next, self.current, self.began = first, None, time.monotonic()  # type: ignore[var-annotated]
        self.start()

    def start(self) -> None:
        """Begin with the case that is due."""
        span = [str(number) for number in (self.next, self._stop, self._step)]
        command = [sys.executable, "-m", "benchmarks.fuzz", "--work", *span, "--limit-mb", str(self._limit)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.current, self.began = None, time.monotonic()

    @property
    def out(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def heard(self, line: str) -> dict[str, object] | None:
        """Take a line in; the result it tells, if it does."""
        told: dict[str, object] = json.loads(line)
        self.began = time.monotonic()
        if "begun" in told:
            self.current = told["begun"]
            return None
        self.next, self.current = int(str(told["done"])) + self._step, None
        return told

    def replace(self) -> None:
        """Go on behind a case that ended the process, or made it too slow."""
        self.process.kill()
        self.process.wait()
        self.out.close()
        self.next += self._step
        if self.next < self._stop:
            self.start()

    @property
    def over(self) -> bool:
        return self.next >= self._stop


def results(first: int, cases: int, workers: int, limit_mb: int, limit_s: float) -> Iterator[dict[str, object]]:
    """What came of each case, as they end."""
    with selectors.DefaultSelector() as selector:
        for index in range(workers):
            worker = Worker(first + index, first + cases, workers, limit_mb)
            selector.register(worker.out, selectors.EVENT_READ, worker)
        while selector.get_map():
            ready = {key.data for key, _ in selector.select(timeout=0.5)}
            for key in list(selector.get_map().values()):
                worker = key.data
                line = worker.out.readline() if worker in ready else ""
                slow = time.monotonic() - worker.began > limit_s + (30 if worker.current is None else 0)
                if line:
                    told = worker.heard(line)
                    if told is not None:
                        yield told
                elif worker in ready or slow:
                    selector.unregister(key.fileobj)
                    if not worker.over:
                        yield {"done": worker.next, "told": "HANG" if slow else "CRASH", "s": 0.0, "mb": 0}
                    worker.replace()
                    if not worker.over:
                        selector.register(worker.out, selectors.EVENT_READ, worker)


def main() -> int:
    """Run the cases; 1 if one crashed, hung or raised what it should not."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first case")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--limit-mb", type=int, default=3072, help="of address space, the program itself included")
    parser.add_argument("--limit-s", type=float, default=10, help="for a case")
    parser.add_argument("--case", type=int, help="run this one alone, here")
    parser.add_argument("--work", type=int, nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        work(*asked.work, asked.limit_mb)
        return 0
    if asked.case is not None:
        with tempfile.TemporaryDirectory() as folder:
            print(run_case(asked.case, seeds_of_files(), Path(folder)))
        return 0
    began, counts, slowest, peak = time.monotonic(), Counter[str](), 0.0, 0
    for told in results(asked.first, asked.cases, asked.workers, asked.limit_mb, asked.limit_s):
        word = str(told["told"])
        counts[word.split(":", maxsplit=1)[0]] += 1
        slowest, peak = max(slowest, float(str(told["s"]))), max(peak, int(str(told["mb"])))
        if word.isupper() or word.startswith("UNTYPED"):
            print(f"case {told['done']}: {word}", flush=True)
    for word, count in counts.most_common():
        print(f"{count:7,}  {word}")
    print(
        f"{sum(counts.values()):,} cases in {time.monotonic() - began:.0f} s; slowest {slowest:.2f} s, peak {peak} MB"
    )
    return int(any(word in counts for word in ("CRASH", "HANG", "UNTYPED")) or sum(counts.values()) != asked.cases)


if __name__ == "__main__":
    sys.exit(main())
