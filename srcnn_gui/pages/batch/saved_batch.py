"""Inputs and settings of a batch, which are saved so that it can be resumed after a restart."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from srcnn_gui.pages.batch.state import BatchSettings
from srcnn_gui.runtime.lane import do_nothing


@dataclass(frozen=True)
class SavedBatch:
    """Inputs and settings of a batch. The journal in its output folder contains the states of the files.

    Attributes
    ----------
    sources : input files and folders
    output : output folder, or None for the default folder
    removed : files in the sources that are not in the list
    formats : file formats for single files, such as "png"
    order : files in the order of processing, if the user has changed it
    """

    sources: tuple[Path, ...]
    output: Path | None
    removed: frozenset[Path]
    settings: BatchSettings
    formats: Mapping[Path, str] = field(default_factory=dict)
    order: tuple[Path, ...] = ()

    def to_json(self) -> str:
        """Return the batch as JSON text."""
        document = {
            "sources": [str(path.absolute()) for path in self.sources],
            "output": str(self.output.absolute()) if self.output else None,
            "removed": sorted(map(str, self.removed)),
            "settings": asdict(self.settings),
            "formats": {str(path): file_format for path, file_format in self.formats.items()},
            "order": list(map(str, self.order)),
        }
        return json.dumps(document)

    @classmethod
    def from_json(cls, text: str) -> "SavedBatch | None":
        """Return the batch in JSON text, or None if there is none or if another version has written it."""
        try:
            document = json.loads(text)
            output = document["output"]
            return cls(
                tuple(map(Path, document["sources"])),
                Path(output) if output else None,
                frozenset(map(Path, document["removed"])),
                BatchSettings(**document["settings"]),
                {Path(path): file_format for path, file_format in document["formats"].items()},
                tuple(map(Path, document["order"])),
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            return None


@dataclass(frozen=True)
class LastBatch:
    """Settings group that keeps the last batch between sessions.

    Attributes
    ----------
    content : a `SavedBatch` as JSON text, or "" if the last batch is done
    """

    content: str = ""


@dataclass(frozen=True)
class BatchCallbacks:
    """Callbacks of the Batch page.

    Attributes
    ----------
    save_settings : called with the settings of the page when they have changed
    save_batch : called with a `LastBatch` when a batch starts, and when it is done
    batch_interrupted : called when an interrupted batch is found
    """

    save_settings: Callable[[BatchSettings], None] = do_nothing
    save_batch: Callable[[LastBatch], None] = do_nothing
    batch_interrupted: Callable[[], None] = do_nothing
