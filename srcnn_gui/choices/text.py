"""Pictures, models and times in the words of the inspector."""

from engine.imaging.image import Picture
from engine.models import card as model_card
from engine.models.catalog import SCALES, Model, ModelSpec, is_shipped
from engine.upscaling.events import Fallback
from engine.upscaling.request import Target
from srcnn_gui.choices.options import ModelChoice
from srcnn_gui.runtime.translations import _, listed, plural, said

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400
RATE_GUESS = 130e9  # products and sums a second, until this machine has shown its own


def facts(picture: Picture) -> str:
    """A picture in a line: "512 × 512 px, 8-bit RGB"."""
    kind = _("gray") if picture.is_gray else "RGB"
    told = [
        dimensions(picture.height, picture.width),
        _("{bits}-bit {kind}").format(bits=picture.bits, kind=kind),
        _("transparent") if picture.alpha is not None else "",
    ]
    if picture.frames:
        more = _("{count} frames") if picture.is_animation else _("{count} pages")
        told.append(more.format(count=1 + len(picture.frames)))
    return listed(told)


def dimensions(height: int, width: int) -> str:
    """How large a picture is: "512 × 512 px"."""
    return _("{width} × {height} px").format(width=width, height=height)


def choice(model: Model) -> ModelChoice:
    """A model as a line of the menu, with its card."""
    return ModelChoice(str(model.path), model.name, title(model), card(model))


def title(model: Model) -> str:
    """A model in the menu: its architecture, and its file's name where that says more."""
    usual = f"srcnn-{model.spec.arch}-x{model.spec.scale}"
    if not is_shipped(model):
        own = _("{arch}, {name} (own)").format(arch=model.spec.arch, name=model.name)
        return own if model.spec.scale in SCALES else f"{own} ×{model.spec.scale}"
    return model.spec.arch if model.name == usual else f"{model.spec.arch}, {model.name}"


def card(model: Model) -> tuple[tuple[str, str], ...]:
    """The model's card: what it scores, what it learned from, how large it is; only what its file says."""
    rows = []
    measured = model.record.get("figures", {}).get("Set5", {}).get("psnr")
    if isinstance(measured, int | float):
        rows.append((f"Set5 ×{model.spec.scale}", f"{measured:.2f} dB"))
    elif isinstance(kept_apart := model.record.get("held_out_psnr_db"), int | float):
        rows.append((_("Held out"), f"{kept_apart:.2f} dB"))
    if trained_on := model_card.training_set(model.record):
        rows.append((_("Trained on"), said(trained_on)))
    weights = model.spec.weight_count
    rows.append((_("Size"), plural("{count} weight", "{count} weights", weights).format(count=f"{weights:,}")))
    return tuple(rows)


def seconds(pixels: int, spec: ModelSpec, rate: float) -> float:
    """How long an enlargement to so many pixels takes at a rate, s."""
    return 2 * spec.products_per_pixel * pixels / rate


def rate(pixels: int, spec: ModelSpec, took_s: float) -> float:
    """Products and sums a second of a finished enlargement."""
    return 2 * spec.products_per_pixel * pixels / max(took_s, 1e-3)


def duration(seconds: float) -> str:
    """A time as a person says it: 0.2 s, 12 s, 3 min."""
    if seconds < 9.95:
        return _("{time} s").format(time=f"{max(seconds, 0.1):.1f}")
    if seconds < 99.5:
        return _("{time} s").format(time=f"{seconds:.0f}")
    return _("{time} min").format(time=f"{seconds / 60:.0f}")


def precision(name: str) -> str:
    """What the network computes with; types have the same name everywhere."""
    return _("Automatic") if name == "auto" else name


def notice(event: object) -> str:
    """Return what the user should know about an event while the work goes on, or "" if it needs no notice."""
    return said(event.sentence) if isinstance(event, Fallback) else ""


def size(scale: int, target: Target | None) -> str:
    """A factor or a target size in words: ×3, ×2.5, 1920 px wide."""
    if target is None:
        return f"×{scale}"
    if target.factor is not None:
        return f"×{target.factor:g}"
    side = _("{px} px wide") if target.width is not None else _("{px} px high")
    return side.format(px=target.width or target.height)


def output_size(picture: Picture, scale: int, target: Target | None, reference: bool) -> tuple[int, int]:
    """(height, width) of the enlargement; a ground truth is reduced first, and keeps its size but for the crop."""
    height, width = picture.height, picture.width
    if reference:
        step = scale if target is None else 1
        return height - height % step, width - width % step
    return target.size(height, width) if target else (height * scale, width * scale)


def long_duration(seconds: float) -> str:
    """A time that may be minutes or days."""
    whole = round(seconds)
    if whole < _MINUTE_S:
        return duration(seconds)
    if whole < _HOUR_S and whole % _MINUTE_S == 0:
        return _("{minutes} min").format(minutes=whole // _MINUTE_S)
    if whole < _HOUR_S:
        return _("{minutes} min {seconds} s").format(minutes=whole // _MINUTE_S, seconds=whole % _MINUTE_S)
    if whole % _HOUR_S == 0 and whole < _DAY_S:
        return _("{hours} h").format(hours=whole // _HOUR_S)
    if whole < 2 * _DAY_S:
        hours, rest = divmod(whole, _HOUR_S)
        return _("{hours} h {minutes} min").format(hours=hours, minutes=rest // _MINUTE_S)
    return _("{days} days").format(days=f"{whole / _DAY_S:.1f}")


def about(seconds: float) -> str:
    """A time that is not known to the second."""
    return _("about {time}").format(time=long_duration(seconds))
