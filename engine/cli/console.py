"""Options and output functions for all commands.

Results are printed on stdout, and progress and errors on stderr. With --json, stdout contains only JSON. An error is
printed as {"error": message}.
"""

import os
import sys
from math import isinf
from typing import Annotated, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from engine.datasets.events import FileFailed
from engine.errors import EngineError, Remedy, WouldLoseData, translate_value
from engine.imaging.metrics import Score
from engine.system import json_text
from engine.upscaling.events import Fallback, FileWarning, PhotoModelChosen, PhotoModelSuggested

Event = TypeVar("Event")
Result = TypeVar("Result")

JsonFlag = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document on stdout.")]
Factor = Annotated[
    float | None,
    typer.Option(
        metavar="FACTOR",
        help="Scale factor, from 1 to 16, such as 2.5.",
        show_default="scale factor of the model",
    ),
]
Width = Annotated[int | None, typer.Option(metavar="PX", help="Width of the result in px, instead of a scale factor.")]
Height = Annotated[
    int | None, typer.Option(metavar="PX", help="Height of the result in px, instead of a scale factor.")
]
Longest = Annotated[
    int | None,
    typer.Option("--longest-side", metavar="PX", help="Longest side of the result in px, instead of a scale factor."),
]
Dpi = Annotated[
    int | None,
    typer.Option(
        "--dpi",
        metavar="DPI",
        help="Resolution for printing, from 1 to 4800 px per inch. It is stored in the result. A width of 3543 px and "
        "300 dpi print 30 cm wide.",
    ),
]
ModelName = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL",
        help="Model name, model file, or architecture such as 9-1-5. If you pass an architecture, its model for the "
        "scale factor is used. If the model is trained for a different scale factor, its result is resized with "
        "bicubic interpolation. With auto, a photo model is used for low-quality JPEG files, and the default model "
        "for all other files.",
        show_default="auto",
    ),
]
Device = Annotated[
    str,
    typer.Option(
        metavar="DEVICE",
        help="Device: auto, cpu, cuda, mps, or vulkan. vulkan:1 selects one of several Vulkan GPUs. If the device is "
        "unavailable, the CPU is used.",
    ),
]
Seamless = Annotated[
    bool,
    typer.Option("--seamless", help="For repeating textures: make opposite edges match."),
]
Strength = Annotated[
    int,
    typer.Option(
        metavar="PERCENT",
        help="Strength with which photo models remove artifacts and noise, from 0 to 100. This has no effect on "
        "other models.",
    ),
]
Sharpness = Annotated[
    int,
    typer.Option(metavar="PERCENT", help="Sharpen the result with an unsharp mask, from 0 (off) to 100."),
]
Tile = Annotated[
    int | None,
    typer.Option(metavar="PX", help="Tile size in px, from 1 to 8192.", show_default="automatic"),
]
Precision = Annotated[
    str,
    typer.Option(
        metavar="PRECISION",
        help="Precision: auto, float32, bfloat16, or float16. With auto, a lower precision is used if it is "
        "faster on the device.",
    ),
]
SelfEnsemble = Annotated[
    bool,
    typer.Option(
        "--self-ensemble",
        help="Average the results of all eight flips and rotations. Improves the result, but takes 8 times as long.",
    ),
]

Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="File format: png, jpg, tif, webp, avif, jxl, bmp, or gif.",
        show_default="from the file extension",
    ),
]
Quality = Annotated[
    int | None,
    typer.Option(
        metavar="QUALITY",
        help="Quality of JPEG, AVIF, WebP, and JPEG XL files, from 1 to 100.",
        show_default="JPEG 95, AVIF 90, others lossless",
    ),
]
Bits = Annotated[
    int | None,
    typer.Option(metavar="BITS", help="Bits per channel: 8 or 16.", show_default="same as the input"),
]
Lossless = Annotated[
    bool | None,
    typer.Option(
        "--lossless/--lossy",
        help="With --lossless, formats without lossless compression cause an error. With --lossy, WebP and JPEG "
        "XL use lossy compression.",
        show_default="depends on the format",
    ),
]
StripMetadata = Annotated[
    bool,
    typer.Option(
        "--strip-metadata",
        help="Remove EXIF, XMP, the color profile, the resolution, and text metadata, and convert the colors to sRGB.",
    ),
]
Background = Annotated[
    str | None,
    typer.Option(
        metavar="COLOR",
        help="Background color for transparent images, such as white or #ffffff, if the format can't store "
        "transparency. Without this option, such images cause an error.",
        show_default="none",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Overwrite the output if it exists.")]

out, err = Console(), Console(stderr=True)


def for_terminal(message: str) -> str:
    """Return a message id with "x" instead of "×", which is hard to type and to search for in a terminal."""
    return message.replace("×", "x")


def error_text(error: EngineError, *, is_batch: bool = False) -> str:
    """Return the message of an error, followed by the command-line options that avoid the error."""
    message = error.translated_message(for_terminal)
    remedies = error.remedies if isinstance(error, WouldLoseData) else ()
    first_of_each_kind = {tuple(remedy.changes): remedy for remedy in reversed(remedies)}
    arguments = [
        _arguments(remedy, is_batch=is_batch)
        for remedy in remedies
        if first_of_each_kind[tuple(remedy.changes)] is remedy
    ]
    return f"{message} Use {', or '.join(arguments)}." if arguments else message


def _arguments(remedy: Remedy, *, is_batch: bool) -> str:
    """Return the command-line arguments for a remedy. FILE stands for a path that the user chooses."""
    arguments = []
    for field, value in remedy.changes.items():
        match field:
            case "format" if is_batch:
                arguments.append(f"--format {value}")
            case "format":
                arguments.append(f"-o FILE.{value}")
            case "bits":
                arguments.append(f"--bits {value}")
            case "background":
                arguments.append("--background white")
            case "lossless":
                arguments.append("--lossy")
            case "strip":
                arguments.append("--strip-metadata" if value else "the command without --strip-metadata")
    return " ".join(arguments)


def exit_with_error(message: str, status: int = 1) -> NoReturn:
    """Print an error message on stderr, and with --json also on stdout. Then exit."""
    print(message, file=sys.stderr)
    print_json_error(message)
    sys.exit(status)


def print_json_error(message: str, **facts: object) -> None:
    """Print the error message and `facts` as a line of JSON if the command has the option --json.

    In a distributed job, only the main process prints it.
    """
    if "--json" in sys.argv[1:] and os.environ.get("RANK", "0") == "0":
        print(json_text.dumps({"error": message} | facts), flush=True)


class _TimeLeftColumn(TimeRemainingColumn):
    """Column with the remaining time: the task field `seconds_left`, or else an estimate from the speed."""

    def render(self, task: Task) -> Text:
        """Return the remaining time as text."""
        if "seconds_left" in task.fields:
            minutes, seconds = divmod(int(task.fields["seconds_left"]), 60)
            return Text(f"{minutes // 60}:{minutes % 60:02}:{seconds:02}", style="progress.remaining")
        return super().render(task)


def progress_bar() -> Progress:
    """Return a progress bar on stderr, which is removed at the end.

    It is disabled if stderr is not a terminal.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _TimeLeftColumn())
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)


def parse_color(text: str | None) -> tuple[int, int, int] | None:
    """Parse a color name or a hexadecimal color into red, green and blue values from 0 to 255.

    Raises
    ------
    typer.BadParameter
    """
    if text is None:
        return None
    from PIL import ImageColor

    try:
        red, green, blue = ImageColor.getrgb(text)[:3]
    except ValueError as error:
        message = f"{text} isn't a color. Use a name such as white, or a value such as #ffffff."
        raise typer.BadParameter(message, param_hint="--background") from error
    return red, green, blue


def print_warning(event: object) -> None:
    """Print the message of a fallback, a file warning, a failed file, or a chosen or suggested model."""
    if isinstance(event, Fallback | FileWarning | PhotoModelChosen):
        message = translate_value(event.message, for_terminal)
        err.print(message, markup=False, highlight=False, soft_wrap=True)
    elif isinstance(event, PhotoModelSuggested):
        message = f"{event.reason} --model {event.family} may give a better result."
        err.print(message, markup=False, highlight=False, soft_wrap=True)
    elif isinstance(event, FileFailed):
        message = f"Skipped: {event.error.translated_message(for_terminal)}"
        err.print(message, markup=False, highlight=False, soft_wrap=True)


def score_to_dict(score: Score) -> dict[str, float]:
    """Return a rounded score as a dict for JSON output."""
    return {"psnr": round(score.psnr_db, 4), "ssim": round(score.ssim, 6)}


def print_json(document: object) -> None:
    """Print a document on stdout as JSON. Infinite values become the string "inf"."""
    print(json_text.dumps(document, indent=2))


def format_psnr_db(psnr_db: float) -> str:
    """Return a PSNR in dB as text, with two decimals and without the unit; "∞" if it is infinite."""
    return "∞" if isinf(psnr_db) else f"{psnr_db:.2f}"
