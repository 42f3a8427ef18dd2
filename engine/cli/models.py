"""`srcnn models`: which models there are."""

import json
from typing import Annotated

import typer
from rich.table import Table

from engine import folders
from engine.cli.console import JsonFlag, out, print_json
from engine.models import Model, catalogue, shipped_models_folder


def models(
    as_json: JsonFlag = False,
    as_toml: Annotated[bool, typer.Option("--toml", help="Print the shipped models as catalogue.toml.")] = False,
) -> None:
    """List the models that come with the program and your own."""
    found = catalogue()
    if as_toml:
        print(_toml([model for model in found if model.path.parent == shipped_models_folder()]), end="")
        return
    if as_json:
        print_json(
            [
                {
                    "name": model.name,
                    "arch": model.spec.arch,
                    "scale": model.spec.scale,
                    "path": str(model.path),
                    "sha256": model.sha256,
                    "n1": model.spec.n1,
                    "n2": model.spec.n2,
                    "weights": model.spec.weight_count,
                    "margin": model.spec.margin_px,
                    "record": model.record,
                }
                for model in found
            ]
        )
        return
    table = Table("Name", "Architecture", "Scale", "Weights", "Trained on")
    for model in found:
        trained_on = str(model.record.get("trained_on", "-"))
        row = (model.name, model.spec.arch, f"x{model.spec.scale}", f"{model.spec.weight_count:,}", trained_on)
        table.add_row(*row)
    out.print(table)
    out.print(f"Your own models lie in {folders.models()}", markup=False, highlight=False, soft_wrap=True)


def _toml(shipped: list[Model]) -> str:
    """weights/catalogue.toml: what each shipped file must be, and what its own header says of it."""
    lines = ["# Generated from the headers of the files beside it by `make catalogue`; do not edit."]
    for model in shipped:
        told = {key: value for key, value in model.record.items() if isinstance(value, str | int | float)}
        facts = {"arch": model.spec.arch, "scale": model.spec.scale, "sha256": model.sha256} | told
        lines += ["", f"[{json.dumps(model.name)}]"]
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in facts.items()]
        for set_name, figures in model.record.get("figures", {}).items():
            inline = ", ".join(f"{key} = {value}" for key, value in figures.items())
            lines.append(f"figures.{json.dumps(set_name)} = {{ {inline} }}")
    return "\n".join(lines) + "\n"
