"""The command `srcnn models`, which lists, imports, exports, renames and deletes models."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from engine.cli.console import JsonFlag, Overwrite, out, print_json
from engine.errors import ModelUnknown
from engine.models import card, registry
from engine.models.architectures.srcnn import Srcnn
from engine.models.catalog import Model, list_models
from engine.system import paths

app = typer.Typer(help="List, import, export, rename, and delete models.", epilog="Example: srcnn models")
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of a model, as listed by srcnn models.")]


@app.callback(invoke_without_command=True)
def models(context: typer.Context, as_json: JsonFlag = False) -> None:
    """List all models. The subcommands import, export, rename, and delete models."""
    if context.invoked_subcommand is not None:
        return
    all_models = list_models()
    if as_json:
        print_json([_to_dict(model) for model in all_models])
        return
    table = Table("Name", "Architecture", "Scale", "Parameters", "Training set")
    for model in all_models:
        trained_on = card.describe_training_set(model.record) or "-"
        row = (model.name, model.info.label, f"x{model.info.scale}", f"{model.info.parameter_count:,}", trained_on)
        table.add_row(*row)
    out.print(table)
    out.print(f"Folder of your models: {paths.models_folder()}", markup=False, highlight=False, soft_wrap=True)


@app.command(name="import", epilog="Example: srcnn models import srcnn_x3.pth")
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Model file: .safetensors, official .mat, PyTorch state dict (.pt, .pth), or ncnn model (.param, "
            "with its .bin file in the same folder).",
        ),
    ],
    scale: Annotated[
        int | None,
        typer.Option(
            metavar="FACTOR", help="Scale factor of the model, from 2 to 8.", show_default="from the file or its name"
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Copy a model file into your model library."""
    from engine.models.library import import_model

    _print_model(import_model(file, scale), "Imported", as_json)


@app.command(epilog="Example: srcnn models export srcnn-9-1-5-x3 model.onnx")
def export(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Model name, model file, or architecture such as 9-1-5.")
    ],
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="File to write: .safetensors, .pt, .pth, .onnx, .param (with a .bin file, for ncnn), or .mat (SRCNN "
            "only).",
        ),
    ],
    scale: Annotated[
        int | None,
        typer.Option(
            metavar="FACTOR", help="Scale factor of the model, from 2 to 8.", show_default="scale factor of the model"
        ),
    ] = None,
    overwrite: Overwrite = False,
    as_json: JsonFlag = False,
) -> None:
    """Write a model to a file for PyTorch, MATLAB, ncnn, ONNX Runtime, or another program."""
    from engine.inference.model_export import export_model
    from engine.models.weights import resolve

    model = resolve(name, scale)
    written = export_model(model, file, overwrite=overwrite)
    if as_json:
        print_json({"name": model.name, "path": str(written)})
    else:
        out.print(f"Saved: {written}", markup=False, highlight=False, soft_wrap=True)


@app.command(epilog="Example: srcnn models rename mine portraits")
def rename(
    name: Name,
    new_name: Annotated[str, typer.Argument(metavar="NEW_NAME", help="New name of the model.")],
    as_json: JsonFlag = False,
) -> None:
    """Rename a model that you trained or imported."""
    from engine.training.runs import rename_model  # renames also the run that the model was trained in

    _print_model(rename_model(_find_model(name), new_name), "Renamed", as_json)


@app.command(epilog="Example: srcnn models delete portraits --yes")
def delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without confirmation.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Delete a model that you trained or imported."""
    from engine.models.library import delete_model

    model = _find_model(name)
    if not yes:
        typer.confirm(f"Delete {model.name}?", abort=True, err=True)
    delete_model(model)
    if as_json:
        print_json({"deleted": model.name, "path": str(model.path)})
    else:
        out.print(f"Deleted: {model.path}", markup=False, highlight=False, soft_wrap=True)


def _find_model(name: str) -> Model:
    """Return the model with exactly this name.

    An architecture is not accepted as a name, because it is too ambiguous for renaming or deleting a model.

    Raises
    ------
    ModelUnknown
    """
    all_models = list_models()
    for model in all_models:
        if model.name == name:
            return model
    raise ModelUnknown(name=name, known=", ".join(model.name for model in all_models) or "-")


def _print_model(model: Model, action: str, as_json: bool) -> None:
    """Print a model as JSON, or as a line of text that starts with `action`, such as "Imported"."""
    if as_json:
        print_json(_to_dict(model))
    else:
        description = f"{model.name}, {model.info.label} x{model.info.scale}"
        out.print(f"{action}: {description}, in {model.path}", markup=False, highlight=False, soft_wrap=True)


def _to_dict(model: Model) -> dict[str, object]:
    """Return the properties of a model as a dict for JSON output."""
    return {
        "name": model.name,
        "arch": model.info.label,
        "scale": model.info.scale,
        "path": str(model.path),
        "sha256": model.sha256,
        "architecture": registry.to_dict(model.info).get("architecture", Srcnn.key),
        "channels": "RGB" if model.info.channels == 3 else "Y",
        "weights": model.info.parameter_count,
        "margin": model.info.halo_px,
        "record": model.record,
    }
