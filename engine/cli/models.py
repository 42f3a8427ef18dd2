"""`srcnn models`: which models there are."""

from rich.table import Table

from engine import folders
from engine.cli.console import JsonFlag, out, print_json
from engine.models import catalogue


def models(
    as_json: JsonFlag = False,
) -> None:
    """List the models that come with the program and your own."""
    found = catalogue()
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
