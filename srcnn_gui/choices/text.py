"""Formatting of images, models, sizes and durations as text, and estimation of the computing time."""

from collections.abc import Mapping

from engine.errors import N_
from engine.imaging.codecs.formats import FORMATS_BY_NAME
from engine.imaging.image import Image
from engine.models import card
from engine.models.catalog import SCALES, Model, is_built_in, is_photo_model
from engine.models.info import ModelInfo
from engine.upscaling.events import Fallback
from engine.upscaling.request import Target
from srcnn_gui.choices.options import AUTOMATIC, SAMPLES, ModelChoice
from srcnn_gui.runtime.translations import _, join_list, translate

CM_PER_INCH = 2.54
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400
DEFAULT_OPERATIONS_PER_SECOND = 130e9  # multiplications and additions; used until a result has been timed


def describe_image(image: Image) -> str:
    """Describe an image in one line: "512 × 512 px, 8-bit RGB".

    For a CMYK file, the color mode of the file is named, although the pixels were converted to RGB.
    """
    kind = _("gray") if image.is_gray else "CMYK" if image.is_cmyk else "RGB"
    parts = [
        format_size(image.height, image.width),
        _("{bits}-bit {kind}").format(bits=image.bits, kind=kind),
        _("with transparency") if image.alpha is not None else "",
    ]
    if image.frames:
        count_text = _("{count} frames") if image.is_animation else _("{count} pages")
        parts.append(count_text.format(count=1 + len(image.frames)))
    return join_list(parts)


def format_size(height: int, width: int) -> str:
    """Format the size of an image: "512 × 512 px"."""
    return _("{width} × {height} px").format(width=width, height=height)


# Title and purpose of each family of built-in models, in the order of the menus.
FAMILIES = {
    "compact-s": (N_("Standard (Compact S)"), N_("Clean images")),
    "photo-light-s": (N_("Photo, light"), N_("JPEG, quality 85 to 97")),
    "photo-medium-s": (N_("Photo, medium"), N_("JPEG, quality 60 to 84")),
    "photo-strong-s": (N_("Photo, strong"), N_("JPEG, quality below 60")),
    "fsrcnn": ("FSRCNN", ""),
    "srcnn-9-1-5": ("SRCNN 9-1-5", ""),
    "srcnn-9-5-5": ("SRCNN 9-5-5", ""),
}


def build_model_choice(model: Model) -> ModelChoice:
    """Return the menu entry of a model, including its card."""
    title = format_model_title(model)
    samples = tuple(name for name in SAMPLES if card.is_training_image(model.record, name))
    rows = build_card_rows(model)
    return ModelChoice(str(model.path), model.name, title, rows, title, is_photo_model(model), samples)


def build_automatic_choice(model: Model, jpeg_quality: int | None, *, is_drawing: bool = False) -> ModelChoice:
    """Return the menu entry for the automatic choice, if it selects `model` for an image.

    Parameters
    ----------
    jpeg_quality : the estimated quality of the image, or None if it is not a JPEG file
    is_drawing : whether the image keeps the default model because it is a drawing
    """
    message = _("Drawing, JPEG, quality about {q}") if is_drawing else _("JPEG, quality about {q}")
    reason = () if jpeg_quality is None else ((_("Input"), message.format(q=jpeg_quality)),)
    title = format_model_title(model)
    rows = (*reason, (_("Model"), title), *build_card_rows(model))
    return ModelChoice(AUTOMATIC, model.name, _("Automatic"), rows, title, is_photo_model(model))


def format_model_title(model: Model) -> str:
    """Return the title of a model: its family if it is built-in, or its name and architecture."""
    if is_built_in(model) and model.family in FAMILIES:
        title = family_title(model.family)
    else:
        title = _("{name} ({arch})").format(name=model.name, arch=model.info.label)
    return title if model.info.scale in SCALES else f"{title} ×{model.info.scale}"


def family_title(family: str) -> str:
    """Return the title of a family of built-in models."""
    return translate(FAMILIES[family][0])


def build_card_rows(model: Model) -> tuple[tuple[str, str], ...]:
    """Return the (label, value) rows of a model's card. Unknown properties are omitted.

    The scores of models for compressed images are omitted, because they were measured on clean images.
    """
    purpose = FAMILIES.get(model.family, ("", ""))[1] if is_built_in(model) else ""
    rows: list[tuple[str, str]] = [(_("Best for"), translate(purpose))] if purpose else []
    recipe = model.record.get("recipe")
    scored = {} if isinstance(recipe, dict) and recipe.get("degradation") else model.record
    psnr_db = scored.get("figures", {}).get("Set5", {}).get("psnr")
    if isinstance(psnr_db, int | float):
        rows.append((_("Set5 PSNR"), f"{psnr_db:.2f} dB"))
    elif isinstance(validation_psnr_db := scored.get("held_out_psnr_db"), int | float):
        rows.append((_("Validation PSNR"), f"{validation_psnr_db:.2f} dB"))
    if trained_on := card.describe_training_set(model.record):
        rows.append((_("Trained on"), translate(trained_on)))
    count = model.info.parameter_count
    rows.append((_("Parameters"), f"{count:,}"))
    return tuple(rows)


def estimate_seconds(pixels: int, info: ModelInfo, operations_per_second: float) -> float:
    """Estimate the time that a model needs to compute a result, in seconds.

    Parameters
    ----------
    pixels : number of pixels of the result, times the number of passes
    info : specification of the model
    operations_per_second : speed of the device, in multiplications and additions per second
    """
    return 2 * info.multiplications_per_pixel * pixels / operations_per_second


def compute_operations_per_second(pixels: int, info: ModelInfo, elapsed_s: float) -> float:
    """Return the measured speed, in multiplications and additions per second.

    Parameters
    ----------
    pixels : number of pixels of the result, times the number of passes
    info : specification of the model
    elapsed_s : time that the result took, in seconds
    """
    return 2 * info.multiplications_per_pixel * pixels / max(elapsed_s, 1e-3)


def format_duration(seconds: float) -> str:
    """Format a duration in seconds or minutes: "0.2 s", "12 s", "3 min"."""
    if seconds < 9.95:
        return _("{time} s").format(time=f"{max(seconds, 0.1):.1f}")
    if seconds < 99.5:
        return _("{time} s").format(time=f"{seconds:.0f}")
    return _("{time} min").format(time=f"{seconds / 60:.0f}")


def format_precision(name: str) -> str:
    """Return the title of a precision: the translated "Automatic" for "auto", or the name itself."""
    return _("Automatic") if name == "auto" else name


def format_fallback_notice(event: object) -> str:
    """Return the message of a Fallback event of a job, or "" for other events."""
    return translate(event.message) if isinstance(event, Fallback) else ""


def format_scale_or_size(scale: int, target: Target | None) -> str:
    """Format the target size, or the scale factor if `target` is None: "×3", "×2.5", "1920 px wide"."""
    if target is None:
        return f"×{scale}"
    if target.factor is not None:
        return f"×{target.factor:g}"
    if target.longest is not None:
        return _("Longest side {px} px").format(px=target.longest)
    side = _("{px} px wide") if target.width is not None else _("{px} px high")
    return side.format(px=target.width or target.height)


def format_print_size(height: int, width: int, dpi: int) -> str:
    """Format the size of a print: "30 × 20 cm (11.8 × 7.9 in) at 300 dpi"."""
    across, down = width / dpi, height / dpi
    return _("{width} × {height} cm ({width_inches} × {height_inches} in) at {dpi} dpi").format(
        width=_one_decimal(across * CM_PER_INCH),
        height=_one_decimal(down * CM_PER_INCH),
        width_inches=_one_decimal(across),
        height_inches=_one_decimal(down),
        dpi=dpi,
    )


def _one_decimal(value: float) -> str:
    """Format a number with one decimal, or without decimals if it is whole."""
    return f"{value:.1f}".removesuffix(".0")


def compute_result_size(image: Image, scale: int, target: Target | None, simulate: bool) -> tuple[int, int]:
    """Return the (height, width) of the result, in pixels.

    The result of a simulation has the size of the image, cropped to a multiple of the scale factor unless there is a
    target size.
    """
    height, width = image.height, image.width
    if simulate:
        step = scale if target is None else 1
        return height - height % step, width - width % step
    return target.size(height, width) if target else (height * scale, width * scale)


def format_long_duration(seconds: float) -> str:
    """Format a duration in suitable units: "5.0 s", "3 min 20 s", "2 h 5 min", "2.5 days"."""
    whole = round(seconds)
    if whole < _MINUTE_S:
        return format_duration(seconds)
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


def format_approximate_duration(seconds: float) -> str:
    """Format an estimated duration, such as "about 2 min"."""
    return _("about {time}").format(time=format_long_duration(seconds))


def remedy_title(changes: Mapping[str, object]) -> str:
    """Return the text of the button for a `Remedy`, whose changes these are, or "" if it has no button."""
    if "format" in changes:
        return _("Save as {format}").format(format=FORMATS_BY_NAME[str(changes["format"])].title)
    titles = {
        ("background",): _("Use a White Background"),
        ("background", "bits"): _("Use 8 Bits and White Background"),
        ("bits",): _("Use 8 Bits"),
        ("lossless",): _("Allow Lossy Compression"),
        ("strip",): _("Remove Metadata") if changes.get("strip") else _("Keep Metadata"),
    }
    return titles.get(tuple(sorted(changes)), "")
