"""`srcnn upscale IN -o OUT`: enlarge one picture."""

from pathlib import Path
from typing import Annotated, Any

import typer

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
from engine.events import Started, TileDone
from engine.imaging import pictures
from engine.imaging.comparison import side_by_side
from engine.imaging.pictures import Picture


def upscale(
    source: Annotated[Path, typer.Argument(metavar="IN", help="The picture to enlarge.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where to write the enlarged picture.")] = None,
    scale: Annotated[int | None, typer.Option(help="How many times larger; the model's by default.")] = None,
    model: Annotated[str | None, typer.Option(help="A model's name, an architecture (9-1-5) or a file.")] = None,
    device: Device = "auto",
    reference: Annotated[
        bool, typer.Option("--reference", help="IN is the ground truth: reduce it first, then enlarge and score.")
    ] = False,
    comparison: Annotated[Path | None, typer.Option(help="Write bicubic and SRCNN side by side here.")] = None,
    ensemble: Ensemble = False,
    precision: Precision = "auto",
    tile: Tile = None,
    as_json: JsonFlag = False,
) -> None:
    """Enlarge a picture with SRCNN."""
    if output is None and comparison is None and not reference:
        raise typer.BadParameter("say where to write the picture: -o OUT", param_hint="-o")
    _refuse_to_overwrite(source, output, comparison)
    if comparison is not None:
        pictures.refuse_unwritable(comparison)

    from engine.network.weights import resolve  # torch: seconds to import, so only for those who need it
    from engine.requests import UpscaleRequest
    from engine.upscale import enlarge_file

    request = UpscaleRequest(
        resolve(model, scale), device, reference, comparison is not None, tile, ensemble, precision
    )
    started: list[Started] = []
    with progress() as bar:
        task = bar.add_task(source.name, total=None)

        def show(event: object) -> None:
            warn(event)
            if isinstance(event, Started):
                started.append(event)
            elif isinstance(event, TileDone):
                bar.update(task, completed=event.done, total=event.total)

        result = follow(enlarge_file(source, output, request), show)
    document: dict[str, Any] = {
        "input": str(source),
        "output": str(output) if output else None,
        "width": result.picture.width,
        "height": result.picture.height,
        "scale": request.scale,
        "model": request.model.name,
        "device": started[0].device,
        "tile": started[0].tile,
        "seconds": round(result.seconds, 3),
        "scores": {("model" if pane == "srcnn" else pane): figures(score) for pane, score in result.scores.items()},
    }
    if comparison is not None and result.bicubic is not None:
        document["comparison"] = str(comparison)
        captions = [
            f"{title}\n{dB(score.psnr_db)} dB   SSIM {score.ssim:.4f}" if score else title
            for title, score in (
                ("Bicubic", result.scores.get("bicubic")),
                (f"SRCNN {request.model.spec.arch}", result.scores.get("srcnn")),
            )
        ]
        sheet = side_by_side(list(zip(captions, (result.bicubic.pixels, result.picture.pixels), strict=True)))
        pictures.write(Picture(sheet), comparison)
    if as_json:
        print_json(document)
    else:
        _print(document, reference)


def _refuse_to_overwrite(source: Path, *targets: Path | None) -> None:
    """The source is never overwritten, under whatever name or link it is reached."""
    for target in targets:
        if target is not None and target.exists() and source.exists() and target.samefile(source):
            raise typer.BadParameter(f"{target} is the picture itself; choose another name", param_hint="-o")


def _print(document: dict[str, Any], reference: bool) -> None:
    """Say what was done, and how well, if there was a ground truth."""
    size = f"{document['width']} x {document['height']} px"
    made = f"{size}, x{document['scale']}, {document['model']}, {document['seconds']:.2f} s on {document['device']}"
    out.print(made, markup=False, highlight=False)
    for name, title in (("bicubic", "Bicubic"), ("model", "SRCNN")):
        if score := document["scores"].get(name):
            out.print(
                f"{title:<8}{dB(float(score['psnr'])):>6} dB   SSIM {score['ssim']:.4f}", markup=False, highlight=False
            )
    if reference and not document["scores"]:
        out.print("Too small to be scored.", markup=False)
    if document["scores"]:
        out.print(f"(Y of BT.601, border {document['scale']} px, 8-bit)", markup=False, highlight=False)
    for written in (document["output"], document.get("comparison")):
        if written:
            out.print(f"Written: {written}", markup=False, highlight=False, soft_wrap=True)
