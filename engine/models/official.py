"""Models with the official weights, which the authors of SRCNN published.

This module does not import PyTorch.
"""

from functools import cache
from pathlib import Path, PurePosixPath

from engine.datasets import download
from engine.errors import ArchitectureScaleMismatch, NotDownloaded
from engine.models import registry
from engine.models.catalog import DEFAULT_SCALE, Model
from engine.system import paths

DATA_SET = "official-weights"  # the argument of `srcnn data fetch`


@cache
def published_scales() -> dict[str, tuple[int, ...]]:
    """Return the published scale factors of each official network, by the name of the network."""
    found: dict[str, tuple[int, ...]] = {}
    for file in download.list_files(DATA_SET):
        path = PurePosixPath(file.path)
        found[path.parent.name] = (*found.get(path.parent.name, ()), int(path.stem.removeprefix("x")))
    return found


def find(network: str, scale: int) -> Model | None:
    """Return an official network as a model.

    Return None if it is not published or has not been downloaded.
    """
    for file in download.list_files(DATA_SET):
        path = paths.data_folder() / file.path
        if (path.parent.name, path.stem) == (network, f"x{scale}") and path.is_file():
            info = registry.parse(network.partition("(")[0], scale)
            return Model(f"{network}/{path.stem}", info, path)
    return None


def resolve(network: str, scale: int | None, default_scale: int | None = None) -> Model | None:
    """Return an official network as a model. Return None if no official network has this name.

    Parameters
    ----------
    network : name of the network, such as "9-1-5"
    scale : scale factor that the model must have, or None for any scale factor
    default_scale : preferred scale factor if `scale` is None

    Raises
    ------
    ArchitectureScaleMismatch
        The network is not published for `scale`.
    NotDownloaded
        The network is published, but it has not been downloaded.
    """
    scales = published_scales().get(network)
    if scales is None:
        return None
    if scale is None:
        scale = next((each for each in (default_scale, DEFAULT_SCALE) if each in scales), scales[0])
    if scale not in scales:
        raise ArchitectureScaleMismatch(arch=network, scale=scale, known=", ".join(map(str, scales)))
    model = find(network, scale)
    if model is None:
        raise NotDownloaded(name=DATA_SET)
    return model


def identify_network(model: Model) -> str:
    """Return the name of the official network that a model was imported from, or "" if it was not."""
    checksum = str(model.record.get("source_sha256", ""))
    if not checksum and model.path.suffix.lower() == ".mat":
        checksum = model.sha256
    return _by_checksum().get(checksum, "")


@cache
def _by_checksum() -> dict[str, str]:
    return {file.sha256: Path(file.path).parent.name for file in download.list_files(DATA_SET)}
