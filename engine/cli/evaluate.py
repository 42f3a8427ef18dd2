"""`srcnn evaluate FOLDER`: the paper's table for one set of pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from engine.cli.console import (
    Device,
    Ensemble,
    JsonFlag,
    Precision,
    Tile,
    dB,
    figures,
    follow,
    out,
    print_json,
    progress,
    warn,
)
from engine.datasets.fetch import folder_named
from engine.events import PictureScored
from engine.imaging.metrics import Score
from engine.models import read_model

if TYPE_CHECKING:
    from engine.evaluate import Evaluation


def evaluate(
    folder: Annotated[Path, typer.Argument(help="A folder of ground-truth pictures, or set5 or set14.")],
    scale: Annotated[int | None, typer.Option(help="The factor; the model's by default.")] = None,
    model: Annotated[str | None, typer.Option(help="A model's name, an architecture (9-1-5) or a file.")] = None,
    device: Device = "auto",
    ensemble: Ensemble = False,
    precision: Precision = "float32",
    tile: Tile = None,
    record: Annotated[
        bool, typer.Option("--record", help="Write the means into the model's own card (a .safetensors file).")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Reduce every picture, enlarge it with SRCNN and with bicubic, and score both against the original."""
    from engine import evaluate as job  # torch: seconds to import, so only for those who need it
    from engine.network.weights import add_figures, resolve
    from engine.requests import EvaluateRequest

    if record and (ensemble or precision != "float32"):
        raise typer.BadParameter("a card says what the model does once, in float32", param_hint="--record")
    folder = folder_named(folder)
    request = EvaluateRequest(folder, resolve(model, scale), device, tile, ensemble, precision)
    if record:
        read_model(request.model.path)  # a file without a card is refused before the work
    with progress() as bar:
        task = bar.add_task(folder.name, total=None)

        def show(event: object) -> None:
            warn(event)
            if isinstance(event, PictureScored):
                bar.update(task, completed=event.done, total=event.total)

        result = follow(job.run(request), show)
    print_json(_document(result)) if as_json else out.print(_table(result))
    if record and not result.failed:
        add_figures(request.model, result.set_name, _means(result))
    if result.failed:  # each was named when it was left out
        raise typer.Exit(1)


def _document(result: "Evaluation") -> dict[str, object]:
    """The result as JSON has it."""
    return {
        "set": result.set_name,
        "scale": result.scale,
        "model": result.model,
        "images": [{"name": image.name} | _pair(image.bicubic, image.model) for image in result.images],
        "mean": _pair(result.mean_bicubic, result.mean_model),
    }


def _table(result: "Evaluation") -> Table:
    """The result as a person reads it."""
    table = Table(title=f"{result.set_name} x{result.scale}, {result.model} (Y of BT.601, border {result.scale} px)")
    for column in ("Picture", "Bicubic dB", "SSIM", "SRCNN dB", "SSIM", "Gain dB"):
        table.add_column(column, justify="left" if column == "Picture" else "right")
    for image in result.images:
        table.add_row(image.name, *_cells(image.bicubic, image.model))
    table.add_row("Mean", *_cells(result.mean_bicubic, result.mean_model), style="bold")
    return table


def _means(result: "Evaluation") -> dict[str, float]:
    """What a model's card keeps of a set."""
    return {
        "psnr": round(result.mean_model.psnr_db, 4),
        "ssim": round(result.mean_model.ssim, 6),
        "bicubic_psnr": round(result.mean_bicubic.psnr_db, 4),
    }


def _pair(bicubic: Score, model: Score) -> dict[str, dict[str, float | str]]:
    return {"bicubic": figures(bicubic), "model": figures(model)}


def _cells(bicubic: Score, model: Score) -> list[str]:
    """One row of the table: both scores and the gain."""
    gain = model.psnr_db - bicubic.psnr_db
    both = [text for score in (bicubic, model) for text in (dB(score.psnr_db), f"{score.ssim:.4f}")]
    return [*both, f"{gain:+.2f}"]
