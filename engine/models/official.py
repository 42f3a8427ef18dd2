"""The authors' published weights as models: those on this machine, and whether a file holds them. Knows no torch."""

from functools import cache
from pathlib import Path, PurePosixPath

from engine.datasets import download
from engine.models.catalog import Model, ModelSpec
from engine.system import paths

SET = "official-weights"  # what `fetch` calls them


@cache
def scales() -> dict[str, tuple[int, ...]]:
    """The networks that were published, and the scales of each."""
    found: dict[str, tuple[int, ...]] = {}
    for file in download.files_of(SET):
        path = PurePosixPath(file.path)
        found[path.parent.name] = (*found.get(path.parent.name, ()), int(path.stem.removeprefix("x")))
    return found


def find(network: str, scale: int) -> Model | None:
    """The authors' network for a scale, if it is on this machine."""
    for file in download.files_of(SET):
        path = paths.data() / file.path
        if (path.parent.name, path.stem) == (network, f"x{scale}") and path.is_file():
            spec = ModelSpec.parse(network.partition("(")[0], scale)
            return Model(f"{network}/{path.stem}", spec, path)
    return None


def network_of(model: Model) -> str:
    """Which of the authors' networks a model is, also after an import; empty if it is none of them."""
    checksum = str(model.record.get("source_sha256", ""))
    if not checksum and model.path.suffix.lower() == ".mat":
        checksum = model.sha256
    return _by_checksum().get(checksum, "")


@cache
def _by_checksum() -> dict[str, str]:
    return {file.sha256: Path(file.path).parent.name for file in download.files_of(SET)}
