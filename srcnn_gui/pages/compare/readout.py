"""The figures under the panes: scores as text, with their convention, or the reason why there are none."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.imaging.metrics import Score, ScoreMaps
from engine.imaging.tiles import Rect
from engine.upscaling.events import Pane
from srcnn_gui.runtime.translations import _, decibel, listed, signed, similarity

NO_FIGURE = "–"


def psnr_meaning() -> str:
    """What the peak signal-to-noise ratio measures, in a sentence."""
    return _("PSNR: how near the pixels are to the ground truth, in decibels. 1 dB more is 21 % less squared error.")


def ssim_meaning() -> str:
    """What the structural similarity measures, in a sentence."""
    return _("SSIM: how alike the structures are to those of the ground truth, from 0 to 1; 1 is identical.")


@dataclass(frozen=True)
class Figures:
    """One group of the readout: PSNR and SSIM of bicubic, of SRCNN, and the gain, ready to show."""

    psnr: tuple[str, str, str] = (NO_FIGURE,) * 3
    ssim: tuple[str, str, str] = (NO_FIGURE,) * 3
    gain: int = 0  # sign of the PSNR's gain: 1, 0 or -1
    stale: bool = True  # nothing to show yet, or what is shown belongs to other pixels


@dataclass(frozen=True)
class Readout:
    """Both groups, and how they are measured; without a ground truth, the reason instead."""

    whole: Figures = Figures()
    visible: Figures = Figures()
    convention: str = ""
    region: str = ""
    selected: bool = False  # the region is one that a person drew
    reason: str = ""
    advice: str = ""


def no_ground_truth() -> Readout:
    """The readout when nothing can be measured: why, and what to do."""
    advice = _("Drop the original as a second picture, or let the app reduce yours and test against it.")
    return Readout(reason=_("PSNR and SSIM appear when there is a ground truth"), advice=advice)


def too_small() -> Readout:
    """The readout of a ground truth in which not one window of the SSIM fits."""
    return Readout(
        reason=_("This picture is too small for PSNR and SSIM"),
        advice=_("After the border is left out, at least 11 × 11 pixels must remain."),
    )


def figures(bicubic: Score | None, srcnn: Score | None, before: Figures) -> Figures:
    """Format a pair of scores; while one is missing the figures before stay, marked as stale."""
    if bicubic is None or srcnn is None:
        return Figures(before.psnr, before.ssim, before.gain, stale=True)
    psnr_gain = 0.0 if srcnn.psnr_db == bicubic.psnr_db else srcnn.psnr_db - bicubic.psnr_db
    gain_text = signed(psnr_gain, 2).replace("inf", "∞")
    return Figures(
        psnr=(decibel(bicubic.psnr_db), decibel(srcnn.psnr_db), gain_text),
        ssim=(similarity(bicubic.ssim), similarity(srcnn.ssim), signed(srcnn.ssim - bicubic.ssim, 4)),
        gain=(psnr_gain > 0) - (psnr_gain < 0),
        stale=False,
    )


def convention(border_px: int, *, gray: bool = False) -> str:
    """How the figures are measured, for the line beside them; of a gray image its own levels are compared."""
    if gray:
        return _("Gray levels 0–255, border {px} px, 8-bit").format(px=border_px)
    return _("Y of BT.601, border {px} px, 8-bit").format(px=border_px)


def region(rect: Rect | None, *, selected: bool = False) -> str:
    """Which part of the picture is visible or selected, for the line beside the figures."""
    if rect is None or not rect.area:
        return ""
    told = (
        _("Selected: {width} × {height} px at {left}, {top}")
        if selected
        else _("Visible: {width} × {height} px at {left}, {top}")
    )
    return told.format(width=rect.width, height=rect.height, left=rect.left, top=rect.top)


def as_text(name: str, model: str, times: str, readout: Readout) -> str:
    """The scores as a few lines for the clipboard."""
    rows = [f"{name}, {times}, {model} ({readout.convention})"]
    for title, group in ((_("Whole picture"), readout.whole), (readout.region, readout.visible)):
        if not group.stale:
            psnr, ssim = group.psnr, group.ssim
            columns = zip((_("bicubic"), "SRCNN", _("gain")), psnr, ssim, strict=True)
            told = listed(f"{column} {one} dB / {other}" for column, one, other in columns)
            rows.append(_("{title}: {figures}").format(title=title, figures=told))
    return "\n".join(rows)


def outdated(told: Readout, border_px: int, *, gray: bool = False) -> Readout:
    """An enlargement begins: the figures shown belong to the one before."""
    whole, visible = (replace(group, stale=True) for group in (told.whole, told.visible))
    return Readout(whole=whole, visible=visible, convention=convention(border_px, gray=gray))


def with_whole(told: Readout, scores: Mapping[Pane, Score]) -> Readout:
    """The enlargement is complete: the whole picture's scores, or why there are none."""
    if not scores:
        return too_small()
    return replace(told, whole=figures(scores["bicubic"], scores["srcnn"], told.whole))


def with_visible(
    told: Readout, maps: Mapping[Pane, ScoreMaps], visible: Rect | None, *, selected: bool = False
) -> Readout:
    """The scores of the visible or selected part, as far as its tiles are there."""
    if told.reason:
        return told
    told = replace(told, region=region(visible, selected=selected), selected=selected)
    if visible is None or maps["srcnn"].covers(visible):
        return replace(told, visible=told.whole)
    srcnn = maps["srcnn"].score(visible)  # done last: without it the other would be computed in vain
    bicubic = maps["bicubic"].score(visible) if srcnn else None
    return replace(told, visible=figures(bicubic, srcnn, told.visible))
