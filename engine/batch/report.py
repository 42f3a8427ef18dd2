"""Report of a batch as CSV or JSON, with the outcome of every image."""

import csv
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Literal

from engine.errors import N_, LazyMessage, Message, ReportUnwritable, check
from engine.system.files import os_error_reason, write_atomically

State = Literal["done", "skipped", "failed", "queued"]
EXTENSIONS = (".csv", ".json")


@dataclass(frozen=True)
class Outcome:
    """Outcome of one image. The field names are the columns of the report.

    Attributes
    ----------
    source, output : path of the image, and path of its result. The result may not exist
    state : "done", "skipped", "failed", or "queued" if the batch stopped before this image
    reason : reason why the image failed or was skipped
    width, height : size of the result in px, or 0 if this run did not produce it
    size : size of the result file in bytes, or 0 if this run did not produce it
    seconds : processing time
    warnings : messages about damage in the source, and about data of the source that the result does not contain
    """

    source: Path
    output: Path
    state: State
    reason: str = ""
    width: int = 0
    height: int = 0
    size: int = 0
    seconds: float = 0.0
    warnings: tuple[Message | LazyMessage, ...] = ()


def count_states(outcomes: Sequence[Outcome]) -> dict[State, int]:
    """Return the number of images in each state, including states without images."""
    counter = Counter(outcome.state for outcome in outcomes)
    states: tuple[State, ...] = ("done", "skipped", "failed", "queued")
    return {state: counter[state] for state in states}


def check_extension(path: Path) -> None:
    """Raise InvalidSetting if the extension of a file is neither .csv nor .json."""
    check(
        path.suffix.lower() in EXTENSIONS,
        N_("The report can't be saved as {name}. Choose a name that ends with .csv or .json."),
        name=path.name,
    )


def write(outcomes: Sequence[Outcome], path: Path) -> None:
    """Write a report. The file extension selects CSV or JSON.

    Raises
    ------
    InvalidSetting, ReportUnwritable
    """
    check_extension(path)
    to_text = _csv if path.suffix.lower() == ".csv" else _json
    try:  # file names that are not valid text are escaped
        write_atomically(path, to_text(outcomes).encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise ReportUnwritable(name=path.name, reason=os_error_reason(error)) from error


def to_dict(outcome: Outcome) -> dict[str, object]:
    """Return an outcome as a dict for CSV and JSON."""
    values = vars(outcome) | {"source": str(outcome.source), "output": str(outcome.output)}
    return values | {"seconds": round(outcome.seconds, 3)}


def _csv(outcomes: Sequence[Outcome]) -> str:
    buffer = StringIO()
    buffer.write("\ufeff")  # BOM, without which Excel assumes another encoding
    table = csv.DictWriter(buffer, list(Outcome.__dataclass_fields__), lineterminator="\r\n")
    table.writeheader()
    table.writerows(to_dict(outcome) | {"warnings": " ".join(outcome.warnings)} for outcome in outcomes)
    return buffer.getvalue()


def _json(outcomes: Sequence[Outcome]) -> str:
    document = {"counts": count_states(outcomes), "files": [to_dict(outcome) for outcome in outcomes]}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
