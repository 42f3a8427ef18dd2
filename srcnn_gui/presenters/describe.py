"""Pictures, models and times in the words of the inspector."""

from engine.imaging.pictures import Picture
from engine.models import Model, ModelSpec
from srcnn_gui.messages import _

RATE_GUESS = 60e9  # products and sums a second, until this machine has shown its own


def facts(picture: Picture) -> str:
    """A picture in a line: "512 × 512 px, 8-bit RGB"."""
    kind = _("gray") if picture.is_gray else "RGB"
    return _("{width} × {height} px, {bits}-bit {kind}").format(
        width=picture.width, height=picture.height, bits=picture.bits, kind=kind
    )


def title(model: Model) -> str:
    """A model in the menu: its architecture, and its file's name where that says more."""
    usual = f"srcnn-{model.spec.arch}-x{model.spec.scale}"
    return model.spec.arch if model.name == usual else f"{model.spec.arch}, {model.name}"


def card(model: Model) -> tuple[tuple[str, str], ...]:
    """The model's card: what it scores, what it learned from, how large it is; only what its file says."""
    rows = []
    measured = model.record.get("figures", {}).get("Set5", {}).get("psnr")
    if isinstance(measured, int | float):
        rows.append((f"Set5 ×{model.spec.scale}", f"{measured:.2f} dB"))
    if trained_on := model.record.get("trained_on"):
        rows.append((_("Trained on"), str(trained_on)))
    rows.append((_("Size"), _("{count} weights").format(count=f"{model.spec.weight_count:,}")))
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
