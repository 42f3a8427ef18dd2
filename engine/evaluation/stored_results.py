"""File with the results of earlier evaluations, so that they are kept between sessions."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine.datasets.folders import list_images
from engine.errors import EngineError
from engine.evaluation.events import Evaluation, ImageScored
from engine.imaging.degradation import Degradation
from engine.imaging.metrics import Score
from engine.system import json_text
from engine.system.files import write_atomically

_VERSION = 1  # increase it if the scores of the same files change
_LIMIT = 1000  # number of results that are kept
_TEXTS = ("set_name", "model", "arch", "official_network")


@dataclass(frozen=True)
class StoredResult:
    """Complete result of an evaluation.

    Attributes
    ----------
    folder, model : paths of the test set and of the model
    state : state of these files when they were evaluated, see `file_state`
    """

    folder: Path
    model: Path
    state: str
    evaluation: Evaluation


def file_state(folder: Path, model: Path) -> str:
    """Return a text that changes if an image in a folder or a model file is replaced, added or removed.

    It depends on the names, the sizes and the modification times of the files, which are not read. It is empty if a
    file is missing.
    """
    states = (_folder_state(folder), _model_state(model))
    return "-".join(states) if all(states) else ""


def _folder_state(folder: Path) -> str:
    try:
        return _hash(list_images(folder))
    except (OSError, EngineError):
        return ""


def _model_state(model: Path) -> str:
    try:
        return _hash([model])
    except OSError:
        return ""


def _hash(files: Iterable[Path]) -> str:
    states = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return sha256(json.dumps(states).encode()).hexdigest()[:32]


def save(path: Path, results: Iterable[StoredResult]) -> None:
    """Write results to a file. If there are too many, the first ones are omitted. Errors are ignored.

    Results with images that could not be scored are omitted, because the files may be repaired later. So are those
    whose state is empty.
    """
    stored = [_to_dict(result) for result in results if result.state and not result.evaluation.failed][-_LIMIT:]
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json_text.dumps({"version": _VERSION, "results": stored}).encode())


def load(path: Path) -> list[StoredResult]:
    """Return the stored results whose images and models have not changed.

    The list is empty for a damaged file.
    """
    try:
        document = json.loads(path.read_bytes())
        if document["version"] != _VERSION:
            return []
        results = [_from_dict(stored) for stored in document["results"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EngineError):
        return []
    folders = {folder: _folder_state(folder) for folder in {result.folder for result in results}}
    models = {model: _model_state(model) for model in {result.model for result in results}}
    return [result for result in results if result.state == f"{folders[result.folder]}-{models[result.model]}"]


def _to_dict(result: StoredResult) -> dict[str, Any]:
    evaluation = result.evaluation
    return {
        "folder": str(result.folder),
        "model_file": str(result.model),
        "state": result.state,
        **{name: getattr(evaluation, name) for name in _TEXTS},
        "scale": evaluation.scale,
        "self_ensemble": evaluation.self_ensemble,
        "degradation": str(evaluation.degradation),
        "set_folder": str(evaluation.set_folder),
        "mean": [_score_to_list(evaluation.mean_bicubic), _score_to_list(evaluation.mean_model)],
        "images": [
            [image.name, _score_to_list(image.bicubic), _score_to_list(image.model)] for image in evaluation.images
        ],
    }


def _from_dict(stored: Mapping[str, Any]) -> StoredResult:
    count = len(stored["images"])
    texts: dict[str, Any] = {name: str(stored[name]) for name in _TEXTS}
    images = tuple(
        ImageScored(str(name), _to_score(bicubic), _to_score(model), number, count)
        for number, (name, bicubic, model) in enumerate(stored["images"], 1)
    )
    bicubic, model = (_to_score(score) for score in stored["mean"])
    return StoredResult(
        Path(stored["folder"]),
        Path(stored["model_file"]),
        str(stored["state"]),
        Evaluation(
            scale=int(stored["scale"]),
            images=images,
            mean_bicubic=bicubic,
            mean_model=model,
            self_ensemble=bool(stored["self_ensemble"]),
            degradation=Degradation.parse(stored["degradation"]),
            set_folder=Path(stored["set_folder"]),
            model_path=Path(stored["model_file"]),
            **texts,
        ),
    )


def _score_to_list(score: Score) -> list[float]:
    return [score.psnr_db, score.ssim]


def _to_score(stored: list[Any]) -> Score:
    psnr_db, ssim = stored
    return Score(float(psnr_db), float(ssim))  # an infinite PSNR is stored as text
