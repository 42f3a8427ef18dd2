"""The command `srcnn data`, which downloads the published sets and writes patch files."""

from pathlib import Path
from typing import Annotated

import typer

from engine.api import run_job
from engine.cli.console import JsonFlag, Overwrite, out, print_json, print_warning, progress_bar
from engine.datasets import download as sets
from engine.datasets.events import FileFetched
from engine.datasets.request import FetchRequest
from engine.models import registry
from engine.system import paths
from engine.training.patches import PATCH_SIZE
from engine.training.request import ExportRequest

LICENSE_NOTE = (
    "No license is stated for these images and weights. Use them only for private study, and don't redistribute them."
)

app = typer.Typer(
    help="Download T91, Set5, Set14, and the official weights, and write patch files.", no_args_is_help=True
)


@app.command(epilog="Example: srcnn data fetch set5 set14")
def fetch(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help=f"Names of sets: {', '.join(sets.FOLDERS)}.")],
    mirror: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Base URL of a mirror to download from.", show_default="the published addresses"
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Folder for the sets.", show_default="data folder of the program"),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Download image sets or the official weights, and verify their checksums. Existing files are kept."""
    requests = [FetchRequest(name.lower(), folder, mirror) for name in names]
    fetched = []
    for request in requests:
        with progress_bar() as bar:
            task = bar.add_task(request.name, total=None)

            def show(event: FileFetched, bar=bar, task=task) -> None:  # type: ignore[no-untyped-def]
                bar.update(task, completed=event.done, total=event.total)

            result = run_job(sets.run(request), show)
        fetched.append({"name": request.name, "folder": str(result.folder)} | _counts(result))
        if not as_json:
            summary = (
                f"{request.name}: {result.file_count} files in {result.folder}, {result.downloaded_count} downloaded"
            )
            out.print(summary, markup=False, highlight=False, soft_wrap=True)
    if as_json:
        print_json(fetched)
    else:
        out.print(LICENSE_NOTE, markup=False)


@app.command(epilog="Example: srcnn data export starter -o train.h5 --scale 3")
def export(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder of images, or the name of a set: starter or t91.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="OUTPUT", help="Patch file to write (.h5).")],
    arch: Annotated[
        str,
        typer.Option(metavar="ARCH", help="Filter sizes of the three layers, which determine the label size."),
    ] = "9-1-5",
    scale: Annotated[int, typer.Option(metavar="FACTOR", help="Scale factor, from 2 to 8.")] = 3,
    overwrite: Overwrite = False,
    as_json: JsonFlag = False,
) -> None:
    """Write the patches of the images in a folder to an HDF5 file in the format of the official train.h5.

    The dataset “data” has the shape (N, 1, 33, 33), and the dataset “label” has the shape (N, 1, S, S). The label size
    S depends on --arch.
    """
    from engine.training import patch_files  # imported here because h5py takes a quarter of a second

    request = ExportRequest(sets.resolve_folder(folder), registry.parse(arch, scale), output, overwrite)
    patches = run_job(patch_files.export(request), print_warning)
    shape = {"patches": patches, "label": PATCH_SIZE - 2 * request.info.halo_px}
    if as_json:
        print_json({"output": str(output)} | shape)
    else:
        summary = f"{shape['patches']} patches of 33 px, labels of {shape['label']} px. Saved: {output}"
        out.print(summary, markup=False, highlight=False, soft_wrap=True)


@app.command(name="list", epilog="Example: srcnn data list")
def list_sets(as_json: JsonFlag = False) -> None:
    """List the published sets, their folders, and whether they are completely downloaded."""
    rows = [
        {"name": name, "folder": str(paths.data_folder() / folder), "complete": sets.is_downloaded(name)}
        for name, folder in sets.FOLDERS.items()
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        state = "complete" if row["complete"] else "incomplete, run: srcnn data fetch " + str(row["name"])
        out.print(f"{row['name']}: {row['folder']} ({state})", markup=False, highlight=False, soft_wrap=True)


def _counts(result: sets.FetchResult) -> dict[str, int]:
    return {"files": result.file_count, "downloaded": result.downloaded_count}
