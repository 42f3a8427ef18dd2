"""`srcnn evaluate FOLDER...`: the paper's table for sets of pictures."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from engine.api import run_job
from engine.cli.console import (
    Device,
    Ensemble,
    JsonFlag,
    Precision,
    Tile,
    dB,
    err,
    figures,
    out,
    print_json,
    progress,
    warn,
)
from engine.datasets.download import folder_named
from engine.evaluation import tables
from engine.evaluation.events import Evaluation, EvaluationBegun, EvaluationDone, EvaluationFailed, PictureScored
from engine.imaging.metrics import Score
from engine.models import official
from engine.models.catalog import Model, read_model

End = EvaluationDone | EvaluationFailed
_FOLDERS = "Folders of ground-truth pictures, or set5 or set14."
_MODELS = "A model's name, an architecture (9-1-5), a file, or one of the authors' networks (9-1-5(91 images))."
_FORMATS = f"How tables are written, if no file's ending says it: {', '.join(tables.FORMATS)}."
_RECORD = "Write the means into the model's own card (a .safetensors file)."


def evaluate(
    folders: Annotated[list[Path], typer.Argument(help=_FOLDERS, metavar="FOLDER...")],
    scale: Annotated[list[int] | None, typer.Option(help="The factor; the model's by default. Repeat it.")] = None,
    model: Annotated[list[str] | None, typer.Option(help=f"{_MODELS} Repeat it.")] = None,
    device: Device = "auto",
    ensemble: Ensemble = False,
    precision: Precision = "float32",
    tile: Tile = None,
    record: Annotated[bool, typer.Option("--record", help=_RECORD)] = False,
    table: Annotated[str | None, typer.Option("--format", help=_FORMATS)] = None,
    output: Annotated[Path | None, typer.Option("--out", help="Write the tables to this .csv, .md or .tex.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Reduce every picture, enlarge it with SRCNN and with bicubic, and score both against the original.

    Several folders, scales and models give every combination, as on the window's Benchmark page. Tables have the
    papers' figures beside ours.
    """
    from engine.evaluation.request import EvaluateRequest

    if record and (ensemble or precision != "float32"):
        raise typer.BadParameter("a card says what the model does once, in float32", param_hint="--record")
    if table or output:
        table = tables.format_of(table, output)
    named = [folder_named(folder) for folder in folders]
    factors: list[int | None] = [*(scale or ())] or [None]
    names: list[str | None] = [*(model or ())] or [None]
    chosen = [_resolve(name, factor) for factor in factors for name in names]
    for one in chosen if record else []:
        read_model(one.path)  # a file without a card is refused before the work
    wanted = [(folder, one) for folder in named for one in chosen]
    requests = [EvaluateRequest(*pair, device, tile, ensemble, precision) for pair in wanted]
    ends = _run(requests)
    results = [end.evaluation for end in ends if isinstance(end, EvaluationDone)]
    if output and results:
        tables.write(results, output, table)
    if as_json and results:  # else all has failed: that is said on stderr, and nothing is printed
        documents = [_document(end, requests[end.index]) for end in ends]
        print_json(documents if len(documents) > 1 else documents[0])
    elif not as_json:
        _show(results, table if output is None else None)
    if record:
        _record(ends, [one for _folder, one in wanted])
    if len(results) < len(ends) or any(result.failed for result in results):  # each was named when it was left out
        raise typer.Exit(1)


def _resolve(name: str | None, scale: int | None) -> Model:
    """The model that is meant; the authors' networks are known by their names once they were downloaded."""
    from engine.models.catalog import DEFAULT_SCALE
    from engine.models.weights import resolve  # torch: seconds to import, so only for those who need it

    theirs = official.find(name, scale or DEFAULT_SCALE) if name else None
    return theirs or resolve(name, scale)


def _run(requests: list[Any]) -> list[End]:
    """Make the evaluations; how each ended, in their order."""
    from engine.evaluation import benchmark

    ends: list[End] = []
    with progress() as bar:
        task = bar.add_task("", total=None)

        def show(event: object) -> None:
            warn(event)
            if isinstance(event, EvaluationBegun):
                request = requests[event.index]
                bar.update(task, description=f"{request.folder.name}, {request.model.name}", completed=0, total=None)
            elif isinstance(event, PictureScored):
                bar.update(task, completed=event.done, total=event.total)
            elif isinstance(event, EvaluationDone | EvaluationFailed):
                ends.append(event)
                if isinstance(event, EvaluationFailed):
                    print(event.error, file=sys.stderr)

        run_job(benchmark.run(requests), show)
    return ends


def _show(results: list[Evaluation], table: str | None) -> None:
    """Print what was measured: a table in a format, or tables for people, with what must be known of the means."""
    if table and results:
        print(tables.as_text(results, table).removeprefix("\ufeff"), end="")
        if table == "csv":  # which has no place for words
            _note(results, err)
    else:
        for result in results:
            out.print(_table(result))
        _note(results, out)


def _note(results: list[Evaluation], console: Console) -> None:
    """Say which images make a mean infinite."""
    for note in tables.notes(results):
        console.print(note, markup=False, highlight=False, soft_wrap=True)


def _record(ends: list[End], models: list[Model]) -> None:
    """Write each whole set's means into its model's card."""
    from engine.models.weights import add_figures

    for end in ends:
        if isinstance(end, EvaluationDone) and not end.evaluation.failed:
            add_figures(models[end.index], end.evaluation.set_name, _means(end.evaluation))


def _document(end: End, request: Any) -> dict[str, object]:
    """How an evaluation ended, as JSON has it."""
    if isinstance(end, EvaluationFailed):
        place = {"set": request.folder.resolve().name, "scale": request.model.spec.scale, "model": request.model.name}
        return place | {"error": str(end.error)}
    result = end.evaluation
    return {
        "set": result.set_name,
        "scale": result.scale,
        "model": result.model,
        "images": [{"name": image.name} | _pair(image.bicubic, image.model) for image in result.images],
        "mean": _pair(result.mean_bicubic, result.mean_model),
        "notes": list(result.notes),
    }


def _table(result: Evaluation) -> Table:
    """The result as a person reads it."""
    measured = f"Y of BT.601, gray images as they are, border {result.scale} px"
    table = Table(title=f"{result.set_name} x{result.scale}, {result.model} ({measured})")
    for column in ("Picture", "Bicubic dB", "SSIM", "SRCNN dB", "SSIM", "Gain dB"):
        table.add_column(column, justify="left" if column == "Picture" else "right")
    for image in result.images:
        table.add_row(image.name, *_cells(image.bicubic, image.model))
    table.add_row("Mean", *_cells(result.mean_bicubic, result.mean_model), style="bold")
    return table


def _means(result: Evaluation) -> dict[str, float]:
    """What a model's card keeps of a set."""
    return {
        "psnr": round(result.mean_model.psnr_db, 4),
        "ssim": round(result.mean_model.ssim, 6),
        "bicubic_psnr": round(result.mean_bicubic.psnr_db, 4),
    }


def _pair(bicubic: Score, model: Score) -> dict[str, dict[str, float]]:
    return {"bicubic": figures(bicubic), "model": figures(model)}


def _cells(bicubic: Score, model: Score) -> list[str]:
    """One row of the table: both scores and the gain."""
    gain = 0.0 if model.psnr_db == bicubic.psnr_db else model.psnr_db - bicubic.psnr_db
    both = [text for score in (bicubic, model) for text in (dB(score.psnr_db), f"{score.ssim:.4f}")]
    return [*both, f"{gain:+z.2f}".replace("inf", "∞")]
