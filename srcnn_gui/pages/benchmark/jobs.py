"""The Benchmark page's jobs; like those of `jobs`, they import the torch half inside their functions."""

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from engine.batch.listing import size_of
from engine.datasets.events import FileFailed
from engine.datasets.folders import pictures_in
from engine.datasets.request import FetchRequest
from engine.errors import EngineError
from engine.evaluation import tables
from engine.evaluation.events import Evaluation
from engine.evaluation.request import EvaluateRequest
from srcnn_gui.runtime import jobs


def run(requests: Sequence[EvaluateRequest]) -> Generator[Any, Any, Any]:
    """Score several models on several sets; see `engine.evaluation.benchmark`."""
    from engine.evaluation.benchmark import run as job

    return (yield from job(requests))


def look_into(folders: Sequence[Path]) -> Generator[tuple[Path, tuple[str, ...], int] | FileFailed, None, None]:
    """The pictures directly in each folder: their names, and how many pixels they have in all."""
    for folder in folders:
        try:
            files = pictures_in(folder)
        except EngineError as error:
            yield FileFailed(folder, error)
            continue
        known = [size for path in files if (size := size_of(path))]
        yield folder, tuple(path.name for path in files), sum(width * height for width, height in known)


def write_table(evaluations: Sequence[Evaluation], path: Path) -> Generator[None, None, Path]:
    """Write evaluations as CSV, Markdown or LaTeX; returns the path."""
    yield
    return tables.write(evaluations, path)


def fetch(requests: Sequence[FetchRequest]) -> Generator[Any, None, None]:
    """Download several published sets, one after the other."""
    for request in requests:
        yield from jobs.fetch(request)
