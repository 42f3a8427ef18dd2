"""Readout below the panes, with the scores or the reason why there are none. Does not use Qt."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.imaging.metrics import Score, ScoreMaps
from engine.imaging.tiles import Rect
from engine.upscaling.events import Pane
from srcnn_gui.runtime.translations import _, format_psnr, format_signed, format_ssim, join_list

NO_SCORE = "–"


def explain_psnr() -> str:
    """Return a tooltip that explains PSNR."""
    return _(
        "Measures how close the pixels are to the ground truth. An increase of 1 dB means 21% less mean squared error."
    )


def explain_ssim() -> str:
    """Return a tooltip that explains SSIM."""
    return _(
        "Measures the structural similarity to the ground truth. A value of 1 means that the images are identical."
    )


@dataclass(frozen=True)
class ScoreGroup:
    """Scores of the whole image or of a region, as text.

    Attributes
    ----------
    psnr : PSNR of bicubic, PSNR of SRCNN, and the gain of SRCNN over bicubic, in dB
    ssim : SSIM of bicubic, SSIM of SRCNN, and the gain of SRCNN over bicubic
    gain : sign of the PSNR gain: 1 if SRCNN is better than bicubic, -1 if it is worse, 0 if both are equal
    stale : whether the scores are missing or outdated
    """

    psnr: tuple[str, str, str] = (NO_SCORE,) * 3
    ssim: tuple[str, str, str] = (NO_SCORE,) * 3
    gain: int = 0
    stale: bool = True


@dataclass(frozen=True)
class Readout:
    """Scores of the whole image and of a region, or the reason why there are none.

    Attributes
    ----------
    whole_scores : scores of the whole image
    region_scores : scores of the region, which is the selection or the visible part of the image
    convention : text that describes how the scores are measured
    region_text : text that describes the region
    selected : whether the region is a selection
    reason : reason why there are no scores, or "" if there are scores
    advice : what the user can do to see scores
    """

    whole_scores: ScoreGroup = ScoreGroup()
    region_scores: ScoreGroup = ScoreGroup()
    convention: str = ""
    region_text: str = ""
    selected: bool = False
    reason: str = ""
    advice: str = ""


def explain_missing_ground_truth() -> Readout:
    """Return a readout for an image without a ground truth, which explains how to get scores."""
    advice = _("Drop the ground truth as a second image, or start a simulation with this image.")
    return Readout(reason=_("PSNR and SSIM need a ground truth"), advice=advice)


def explain_too_small() -> Readout:
    """Return a readout for an image that is too small for PSNR and SSIM."""
    return Readout(
        reason=_("This image is too small for PSNR and SSIM"),
        advice=_("At least 11 × 11 pixels must remain after the border is cropped."),
    )


def format_score_group(bicubic: Score | None, srcnn: Score | None, previous: ScoreGroup) -> ScoreGroup:
    """Format the scores of bicubic and SRCNN. If one is None, return `previous` marked as stale."""
    if bicubic is None or srcnn is None:
        return ScoreGroup(previous.psnr, previous.ssim, previous.gain, stale=True)
    psnr_gain = 0.0 if srcnn.psnr_db == bicubic.psnr_db else srcnn.psnr_db - bicubic.psnr_db
    gain_text = format_signed(psnr_gain, 2).replace("inf", "∞")
    return ScoreGroup(
        psnr=(format_psnr(bicubic.psnr_db), format_psnr(srcnn.psnr_db), gain_text),
        ssim=(format_ssim(bicubic.ssim), format_ssim(srcnn.ssim), format_signed(srcnn.ssim - bicubic.ssim, 4)),
        gain=(psnr_gain > 0) - (psnr_gain < 0),
        stale=False,
    )


def describe_convention(border_px: int, *, gray: bool = False) -> str:
    """Describe how the scores are measured.

    Parameters
    ----------
    border_px : width of the border that is cropped on every side before scoring, in pixels
    gray : whether gray levels are compared instead of the Y channel (BT.601)
    """
    if gray:
        return _("Gray (0–255), 8-bit, {px} px border cropped").format(px=border_px)
    return _("Y channel (BT.601), 8-bit, {px} px border cropped").format(px=border_px)


def describe_region(rect: Rect | None, *, selected: bool = False) -> str:
    """Describe the size and position of the scored region, or return "" if there is none."""
    if rect is None or not rect.area:
        return ""
    template = (
        _("Selected: {width} × {height} px at {left}, {top}")
        if selected
        else _("Visible: {width} × {height} px at {left}, {top}")
    )
    return template.format(width=rect.width, height=rect.height, left=rect.left, top=rect.top)


def format_scores(name: str, model: str, size_text: str, readout: Readout) -> str:
    """Format the scores for the clipboard, on one line for the whole image and one for the region.

    Parameters
    ----------
    name : name of the image
    model : title of the model
    size_text : scale factor or target size
    readout : scores to format. Stale scores are omitted
    """
    rows = [f"{name}, {size_text}, {model} ({readout.convention})"]
    for title, group in ((_("Whole image"), readout.whole_scores), (readout.region_text, readout.region_scores)):
        if not group.stale:
            columns = zip((_("bicubic"), model, _("gain")), group.psnr, group.ssim, strict=True)
            scores = join_list(f"{column} {psnr_db} dB / {ssim}" for column, psnr_db, ssim in columns)
            rows.append(_("{title}: {scores}").format(title=title, scores=scores))
    return "\n".join(rows)


def mark_stale(readout: Readout, border_px: int, *, gray: bool = False) -> Readout:
    """Return a readout with the previous scores marked as stale, to show until new scores are computed."""
    whole, region = (replace(group, stale=True) for group in (readout.whole_scores, readout.region_scores))
    return Readout(whole_scores=whole, region_scores=region, convention=describe_convention(border_px, gray=gray))


def with_whole_scores(readout: Readout, scores: Mapping[Pane, Score]) -> Readout:
    """Return the readout with the scores of the whole image.

    If the image is too small, `scores` is empty, and a readout that explains this is returned.
    """
    if not scores:
        return explain_too_small()
    return replace(readout, whole_scores=format_score_group(scores["bicubic"], scores["model"], readout.whole_scores))


def with_region_scores(
    readout: Readout, maps: Mapping[Pane, ScoreMaps], region: Rect | None, *, selected: bool = False
) -> Readout:
    """Return the readout with the scores of the visible or selected region.

    If tiles of the region are still missing, the previous scores are kept and marked as stale.

    Parameters
    ----------
    maps : score maps of the bicubic and SRCNN panes
    region : region to score, or None for the whole image
    selected : whether the region is a selection
    """
    if readout.reason:
        return readout
    readout = replace(readout, region_text=describe_region(region, selected=selected), selected=selected)
    if region is None or maps["model"].covers(region):
        return replace(readout, region_scores=readout.whole_scores)
    srcnn = maps["model"].score(region)  # SRCNN tiles arrive last; without them, bicubic need not be scored
    bicubic = maps["bicubic"].score(region) if srcnn else None
    return replace(readout, region_scores=format_score_group(bicubic, srcnn, readout.region_scores))
