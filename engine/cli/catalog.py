"""The hidden command `srcnn catalogue`, which generates catalogue.toml and docs/models.md.

Both are generated from the model cards of the built-in models.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any

import typer

from engine.datasets.download import FOLDERS
from engine.evaluation.published import OFFICIAL_WEIGHTS_SCORES
from engine.models import card, catalog
from engine.models.catalog import Model
from engine.training.request import PAPER_RECIPE, STANDARD_RECIPE, Recipe

_IMAGENET_ARCHITECTURE = "9-5-5"  # the official weights of this architecture were trained on ImageNet
_TEST_SETS = ("Set5", "Set14")
_TRAINING_SETS = (  # lines of Markdown
    "## Training sets",
    "",
    "- t91: the 91 images of the papers. `srcnn data fetch t91` downloads them.",
    "- t91-photos: these images and 14 photographs with the licenses CC0, CC BY and CC BY-SA from Debian packages.",
    "  [benchmarks/training_photos.py](../benchmarks/training_photos.py) rebuilds them, and the table beside it names",
    "  their authors and licenses.",
    "",
    "Set5 and Set14 are only used for the scores. No model, checkpoint or setting was chosen by them.",
)
_FILE_FORMATS = (  # lines of Markdown; tests/engine/models/test_library.py checks the table
    "## File formats",
    "",
    "`srcnn models import` reads these files, and `srcnn models export` writes them.",
    "",
    "| Format | Files | SRCNN | FSRCNN | Compact | Scale factor |",
    "|---|---|---|---|---|---|",
    "| SRCNN Studio | .safetensors | read, write | read, write | read, write | in the file |",
    "| PyTorch state dict | .pth, .pt | read, write | read, write | read, write | of Compact in the file |",
    "| ncnn | .param with .bin | read, write | read, write | read, write | of FSRCNN and Compact in the file |",
    "| ONNX | .onnx | write | write | write | in the metadata |",
    "| official MATLAB layout | .mat | read, write | - | - | not in the file |",
    "",
    "If the file does not contain the scale factor, it is taken from the file name, as in `mine_x3.pth`, or from",
    "`--scale`. A `.safetensors` file of another program is read like a state dict.",
    "",
    "- Input and output have values from 0 to 1. The input of an SRCNN is the bicubic result. The input of the",
    "  others is the image before upscaling. Built-in models work on the Y channel (BT.601), and most published",
    "  Compact models on RGB.",
    "- ncnn models are read in text format, with weights in float32 or float16. They must consist of the layers",
    "  of one of these architectures. An error names the first layer that doesn't fit, such as the bicubic",
    "  resizing at the end of realesr-animevideov3-x2 and -x3. The ×4 model of that name can be imported.",
    "- In files for ncnn and ONNX, the network pads its input with replicated edge pixels. Its result equals that",
    "  of this program. The input is called `data` in ncnn, and `luma` or `rgb` in ONNX. Images can have any",
    "  size. An ncnn model is run before it is written, and its result must equal that of PyTorch to half a level",
    "  of 255.",
    "- Published Compact models pad each layer with zeros. This program replicates the edge pixels instead. Near",
    "  the edges of the image, within one input pixel for each convolution, the result differs from that of other",
    "  programs.",
    '- Export as ONNX needs `pip install "srcnn-studio[onnx]"`.',
)
# Option of `srcnn train` that sets each field of a recipe.
_OPTIONS = {
    "learning_rate": "--learning-rate",
    "batch_size": "--batch-size",
    "ema_decay": "--ema-decay",
    "quantized_share": "--quantized-share",
    "weight_decay": "--weight-decay",
    "grad_clip": "--grad-clip",
    "loss_weighting": "--loss-weighting",
    "init_gain": "--init-gain",
    "precision": "--precision",
    "loss": "--loss",
    "patch_size": "--patch-size",
}
# Fields whose options are always printed, because the default values may change in a later version.
_ALWAYS_INCLUDED = ("learning_rate", "batch_size", "ema_decay", "loss_weighting")
_WORDS = {  # regular expressions for the text before each value in the one-line recipe of old model cards
    "learning_rate": "^(?:adamw?|sgd)",
    "batch_size": "batch",
    "ema_decay": "average",
    "quantized_share": "rounded",
    "weight_decay": "decay",
    "grad_clip": "clip",
    "loss_weighting": "balance",
    "init_gain": "first filters from",
}


def print_catalog(
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print docs/models.md instead of catalogue.toml.")
    ] = False,
) -> None:
    """Print the contents of weights/catalogue.toml or docs/models.md for the built-in models."""
    folder = catalog.built_in_directory()
    built_in = [model for model in catalog.list_models() if model.path.parent == folder]
    print(_markdown(built_in) if as_markdown else _toml(built_in), end="")


def _toml(built_in: list[Model]) -> str:
    """Return the contents of weights/catalogue.toml: checksums and model cards of the built-in models."""
    lines = ["# Generated from the headers of the files beside it by `make catalogue`; do not edit."]
    for model in built_in:
        record = {key: value for key, value in model.record.items() if key != "figures"}
        fields = {"arch": model.info.label, "scale": model.info.scale, "sha256": model.sha256}
        fields |= {key: value for key, value in record.items() if isinstance(value, str | int | float | dict)}
        lines += ["", f"[{json.dumps(model.name)}]"]
        lines += [f"{key} = {_toml_value(value)}" for key, value in fields.items()]
        for set_name, figures in model.record.get("figures", {}).items():
            lines.append(f"figures.{json.dumps(set_name)} = {_toml_value(figures)}")
    return "\n".join(lines) + "\n"


def _toml_value(value: object) -> str:
    """Return a value as TOML. Dicts become inline tables, and numbers and strings are written as in JSON."""
    if isinstance(value, list):
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml_value(inside)}" for key, inside in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def _markdown(built_in: list[Model]) -> str:
    """Return the contents of docs/models.md: scores of the built-in models, and how they were trained.

    The table also lists bicubic and the official models, which were scored in the same way.
    """
    lines = [
        "# Built-in models",
        "",
        "Generated by `make catalogue` from the model cards in `weights/`; do not edit.",
        "",
        "## Scores",
        "",
        "Mean PSNR in dB and SSIM on Set5 and Set14, on the 8-bit Y channel (BT.601) with a cropped border, as in the",
        "SRCNN papers. “Official” stands for the weights of the authors of SRCNN, measured with this program.",
        "A score in bold is not below the official one of the same architecture. Photo models are for compressed",
        "images, and these scores are for uncompressed ones. See [Compressed images](#compressed-images).",
        "",
        "| Model | Scale | Parameters | Multiplications per pixel | Set5 | Set14 |",
        "|---|---|---|---|---|---|",
    ]
    for scale in sorted({model.info.scale for model in built_in}):
        lines += _score_rows([model for model in built_in if model.info.scale == scale])
    lines += ["", *_TRAINING_SETS, "", *_FILE_FORMATS]
    for model in built_in:
        lines += ["", f"## {model.name}", "", *_history(model, _earlier_models(model, built_in))]
    return "\n".join(lines) + "\n"


def _score_rows(models: list[Model]) -> list[str]:
    """Return the table rows for one scale factor: bicubic, the built-in models, and the official models."""
    scored = [model for model in models if set(_TEST_SETS) <= model.record.get("figures", {}).keys()]
    if not scored:
        return []
    scale = scored[0].info.scale
    bicubic = [f"{scored[0].record['figures'][name]['bicubic_psnr']:.2f}" for name in _TEST_SETS]
    rows = [["bicubic", f"x{scale}", "", "", *bicubic]]
    for model in scored:
        info, cells = model.info, []
        for name in _TEST_SETS:
            figures, official = (
                model.record["figures"][name],
                OFFICIAL_WEIGHTS_SCORES.get((name, model.info.label, scale)),
            )
            psnr = f"{figures['psnr']:.2f}"
            is_bold = official is not None and float(psnr) >= official[0]
            cells.append(f"{f'**{psnr}**' if is_bold else psnr} / {figures['ssim']:.4f}")
        rows.append(
            [model.name, f"x{scale}", f"{info.parameter_count:,}", f"{info.multiplications_per_pixel:,.0f}", *cells]
        )
        if (_TEST_SETS[0], info.label, scale) in OFFICIAL_WEIGHTS_SCORES:
            scores = [OFFICIAL_WEIGHTS_SCORES[(name, info.label, scale)] for name in _TEST_SETS]
            training_set = "ImageNet" if info.label == _IMAGENET_ARCHITECTURE else "91 images"
            cells = [f"{psnr:.2f} / {ssim:.4f}" for psnr, ssim in scores]
            rows.append([f"official {info.label} ({training_set})", f"x{scale}", *rows[-1][2:4], *cells])
    return [f"| {' | '.join(row)} |" for row in rows]


def _history(model: Model, earlier: Iterable[Model]) -> list[str]:
    """Return lines of Markdown that describe how a model was trained, according to its model card.

    Parameters
    ----------
    earlier : built-in models from whose weights this model was trained, directly or indirectly
    """
    record, info = model.record, model.info
    threads = "1 thread" if record["threads"] == 1 else f"{record['threads']} threads"
    baseline = "the input" if info.scale == 1 else "bicubic"
    scores = f"{record['held_out_psnr_db']:.2f} dB, where {baseline} has {record['held_out_bicubic_psnr_db']:.2f} dB"
    start = f" Started from the weights of {record['warm_start']}." if record.get("warm_start") else ""
    return [
        f"Architecture {info.label}, scale x{info.scale}, {info.parameter_count:,} parameters.{start}",
        f"Training set: {card.describe_training_set(record)}. Validation set: {_validation_source(record)}.",
        f"{_recipe(record).summary}. {record['steps']:,} steps, seed {record['seed']}, {threads}.",
        f"The weights of step {record['step']:,} had the best score on the validation set: {scores}.",
        *_validation_caveat(record, earlier),
        "",
        f"    {_command(model)}",
    ]


def _earlier_models(model: Model, built_in: Iterable[Model]) -> list[Model]:
    """Return the built-in models from whose weights a model was trained, directly or indirectly."""
    by_name = {other.name: other for other in built_in}
    earlier: list[Model] = []
    start = by_name.get(model.record.get("warm_start") or "")
    while start is not None and start != model and start not in earlier:
        earlier.append(start)
        start = by_name.get(start.record.get("warm_start") or "")
    return earlier


def _validation_caveat(record: Mapping[str, Any], earlier: Iterable[Model]) -> list[str]:
    """Return a line of Markdown that names validation images on which earlier models were trained.

    The list is empty if there are none.
    """
    names = record["held_out"]
    if not isinstance(names, list):
        return []
    seen: set[str] = set()
    for model in earlier:
        if _source(model.record) == _source(record) and isinstance(model.record["held_out"], list):
            seen |= set(names) - set(model.record["held_out"])
    if not seen:
        return []
    return [
        f"Training before this run included {len(seen)} of the {len(names)} validation images: the score is too high."
    ]


def _validation_source(record: Mapping[str, Any]) -> str:
    """Return a description of the validation set: the names of its images, or its number of patches."""
    stored = record["held_out"]
    return f"the last {stored['patches']:,} patches" if isinstance(stored, dict) else ", ".join(stored)


def _command(model: Model) -> str:
    """Return the `srcnn train` command that trains a model with the same settings."""
    record, recipe = model.record, _recipe(model.record)
    stored = record["held_out"]
    count = stored["patches"] if isinstance(stored, dict) else len(stored)
    options = [f"--arch {model.info.label} --scale {model.info.scale}", *_options(recipe)]
    options += [f"--warm-start {record['warm_start']}"] if record.get("warm_start") else []
    options += [f"--validation {count} --steps {record['steps']} --seed {record['seed']}"]
    return f"srcnn train {_source(record)} {' '.join(options)} --output {model.name}.safetensors"


def _options(recipe: Recipe) -> list[str]:
    """Return the options of `srcnn train` that select a recipe."""
    is_paper = recipe.optimizer == "sgd"
    start = PAPER_RECIPE if is_paper else STANDARD_RECIPE
    options = ["--paper"] if is_paper else []
    for field, option in _OPTIONS.items():
        value = getattr(recipe, field)
        if value != getattr(start, field) or (value and field in _ALWAYS_INCLUDED):
            options.append(f"{option} {value if isinstance(value, str) else f'{value:g}'}")
    options += [f"--rescale {factor:g}" for factor in recipe.rescales]
    options += [f"--degrade {recipe.degradation}"] if recipe.degradation else []
    return options + (["--all-phases"] if recipe.all_phases else [])


def _source(record: Mapping[str, Any]) -> str:
    """Return the training set in a model card as the SOURCE argument of `srcnn train`."""
    stored = record["trained_on"]
    name = str(stored["name"]) if isinstance(stored, dict) else str(stored).partition(",")[0]
    return name.lower() if name.lower() in FOLDERS else name


def _recipe(record: Mapping[str, Any]) -> Recipe:
    """Return the training recipe in a model card.

    Raises
    ------
    RecipeUnreadable
    """
    stored = record["recipe"]
    return _parse_recipe(stored) if isinstance(stored, str) else Recipe.from_dict(stored)


def _parse_recipe(text: str) -> Recipe:
    """Parse the one-line recipe of an old model card. Settings that are not in the text are turned off."""
    matches = {field: re.search(rf"{words} ([\d.e-]+)", text) for field, words in _WORDS.items()}
    values: dict[str, Any] = {field: float(match[1]) for field, match in matches.items() if match}
    optimizer = text.partition(" ")[0]
    start = PAPER_RECIPE if optimizer == "sgd" else Recipe(ema_decay=0)
    rescales, precision = re.search(r"rescales ([\d. ]+)", text), re.search(r"layer 2 in (\w+)", text)
    values |= {"rescales": tuple(map(float, rescales[1].split()))} if rescales else {}
    values |= {"precision": precision[1]} if precision else {}
    values |= {"optimizer": optimizer, "batch_size": int(values["batch_size"]), "all_phases": "every phase" in text}
    return replace(start, **values)
