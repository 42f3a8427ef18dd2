"""Options and output functions that the commands share.

Results are printed on stdout, and progress and errors on stderr. With --json, stdout contains only JSON.
"""

import sys
from math import isinf
from typing import Annotated, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from engine.datasets.events import FileFailed
from engine.imaging.metrics import Score
from engine.system import json_text
from engine.upscaling.events import Fallback

Event = TypeVar("Event")
Result = TypeVar("Result")

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else there.")]
Factor = Annotated[
    float | None, typer.Option(help="How many times larger, 1 to 16, such as 2.5; the model's own by default.")
]
Width = Annotated[int | None, typer.Option(help="How wide instead, px.")]
Height = Annotated[int | None, typer.Option(help="How high instead, px.")]
ModelName = Annotated[
    str | None,
    typer.Option(
        help="A model's name or file, used at any scale, or an architecture (9-1-5), which means its model for the "
        "scale. Bicubic makes up the difference."
    ),
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or mps; a device that is not there becomes the CPU.")]
Tile = Annotated[int | None, typer.Option(help="Side of a tile in pixels; by default a table decides.")]
Precision = Annotated[
    str, typer.Option(help="auto, float32, bfloat16 or float16; auto is reduced where it is faster.")
]
SelfEnsemble = Annotated[
    bool, typer.Option("--self-ensemble", help="Average over all eight orientations: better, and eight times slower.")
]

Format = Annotated[
    str | None,
    typer.Option("--format", help="png, jpg, tif, webp, avif, bmp or gif; by default what the name's ending says."),
]
Quality = Annotated[int | None, typer.Option(help="1 to 100, for JPEG (95), AVIF (90) and WebP (lossless without).")]
Bits = Annotated[int | None, typer.Option(help="8 or 16 bits a sample; by default those of the picture.")]
Lossless = Annotated[
    bool | None, typer.Option("--lossless/--lossy", help="Refuse a format that loses; or make WebP lossy.")
]
StripMetadata = Annotated[
    bool,
    typer.Option(
        "--strip-metadata", help="Leave out EXIF, XMP, profile, resolution and texts; the colours become sRGB."
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Overwrite the file if it exists.")]

out, err = Console(), Console(stderr=True)


def exit_with_error(message: str) -> NoReturn:
    """Print an error message on stderr, and exit with status 1."""
    print(message, file=sys.stderr)
    sys.exit(1)


def progress_bar() -> Progress:
    """Return a progress bar on stderr, which is removed at the end.

    It is disabled if stderr is not a terminal.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)


def print_warning(event: object) -> None:
    """Print a warning if the event is a fallback to other settings or a skipped file."""
    if isinstance(event, Fallback):
        err.print(str(event.message).replace("×", "x"), markup=False, highlight=False, soft_wrap=True)
    elif isinstance(event, FileFailed):
        err.print(f"Left out: {event.error}", markup=False)


def score_to_dict(score: Score) -> dict[str, float]:
    """Return a rounded score as a dict for JSON output."""
    return {"psnr": round(score.psnr_db, 4), "ssim": round(score.ssim, 6)}


def print_json(document: object) -> None:
    """Print a document on stdout as JSON. Infinite values become the string "inf"."""
    print(json_text.dumps(document, indent=2))


def format_psnr_db(psnr_db: float) -> str:
    """Return a PSNR in dB as text, with two decimals and without the unit; "∞" if it is infinite."""
    return "∞" if isinf(psnr_db) else f"{psnr_db:.2f}"
