"""Report of a batch as one HTML file without external resources, with thumbnails of each image."""

from base64 import b64encode
from collections.abc import Sequence
from contextlib import suppress
from html import escape
from io import BytesIO
from pathlib import Path

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from engine.batch.outcome import Outcome, count_states, mean_scores
from engine.errors import EngineError
from engine.imaging.codecs import image_files
from engine.imaging.codecs.thumbnails import read_thumbnail
from engine.imaging.color import to_uint8
from engine.imaging.comparison import composite_over_checkerboard
from engine.imaging.image import Image
from engine.imaging.metrics import Score

MAX_THUMBNAILS = 500  # images with thumbnails, because reading the results takes time
_THUMBNAIL_PX = 160  # longest side
_DETAIL_PX = 160  # side of the square detail of the result
_JPEG_QUALITY = 85
_STATES = {"done": "Done", "skipped": "Skipped", "failed": "Failed", "queued": "Remaining"}
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --muted: #888; }
body { font: 14px/1.45 system-ui, sans-serif; margin: 24px; }
h1 { font-size: 20px; margin: 0 0 4px; }
p { margin: 0 0 12px; color: var(--muted); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 8px; border-bottom: 1px solid var(--line); }
th { font-weight: 600; white-space: nowrap; }
td { overflow-wrap: anywhere; }
td.images { white-space: nowrap; }
figure { display: inline-block; margin: 0 8px 0 0; vertical-align: top; }
figcaption, small { color: var(--muted); font-size: 12px; }
img { display: block; max-width: 160px; max-height: 160px; }
img.detail { image-rendering: pixelated; width: 160px; }
.failed { color: #d33; }
"""


def render(outcomes: Sequence[Outcome]) -> str:
    """Return the report as an HTML document.

    The first `MAX_THUMBNAILS` images with a result have thumbnails: the whole input, and the same detail in its
    center before and after upscaling.
    """
    with_result = [index for index, outcome in enumerate(outcomes) if _has_result(outcome)]
    with_thumbnails = set(with_result[:MAX_THUMBNAILS])
    rows = "\n".join(_row(outcome, index in with_thumbnails) for index, outcome in enumerate(outcomes))
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    heads = "".join(f"<th>{head}</th>" for head in ("Images", "File", "State", "Result", "Model", "Scores", "Notes"))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>Batch report</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>Batch report</h1>\n"
        f"<p>{_summary(outcomes)}</p>\n"
        f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</body>\n</html>\n"
    )


def _summary(outcomes: Sequence[Outcome]) -> str:
    """Return the number of images in each state, the total time and the mean scores."""
    parts = [f"{number} {_STATES[state].lower()}" for state, number in count_states(outcomes).items() if number]
    parts.append(f"{sum(outcome.seconds for outcome in outcomes):.1f} s")
    if means := mean_scores(outcomes):
        parts.append(f"mean of the results {_score(Score(means['psnr'], means['ssim']))}")
        parts.append(f"mean of bicubic {_score(Score(means['bicubic_psnr'], means['bicubic_ssim']))}")
    return ", ".join(parts)


def _row(outcome: Outcome, with_thumbnails: bool) -> str:
    """Return the table row of an image."""
    cells = (
        ("images", _thumbnails(outcome) if with_thumbnails else ""),
        ("", f"{_text(outcome.source.name)}<br><small>{_text(str(outcome.source.parent))}</small>"),
        (outcome.state, _STATES[outcome.state]),
        ("", _result(outcome)),
        ("", f"{_text(outcome.model)}<br><small>{_text(outcome.model_reason)}</small>" if outcome.model else ""),
        ("", _scores(outcome)),
        ("", "<br>".join(_text(note) for note in (outcome.reason, *outcome.warnings) if note)),
    )
    return "<tr>" + "".join(f'<td class="{name}">{cell}</td>' for name, cell in cells) + "</tr>"


def _result(outcome: Outcome) -> str:
    """Return the name of a result, its size and its processing time."""
    if not _has_result(outcome):
        return ""
    facts = [f"{outcome.width} × {outcome.height}"] if outcome.width else []
    facts += [f"{outcome.size / 1e6:.2f} MB"] if outcome.size else []
    facts += [f"{outcome.seconds:.2f} s"] if outcome.seconds else []
    return f"{_text(outcome.output.name)}<br><small>{', '.join(facts)}</small>"


def _scores(outcome: Outcome) -> str:
    if outcome.score is None or outcome.bicubic_score is None:
        return ""
    return f"{_score(outcome.score)}<br><small>bicubic {_score(outcome.bicubic_score)}</small>"


def _score(score: Score) -> str:
    return f"{score.psnr_db:.2f} dB, SSIM {score.ssim:.4f}".replace("inf", "∞")


def _has_result(outcome: Outcome) -> bool:
    """Return whether an image has a result, from this run or from an earlier one."""
    if outcome.state == "done":
        return True
    return outcome.state == "skipped" and outcome.output != outcome.source and outcome.output.is_file()


def _thumbnails(outcome: Outcome) -> str:
    """Return the thumbnails of an image. If a file cannot be read, its thumbnails are missing."""
    figures = []
    with suppress(EngineError):
        whole = read_thumbnail(outcome.source, _THUMBNAIL_PX, _THUMBNAIL_PX)
        figures.append(_figure("Input", "whole", PIL.Image.fromarray(whole)))
        before, after = image_files.read(outcome.source), image_files.read(outcome.output)
        share = _DETAIL_PX / max(_DETAIL_PX, min(after.width, after.height))
        figures.append(_figure("Detail of the input", "detail", _detail(before, share)))
        figures.append(_figure("Detail of the result", "detail", _detail(after, share)))
    return "".join(figures)


def _detail(image: Image, share: float) -> PIL.Image.Image:
    """Return a square in the center of an image.

    Parameters
    ----------
    share : side of the square, as a fraction of the shorter side of the image
    """
    side = max(1, round(share * min(image.height, image.width)))
    top, left = (image.height - side) // 2, (image.width - side) // 2
    window = slice(top, top + side), slice(left, left + side)
    alpha = None if image.alpha is None else image.alpha[window]
    return _to_pillow(composite_over_checkerboard(image.pixels[window], alpha))


def _to_pillow(pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> PIL.Image.Image:
    levels = to_uint8(pixels)
    return PIL.Image.fromarray(levels[:, :, 0] if levels.shape[2] == 1 else levels)


def _figure(caption: str, name: str, image: PIL.Image.Image) -> str:
    """Return a figure with an embedded JPEG."""
    if image.mode == "RGBA":
        rgba = np.asarray(image)
        image = _to_pillow(composite_over_checkerboard(rgba[:, :, :3], rgba[:, :, 3]))
    buffer = BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=_JPEG_QUALITY)
    data = b64encode(buffer.getvalue()).decode()
    tag = f'<img class="{name}" alt="{caption}" src="data:image/jpeg;base64,{data}">'
    return f"<figure>{tag}<figcaption>{caption}</figcaption></figure>"


def _text(text: str | Path) -> str:
    """Return a text as HTML. Bytes of a file name that are not valid text are escaped."""
    return escape(str(text).encode("utf-8", "backslashreplace").decode())
