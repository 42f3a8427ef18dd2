"""The command `srcnn evaluate`, which prints PSNR and SSIM tables for test sets."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from engine.api import run_job
from engine.cli.console import (
    Device,
    JsonFlag,
    Precision,
    SelfEnsemble,
    Tile,
    err,
    for_terminal,
    format_psnr_db,
    out,
    print_json,
    print_warning,
    progress_bar,
    score_to_dict,
)
from engine.datasets.download import resolve_folder
from engine.evaluation import tables
from engine.evaluation.events import Evaluation, EvaluationDone, EvaluationFailed, EvaluationStarted, ImageScored
from engine.evaluation.published import PublishedScore
from engine.imaging.degradation import Degradation
from engine.imaging.metrics import Score
from engine.models.catalog import Model, read_model
from engine.upscaling.events import Fallback

Outcome = EvaluationDone | EvaluationFailed
_FOLDERS = "Folders of ground-truth images, or the names of downloaded sets: set5 or set14."
_MODELS = (
    "Model name, model file, architecture such as 9-1-5, or official model such as '9-1-5(ImageNet)'. Repeatable."
)
_FORMATS = f"Format of the tables: {', '.join(tables.FORMATS)}."
_UPDATE_CARD = "Write the mean scores into the model card. Only for .safetensors files."


def evaluate(
    folders: Annotated[list[Path], typer.Argument(help=_FOLDERS, metavar="FOLDER...")],
    scale: Annotated[
        list[int] | None,
        typer.Option(
            metavar="FACTOR", help="Scale factor, from 2 to 8. Repeatable.", show_default="scale factor of the model"
        ),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(metavar="MODEL", help=_MODELS, show_default="smallest built-in model for the scale factor"),
    ] = None,
    device: Device = "auto",
    self_ensemble: SelfEnsemble = False,
    precision: Precision = "float32",
    tile: Tile = None,
    degrade: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LIST",
            help="Degrade the downscaled images, for example with jpeg:75 or noise:3,jpeg:60. Repeatable.",
            show_default="none",
        ),
    ] = None,
    update_card: Annotated[bool, typer.Option("--update-card", help=_UPDATE_CARD)] = False,
    table_format: Annotated[
        str | None,
        typer.Option("--format", metavar="FORMAT", help=_FORMATS, show_default="from the file extension"),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUTPUT", help="Write the tables to this .csv, .md, or .tex file."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Downscale images, upscale them with a model and with bicubic interpolation, and score both.

    With several folders, scale factors, or models, every combination is evaluated. The tables also contain the
    published mean scores of Set5 and Set14.
    """
    from engine.evaluation.request import EvaluateRequest
    from engine.models.weights import resolve  # torch takes seconds to import

    if update_card and (self_ensemble or degrade or precision != "float32"):
        raise typer.BadParameter(
            "A model card stores only scores in float32, without self-ensemble or degradation. Omit the options "
            "--precision, --self-ensemble, and --degrade.",
            param_hint="--update-card",
        )
    if table_format or output:
        table_format = tables.resolve_format(table_format, output)
    folders = [resolve_folder(folder) for folder in folders]
    factors: list[int | None] = [*(scale or ())] or [None]
    names: list[str | None] = [*(model or ())] or [None]
    chosen = [resolve(name, factor, simulate=True) for factor in factors for name in names]
    for candidate in chosen if update_card else []:
        read_model(candidate.path)  # if a file has no card, raise an error before the evaluation
    pairs = [(folder, candidate) for folder in folders for candidate in chosen]
    degradations = [Degradation.parse(text) for text in degrade or [""]]
    pairs = [pair for pair in pairs for _each in degradations]
    requests = [
        EvaluateRequest(*pair, device, tile, self_ensemble, precision, degradation)
        for pair, degradation in zip(pairs, degradations * (len(pairs) // len(degradations)), strict=True)
    ]
    outcomes = _run(requests)
    results = [outcome.evaluation for outcome in outcomes if isinstance(outcome, EvaluationDone)]
    if output and results:
        tables.write_tables(results, output, table_format)
    if update_card:
        _update_cards(outcomes, [candidate for _folder, candidate in pairs])
    if as_json:
        documents = [_document(outcome, requests[outcome.index]) for outcome in outcomes]
        print_json(documents if len(documents) > 1 else documents[0])
    else:
        _print_tables(results, table_format if output is None else None)
    if len(results) < len(outcomes) or any(result.failed for result in results):  # the failures are already printed
        raise typer.Exit(1)


def _run(requests: list[Any]) -> list[Outcome]:
    """Run the evaluations with a progress bar, print their errors, and return their outcomes in order."""
    from engine.evaluation import benchmark

    outcomes: list[Outcome] = []
    warned: set[Fallback] = set()  # each fallback is printed only once, not for each image
    with progress_bar() as bar:
        task = bar.add_task("", total=None)

        def show(event: object) -> None:
            if not isinstance(event, Fallback):
                print_warning(event)
            elif event not in warned:
                warned.add(event)
                print_warning(event)
            if isinstance(event, EvaluationStarted):
                request = requests[event.index]
                bar.update(task, description=f"{request.folder.name}, {request.model.name}", completed=0, total=None)
            elif isinstance(event, ImageScored):
                bar.update(task, completed=event.done, total=event.total)
            elif isinstance(event, EvaluationDone | EvaluationFailed):
                outcomes.append(event)
                if isinstance(event, EvaluationFailed):
                    print(event.error.translated_message(for_terminal), file=sys.stderr)

        run_job(benchmark.run(requests), show)
    return outcomes


def _print_tables(results: list[Evaluation], table_format: str | None) -> None:
    """Print the results and their notes as CSV, Markdown or LaTeX, or as tables for the terminal.

    Parameters
    ----------
    table_format : format of the tables; None for the terminal
    """
    if table_format and results:
        print(tables.format_tables(results, table_format).removeprefix("\ufeff"), end="")
        if table_format == "csv":  # CSV cannot contain notes
            _print_notes(results, err)
    else:
        for result in results:
            out.print(_table(result))
        _print_notes(results, out)


def _print_notes(results: list[Evaluation], console: Console) -> None:
    """Print the notes of the tables, such as which images make a mean infinite."""
    for note in tables.collect_notes(results):
        console.print(note, markup=False, highlight=False, soft_wrap=True)


def _update_cards(outcomes: list[Outcome], models: list[Model]) -> None:
    """Write the mean scores into the model cards, except those of sets with failed images."""
    from engine.models.weights import add_scores

    for outcome in outcomes:
        if isinstance(outcome, EvaluationDone) and not outcome.evaluation.failed:
            add_scores(models[outcome.index], outcome.evaluation.set_name, _means(outcome.evaluation))


def _document(outcome: Outcome, request: Any) -> dict[str, object]:
    """Return the scores or the error of an evaluation as a dict for JSON output."""
    if isinstance(outcome, EvaluationFailed):
        fields = {"set": request.folder.resolve().name, "scale": request.model.info.scale, "model": request.model.name}
        return fields | {"error": outcome.error.translated_message(for_terminal)}
    result = outcome.evaluation
    return {
        "set": result.set_name,
        "scale": result.scale,
        "model": result.model,
        "images": [{"name": image.name} | _pair(image.bicubic, image.model) for image in result.images],
        "degradation": result.degradation.to_list(),
        "mean": _pair(result.mean_bicubic, result.mean_model),
        "published": {
            name: {"psnr": score.psnr_db, "ssim": score.ssim, "method": score.method, "source": score.source}
            for name, score in (("bicubic", result.published_bicubic), ("model", result.published_model))
            if score is not None
        },
        "notes": list(result.notes),
    }


def _table(result: Evaluation) -> Table:
    """Return a table of scores for the terminal, with one row per image and a row for the mean."""
    degraded = f", {result.degradation}" if result.degradation else ""
    method = f"Scores: 8-bit Y channel (BT.601) or gray levels, cropped border of {result.scale} px."
    table = Table(title=f"{result.set_name} x{result.scale}{degraded}, {result.model}", caption=method)
    for column in ("Image", "Bicubic dB", "SSIM", "Model dB", "SSIM", "Gain dB"):
        table.add_column(column, justify="left" if column == "Image" else "right")
    for image in result.images:
        table.add_row(image.name, *_cells(image.bicubic, image.model))
    table.add_row("Mean", *_cells(result.mean_bicubic, result.mean_model), style="bold")
    published = [score for score in (result.published_bicubic, result.published_model) if score is not None]
    if published:
        bicubic, model = (_published_cells(score) for score in (result.published_bicubic, result.published_model))
        table.add_row("Published", *bicubic, *model, "")
        sources = "; ".join(f"{score.method}, {score.source}" for score in published)
        table.caption = f"{method} Published: {sources}."
    return table


def _published_cells(score: PublishedScore | None) -> tuple[str, str]:
    """Return the cells of a published PSNR and SSIM. Unknown values are empty."""
    if score is None:
        return "", ""
    return format_psnr_db(score.psnr_db), "" if score.ssim is None else f"{score.ssim:.4f}"


def _means(result: Evaluation) -> dict[str, float]:
    """Return the mean scores of an evaluation as a dict for a model card."""
    return {
        "psnr": round(result.mean_model.psnr_db, 4),
        "ssim": round(result.mean_model.ssim, 6),
        "bicubic_psnr": round(result.mean_bicubic.psnr_db, 4),
    }


def _pair(bicubic: Score, model: Score) -> dict[str, dict[str, float]]:
    return {"bicubic": score_to_dict(bicubic), "model": score_to_dict(model)}


def _cells(bicubic: Score, model: Score) -> list[str]:
    """Return the cells of a table row: both scores, and the gain in dB of the model over bicubic."""
    gain = 0.0 if model.psnr_db == bicubic.psnr_db else model.psnr_db - bicubic.psnr_db
    both = [text for score in (bicubic, model) for text in (format_psnr_db(score.psnr_db), f"{score.ssim:.4f}")]
    return [*both, f"{gain:+z.2f}".replace("inf", "∞")]
