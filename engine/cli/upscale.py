"""The command `srcnn upscale`, which upscales an image and can score the result."""

import re
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.api import run_job
from engine.cli.console import (
    Background,
    Bits,
    Device,
    Dpi,
    Factor,
    Format,
    Height,
    JsonFlag,
    Longest,
    Lossless,
    ModelName,
    Precision,
    Quality,
    Seamless,
    SelfEnsemble,
    Sharpness,
    Strength,
    StripMetadata,
    Tile,
    Width,
    for_terminal,
    format_psnr_db,
    out,
    parse_color,
    print_json,
    print_warning,
    progress_bar,
    score_to_dict,
)
from engine.errors import translate_value
from engine.imaging.codecs import image_files, profiles
from engine.imaging.codecs.image_files import Image, OutputOptions
from engine.imaging.color import Pixels
from engine.imaging.comparison import ANIMATION_FORMATS, composite_over_checkerboard
from engine.imaging.comparison import write as write_comparison
from engine.imaging.metrics import Score
from engine.imaging.tiles import Rect
from engine.upscaling.events import (
    DeviceFailed,
    FileWarning,
    FrameTileDone,
    Pane,
    PhotoModelSuggested,
    Started,
    TileDone,
)
from engine.upscaling.request import UpscaleRequest

_METHOD_NAMES: dict[Pane, str] = {"bicubic": "bicubic", "model": "model"}


def upscale(
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="Image to upscale.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="OUTPUT", help="File for the result.")
    ] = None,
    scale: Factor = None,
    width: Width = None,
    height: Height = None,
    longest: Longest = None,
    dpi: Dpi = None,
    model: ModelName = None,
    device: Device = "auto",
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Downscale the input, upscale it again, and score the result.")
    ] = False,
    ground_truth: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Reference image to score the result against. It must have the same size as the result.",
        ),
    ] = None,
    region: Annotated[
        str | None,
        typer.Option(
            metavar="X,Y,W,H", help="Also score this region of the result: left, top, width, and height in px."
        ),
    ] = None,
    comparison: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the results of bicubic and the model side by side to this file. A .gif, .webp, or .apng file "
            "alternates between them.",
        ),
    ] = None,
    self_ensemble: SelfEnsemble = False,
    strength: Strength = 100,
    sharpness: Sharpness = 0,
    seamless: Seamless = False,
    precision: Precision = "auto",
    tile: Tile = None,
    format_: Format = None,
    quality: Quality = None,
    bits: Bits = None,
    lossless: Lossless = None,
    strip_metadata: StripMetadata = False,
    background: Background = None,
    keep_time: Annotated[
        bool, typer.Option("--keep-time", help="Give the result the same modification time as the input.")
    ] = False,
    overwrite_input: Annotated[bool, typer.Option("--overwrite-input", help="Allow overwriting the input.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Upscale an image.

    Transparency, frames, and metadata are kept. If the output format can't store them, an error explains why.
    """
    has_ground_truth = simulate or ground_truth is not None
    if output is None and comparison is None and not has_ground_truth:
        message = "Pass at least one of -o, --comparison, --simulate, and --ground-truth."
        raise typer.BadParameter(message, param_hint="-o")
    if simulate and ground_truth is not None:
        raise typer.BadParameter("Use only one of --simulate and --ground-truth.", param_hint="--ground-truth")
    rect = _parse_region(region, has_ground_truth)
    save = OutputOptions(format_, quality, bits, lossless, strip_metadata, parse_color(background), keep_time)
    _check_not_input(source, *([comparison] if overwrite_input else [output, comparison]))
    if comparison is not None and comparison.suffix.lower() not in ANIMATION_FORMATS:
        image_files.check_writable(comparison)

    from engine.upscaling.job import upscale_file  # torch takes seconds to import
    from engine.upscaling.model_choice import choose_model, choose_target, is_automatic

    target = choose_target(scale, width, height, longest, dpi)
    chosen, exact = choose_model(model, scale, target, simulate=simulate)
    request = UpscaleRequest(
        chosen,
        device,
        simulate,
        comparison is not None,
        tile,
        self_ensemble,
        precision,
        target,
        exact,
        automatic=is_automatic(model),
        strength=strength,
        sharpness=sharpness,
        seamless=seamless,
    )
    job = upscale_file(source, output, request, ground_truth, save, suggest=True)
    result, started, warnings, suggested_family = _run(job, source.name)
    document: dict[str, Any] = {
        "input": str(source),
        "output": str(output) if output else None,
        "width": result.image.width,
        "height": result.image.height,
        "simulated": simulate,
        "scale": request.scale_factor(started.low_res.shape[0], started.low_res.shape[1]),
        "model": started.model,
        "jpeg_quality": result.image.jpeg_quality,
        "suggested_model": suggested_family,
        "device": started.device,
        "tile": started.tile,
        "seconds": round(result.seconds, 3),
        "frames": 1 + len(result.image.frames),
        "scores": {_METHOD_NAMES[pane]: score_to_dict(score) for pane, score in result.scores.items()},
        "border": started.border,
        "scored_on": ("gray" if started.scores_gray else "Y") if result.scores else None,
        "warnings": warnings,
    }
    if rect is not None:
        scores = {_METHOD_NAMES[pane]: maps.score(rect) for pane, maps in started.score_maps.items()}
        document["region"] = {name: score_to_dict(score) for name, score in scores.items() if score}
    if comparison is not None and result.bicubic is not None:
        document["comparison"] = str(comparison)
        panels = [
            _captioned("Bicubic", result.bicubic, result.scores.get("bicubic")),
            _captioned(started.model, result.image, result.scores.get("model")),
        ]
        write_comparison(panels, comparison, profiles.profile_for_image(result.image))
    if as_json:
        print_json(document)
    else:
        _print(document, has_ground_truth)


def _run(job: Generator[Any, Any, Any], name: str) -> tuple[Any, Started, list[str], str | None]:
    """Run the job with a progress bar.

    If the device failed, that event names the one that finished the image.

    Parameters
    ----------
    name : name of the input, which the progress bar displays

    Returns
    -------
    result : result of the job
    started : its Started event
    warnings : its warnings about the file
    suggested_family : the family of photo models that it suggests, or None
    """
    started: list[Started] = []
    warnings: list[str] = []
    suggested: list[str] = []
    with progress_bar() as bar:
        task = bar.add_task(name, total=None)

        def show(event: object) -> None:
            print_warning(event)
            if isinstance(event, FileWarning):
                warnings.append(str(translate_value(event.message, for_terminal)))
            elif isinstance(event, PhotoModelSuggested):
                suggested.append(event.family)
            elif isinstance(event, Started):
                started.append(event)
            elif isinstance(event, DeviceFailed) and started:
                started[0] = replace(started[0], device=event.used)
            elif isinstance(event, TileDone):
                bar.update(task, completed=event.done, total=event.total)
            elif isinstance(event, FrameTileDone):
                description = f"{name}, {event.frame} of {event.frames}"
                bar.update(task, description=description, completed=event.done, total=event.total)

        result = run_job(job, show)
    return result, started[0], warnings, next(iter(suggested), None)


def _parse_region(text: str | None, has_ground_truth: bool) -> Rect | None:
    """Parse the value "X,Y,W,H" of --region into a rectangle in px of the result.

    Return None without this option.

    Raises
    ------
    typer.BadParameter
        If there is no ground truth to score the region against, or if the text is not valid.
    """
    if text is None:
        return None
    if not has_ground_truth:
        raise typer.BadParameter(
            "Scores need a ground truth. Pass --simulate or --ground-truth.", param_hint="--region"
        )
    match = re.fullmatch(r"(\d{1,6}),(\d{1,6}),(\d{1,6}),(\d{1,6})", text.replace(" ", ""))
    if match is None:
        raise typer.BadParameter(
            "Use four integers for left, top, width, and height, such as 10,20,64,48.", param_hint="--region"
        )
    left, top, width, height = (int(number) for number in match.groups())
    return Rect(top, left, height, width)


def _check_not_input(source: Path, *targets: Path | None) -> None:
    """Raise typer.BadParameter if an output path refers to the input file, possibly through a link."""
    for target in targets:
        if target is not None and target.exists() and source.exists() and target.samefile(source):
            message = f"{target} is the input. Choose another name or pass --overwrite-input."
            raise typer.BadParameter(message, param_hint="-o")


def _captioned(title: str, image: Image, score: Score | None) -> tuple[str, Pixels]:
    """Return the caption and the pixels of an image for the comparison image.

    The caption contains the scores if there are any. Transparent images are shown over a checkerboard.
    """
    caption = f"{title}\n{format_psnr_db(score.psnr_db)} dB   SSIM {score.ssim:.4f}" if score else title
    return caption, composite_over_checkerboard(image.pixels, image.alpha)


def _print(document: dict[str, Any], has_ground_truth: bool) -> None:
    """Print a summary of the result as text, including the scores if there is a ground truth.

    Parameters
    ----------
    document : the dict that --json prints
    """
    size = f"{document['width']} x {document['height']} px"
    summary = (
        f"{size}, x{document['scale']:g}, {document['model']}, {document['seconds']:.2f} s on {document['device']}"
    )
    out.print(summary, markup=False, highlight=False)
    _print_scores(document["scores"], document["model"])
    if has_ground_truth and not document["scores"]:
        out.print("The image is too small for scores.", markup=False)
    if "region" in document:
        out.print(
            "Scores in the region:" if document["region"] else "The region is too small for scores.", markup=False
        )
        _print_scores(document["region"], document["model"])
    if document["scores"]:
        levels = "gray levels" if document["scored_on"] == "gray" else "Y channel (BT.601)"
        method = f"Scores: 8-bit {levels}, cropped border of {document['border']} px."
        out.print(method, markup=False, highlight=False)
    for path in (document["output"], document.get("comparison")):
        if path:
            out.print(f"Saved: {path}", markup=False, highlight=False, soft_wrap=True)
    if document["simulated"] and document["output"]:
        source, written = (Path(document[name]).name for name in ("input", "output"))
        scale = f"x{document['scale']:g}"
        note = f"{written} is a simulation: {source} was downscaled {scale}, then upscaled {scale}."
        out.print(note, markup=False, highlight=False, soft_wrap=True)


def _print_scores(scores: dict[str, Any], model: str) -> None:
    """Print the PSNR and SSIM of bicubic and of the model, one line each."""
    width = max(len("Bicubic"), len(model)) + 1
    for name, title in (("bicubic", "Bicubic"), ("model", model)):
        if score := scores.get(name):
            line = f"{title:<{width}}{format_psnr_db(float(score['psnr'])):>6} dB   SSIM {score['ssim']:.4f}"
            out.print(line, markup=False, highlight=False)
