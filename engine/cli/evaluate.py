"""`srcnn evaluate FOLDER`: the paper's table for one set of pictures."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from engine.cli.console import Device, JsonFlag, Tile, dB, figures, follow, out, print_json, progress, warn
from engine.datasets.fetch import folder_named
from engine.events import PictureScored
from engine.imaging.metrics import Score


def evaluate(
    folder: Annotated[Path, typer.Argument(help="A folder of ground-truth pictures, or set5 or set14.")],
    scale: Annotated[int | None, typer.Option(help="The factor; the model's by default.")] = None,
    model: Annotated[str | None, typer.Option(help="A model's name, an architecture (9-1-5) or a file.")] = None,
    device: Device = "auto",
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

    folder = folder_named(folder)
    request = EvaluateRequest(folder, resolve(model, scale), device, tile)
    with progress() as bar:
        task = bar.add_task(folder.name, total=None)

        def show(event: object) -> None:
            warn(event)
            if isinstance(event, PictureScored):
                bar.update(task, completed=event.done, total=event.total)

        result = follow(job.run(request), show)
    if record:
        means = {
            "psnr": round(result.mean_model.psnr_db, 4),
            "ssim": round(result.mean_model.ssim, 6),
            "bicubic_psnr": round(result.mean_bicubic.psnr_db, 4),
        }
        add_figures(request.model, result.set_name, means)
    rows = [(image.name, image.bicubic, image.model) for image in result.images]
    if as_json:
        print_json(
            {
                "set": result.set_name,
                "scale": result.scale,
                "model": result.model,
                "images": [{"name": name} | _pair(bicubic, ours) for name, bicubic, ours in rows],
                "mean": _pair(result.mean_bicubic, result.mean_model),
            }
        )
        return
    table = Table(title=f"{result.set_name} x{result.scale}, {result.model} (Y of BT.601, border {result.scale} px)")
    for column in ("Picture", "Bicubic dB", "SSIM", "SRCNN dB", "SSIM", "Gain dB"):
        table.add_column(column, justify="left" if column == "Picture" else "right")
    for name, bicubic, ours in [*rows, ("Mean", result.mean_bicubic, result.mean_model)]:
        table.add_row(name, *_cells(bicubic, ours), style="bold" if name == "Mean" else None)
    out.print(table)


def _pair(bicubic: Score, model: Score) -> dict[str, dict[str, float | str]]:
    return {"bicubic": figures(bicubic), "model": figures(model)}


def _cells(bicubic: Score, model: Score) -> list[str]:
    """One row of the table: both scores and the gain."""
    gain = model.psnr_db - bicubic.psnr_db
    both = [text for score in (bicubic, model) for text in (dB(score.psnr_db), f"{score.ssim:.4f}")]
    return [*both, f"{gain:+.2f}"]
