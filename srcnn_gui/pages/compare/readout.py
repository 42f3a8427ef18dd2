"""Readout under the panes: scores as text with their convention, or the reason why there are none."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.imaging.metrics import Score, ScoreMaps
from engine.imaging.tiles import Rect
from engine.upscaling.events import Pane
from srcnn_gui.runtime.translations import _, format_psnr, format_signed, format_ssim, join_list

NO_SCORE = "–"


def psnr_tooltip() -> str:
    """Explain the PSNR in a sentence."""
    return _("PSNR: how near the pixels are to the ground truth, in decibels. 1 dB more is 21 % less squared error.")


def ssim_tooltip() -> str:
    """Explain the SSIM in a sentence."""
    return _("SSIM: how alike the structures are to those of the ground truth, from 0 to 1; 1 is identical.")


@dataclass(frozen=True)
class ScoreGroup:
    """PSNR and SSIM as text: of bicubic, of SRCNN, and the gain."""

    psnr: tuple[str, str, str] = (NO_SCORE,) * 3
    ssim: tuple[str, str, str] = (NO_SCORE,) * 3
    gain: int = 0  # sign of the PSNR gain: 1, 0 or -1
    stale: bool = True  # there are no scores yet, or they belong to other pixels


@dataclass(frozen=True)
class Readout:
    """Scores of the whole image and of a region with their convention, or the reason why there are none."""

    whole: ScoreGroup = ScoreGroup()
    visible: ScoreGroup = ScoreGroup()
    convention: str = ""
    region: str = ""
    selected: bool = False  # whether the region is a selection
    reason: str = ""
    advice: str = ""


def missing_ground_truth() -> Readout:
    """Return the readout without a ground truth."""
    advice = _("Drop the original as a second picture, or let the app reduce yours and test against it.")
    return Readout(reason=_("PSNR and SSIM appear when there is a ground truth"), advice=advice)


def too_small() -> Readout:
    """Return the readout of a ground truth that is smaller than the SSIM window."""
    return Readout(
        reason=_("This picture is too small for PSNR and SSIM"),
        advice=_("After the border is left out, at least 11 × 11 pixels must remain."),
    )


def score_group(bicubic: Score | None, srcnn: Score | None, previous: ScoreGroup) -> ScoreGroup:
    """Format a pair of scores; if one is missing, return the previous scores marked as stale."""
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


def convention(border_px: int, *, gray: bool = False) -> str:
    """Describe how the scores are computed: on gray levels or on the Y channel (BT.601)."""
    if gray:
        return _("Gray 0–255, border {px} px, 8-bit").format(px=border_px)
    return _("Y of BT.601, border {px} px, 8-bit").format(px=border_px)


def region(rect: Rect | None, *, selected: bool = False) -> str:
    """Describe the visible or selected region."""
    if rect is None or not rect.area:
        return ""
    template = (
        _("Selected: {width} × {height} px at {left}, {top}")
        if selected
        else _("Visible: {width} × {height} px at {left}, {top}")
    )
    return template.format(width=rect.width, height=rect.height, left=rect.left, top=rect.top)


def format_scores(name: str, model: str, size_text: str, readout: Readout) -> str:
    """Format the scores for the clipboard."""
    rows = [f"{name}, {size_text}, {model} ({readout.convention})"]
    for title, group in ((_("Whole picture"), readout.whole), (readout.region, readout.visible)):
        if not group.stale:
            columns = zip((_("bicubic"), "SRCNN", _("gain")), group.psnr, group.ssim, strict=True)
            scores = join_list(f"{column} {psnr_db} dB / {ssim}" for column, psnr_db, ssim in columns)
            rows.append(_("{title}: {figures}").format(title=title, figures=scores))
    return "\n".join(rows)


def mark_stale(readout: Readout, border_px: int, *, gray: bool = False) -> Readout:
    """Mark the scores as stale when an upscale starts."""
    whole, visible = (replace(group, stale=True) for group in (readout.whole, readout.visible))
    return Readout(whole=whole, visible=visible, convention=convention(border_px, gray=gray))


def with_whole_scores(readout: Readout, scores: Mapping[Pane, Score]) -> Readout:
    """Return the readout with the scores of the whole image, or why there are none."""
    if not scores:
        return too_small()
    return replace(readout, whole=score_group(scores["bicubic"], scores["srcnn"], readout.whole))


def with_region_scores(
    readout: Readout, maps: Mapping[Pane, ScoreMaps], visible: Rect | None, *, selected: bool = False
) -> Readout:
    """Return the readout with the scores of the region, if its tiles are computed."""
    if readout.reason:
        return readout
    readout = replace(readout, region=region(visible, selected=selected), selected=selected)
    if visible is None or maps["srcnn"].covers(visible):
        return replace(readout, visible=readout.whole)
    srcnn = maps["srcnn"].score(visible)  # its tiles come last: without it, skip bicubic
    bicubic = maps["bicubic"].score(visible) if srcnn else None
    return replace(readout, visible=score_group(bicubic, srcnn, readout.visible))
