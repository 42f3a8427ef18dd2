"""`srcnn upscale IN -o OUT`: enlarge one picture."""

import re
from collections.abc import Generator
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.api import run_job
from engine.cli.console import (
    Bits,
    Device,
    Ensemble,
    Factor,
    Format,
    Height,
    JsonFlag,
    Lossless,
    ModelName,
    Precision,
    Quality,
    Strip,
    Tile,
    Width,
    dB,
    figures,
    out,
    print_json,
    progress,
    warn,
)
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Picture, SaveOptions
from engine.imaging.color import Pixels
from engine.imaging.comparison import ANIMATED, on_squares
from engine.imaging.comparison import write as write_comparison
from engine.imaging.metrics import Score
from engine.imaging.tiles import Rect
from engine.upscaling.events import FrameTileDone, Pane, Started, TileDone
from engine.upscaling.request import UpscaleRequest

_SHOWN: dict[Pane, str] = {"bicubic": "bicubic", "srcnn": "model"}


def upscale(
    source: Annotated[Path, typer.Argument(metavar="IN", help="The picture to enlarge.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where to write the enlarged picture.")] = None,
    scale: Factor = None,
    width: Width = None,
    height: Height = None,
    model: ModelName = None,
    device: Device = "auto",
    reference: Annotated[
        bool, typer.Option("--reference", help="Simulate: downscale IN, upscale it again, and score that against IN.")
    ] = False,
    truth: Annotated[Path | None, typer.Option(help="The ground truth, a picture as large as the result.")] = None,
    region: Annotated[
        str | None, typer.Option(metavar="X,Y,W,H", help="Score this part of the result too, px.")
    ] = None,
    comparison: Annotated[
        Path | None,
        typer.Option(help="Write bicubic and SRCNN side by side here; in turn, if it is a .gif, .webp or .apng."),
    ] = None,
    ensemble: Ensemble = False,
    precision: Precision = "auto",
    tile: Tile = None,
    format_: Format = None,
    quality: Quality = None,
    bits: Bits = None,
    lossless: Lossless = None,
    strip: Strip = False,
    overwrite_source: Annotated[
        bool, typer.Option("--overwrite-source", help="Let OUT be IN: the picture itself is replaced.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Enlarge a picture with SRCNN. All that came with it is kept, or a sentence says what cannot be."""
    scored = reference or truth is not None
    if output is None and comparison is None and not scored:
        raise typer.BadParameter("say where to write the picture: -o OUT", param_hint="-o")
    if reference and truth is not None:
        raise typer.BadParameter("the picture is its own ground truth with --reference", param_hint="--truth")
    part = _region(region, scored)
    save = SaveOptions(format_, quality, bits, lossless, strip)
    _refuse_to_overwrite(source, *([comparison] if overwrite_source else [output, comparison]))
    if comparison is not None and comparison.suffix.lower() not in ANIMATED:
        image_files.refuse_unwritable(comparison)

    from engine.upscaling.job import enlarge_file  # torch: seconds to import, so only for those who need it
    from engine.upscaling.model_choice import model_of, target_of

    target = target_of(scale, width, height)
    chosen, exact = model_of(model, scale, target)
    request = UpscaleRequest(
        chosen, device, reference, comparison is not None, tile, ensemble, precision, target, exact
    )
    result, started = _run(enlarge_file(source, output, request, truth, save), source.name)
    document: dict[str, Any] = {
        "input": str(source),
        "output": str(output) if output else None,
        "width": result.picture.width,
        "height": result.picture.height,
        "simulated": reference,
        "scale": request.times(started.original.shape[0], started.original.shape[1]),
        "model": started.model,
        "device": started.device,
        "tile": started.tile,
        "seconds": round(result.seconds, 3),
        "frames": 1 + len(result.picture.frames),
        "scores": {_SHOWN[pane]: figures(score) for pane, score in result.scores.items()},
        "border": started.border,
        "scored_on": ("gray" if started.scores_gray else "Y") if result.scores else None,
    }
    if part is not None:
        found = {_SHOWN[pane]: maps.score(part) for pane, maps in started.scores.items()}
        document["region"] = {name: figures(score) for name, score in found.items() if score}
    if comparison is not None and result.bicubic is not None:
        document["comparison"] = str(comparison)
        shown = [
            _captioned("Bicubic", result.bicubic, result.scores.get("bicubic")),
            _captioned(f"SRCNN {request.model.spec.arch}", result.picture, result.scores.get("srcnn")),
        ]
        write_comparison(shown, comparison, result.picture.icc)
    if as_json:
        print_json(document)
    else:
        _print(document, scored)


def _run(job: Generator[Any, Any, Any], name: str) -> tuple[Any, Started]:
    """Run the job behind a progress bar; returns its result, and the event with which it started."""
    started: list[Started] = []
    with progress() as bar:
        task = bar.add_task(name, total=None)

        def show(event: object) -> None:
            warn(event)
            if isinstance(event, Started):
                started.append(event)
            elif isinstance(event, TileDone):
                bar.update(task, completed=event.done, total=event.total)
            elif isinstance(event, FrameTileDone):
                described = f"{name}, {event.frame} of {event.frames}"
                bar.update(task, description=described, completed=event.done, total=event.total)

        result = run_job(job, show)
    return result, started[0]


def _region(text: str | None, scored: bool) -> Rect | None:
    """A part of the result, from X,Y,W,H."""
    if text is None:
        return None
    if not scored:
        raise typer.BadParameter(
            "a part is scored against a ground truth: --reference or --truth", param_hint="--region"
        )
    found = re.fullmatch(r"(\d{1,6}),(\d{1,6}),(\d{1,6}),(\d{1,6})", text.replace(" ", ""))
    if found is None:
        raise typer.BadParameter("give four whole numbers: X,Y,W,H", param_hint="--region")
    left, top, across, down = (int(number) for number in found.groups())
    return Rect(top, left, down, across)


def _refuse_to_overwrite(source: Path, *targets: Path | None) -> None:
    """The source is never overwritten, under whatever name or link it is reached."""
    for target in targets:
        if target is not None and target.exists() and source.exists() and target.samefile(source):
            said = f"{target} is the picture itself; choose another name, or say --overwrite-source"
            raise typer.BadParameter(said, param_hint="-o")


def _captioned(title: str, picture: Picture, score: Score | None) -> tuple[str, Pixels]:
    """A caption with the scores, if there are any, and the pixels, for the comparison."""
    caption = f"{title}\n{dB(score.psnr_db)} dB   SSIM {score.ssim:.4f}" if score else title
    return caption, on_squares(picture.pixels, picture.alpha)


def _print(document: dict[str, Any], scored: bool) -> None:
    """Say what was done, and how well, if there was a ground truth."""
    size = f"{document['width']} x {document['height']} px"
    made = f"{size}, x{document['scale']:g}, {document['model']}, {document['seconds']:.2f} s on {document['device']}"
    out.print(made, markup=False, highlight=False)
    _print_scores(document["scores"])
    if scored and not document["scores"]:
        out.print("Too small to be scored.", markup=False)
    if "region" in document:
        out.print("In the region:" if document["region"] else "The region is too small to be scored.", markup=False)
        _print_scores(document["region"])
    if document["scores"]:
        levels = "gray levels 0 to 255" if document["scored_on"] == "gray" else "Y of BT.601"
        out.print(f"({levels}, border {document['border']} px, 8-bit)", markup=False, highlight=False)
    for written in (document["output"], document.get("comparison")):
        if written:
            out.print(f"Written: {written}", markup=False, highlight=False, soft_wrap=True)
    if document["simulated"] and document["output"]:
        source, written = (Path(document[name]).name for name in ("input", "output"))
        times = f"x{document['scale']:g}"
        told = f"{written} is a simulation: {source} was downscaled {times}, then upscaled {times}."
        out.print(told, markup=False, highlight=False, soft_wrap=True)


def _print_scores(scores: dict[str, Any]) -> None:
    """A line for each pane that has a score."""
    for name, title in (("bicubic", "Bicubic"), ("model", "SRCNN")):
        if score := scores.get(name):
            line = f"{title:<8}{dB(float(score['psnr'])):>6} dB   SSIM {score['ssim']:.4f}"
            out.print(line, markup=False, highlight=False)
