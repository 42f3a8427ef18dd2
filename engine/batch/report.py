"""What became of every picture of a batch, as a file for a spreadsheet or a script."""

import csv
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Literal

from engine.errors import BadRequest, ReportUnwritable, mark
from engine.system.files import reason_of, write_atomically

State = Literal["done", "skipped", "failed", "to go"]
KINDS = (".csv", ".json")


@dataclass(frozen=True)
class Outcome:
    """What became of one picture.

    Attributes
    ----------
    source, output : the files; of one that is not done, where the result would have gone
    state : "to go" if the batch did not come so far
    reason : why it failed or was skipped
    width, height, size : of the result, px and bytes; 0 if it was not made now
    seconds : that it took
    """

    source: Path
    output: Path
    state: State
    reason: str = ""
    width: int = 0
    height: int = 0
    size: int = 0
    seconds: float = 0.0


def counts(outcomes: Sequence[Outcome]) -> dict[State, int]:
    """How many pictures are in each state."""
    found = Counter(outcome.state for outcome in outcomes)
    states: tuple[State, ...] = ("done", "skipped", "failed", "to go")
    return {state: found[state] for state in states}


def refuse_unwritable(path: Path) -> None:
    """Raise BadRequest for a name that says no kind of report, before any work is done for it."""
    if path.suffix.lower() not in KINDS:
        raise BadRequest(setting=mark("The report"), value=path.name, allowed=mark("a .csv or .json file"))


def write(outcomes: Sequence[Outcome], path: Path) -> None:
    """Write a report as CSV or JSON, by the name's ending; raises BadRequest, ReportUnwritable."""
    refuse_unwritable(path)
    as_text = _csv if path.suffix.lower() == ".csv" else _json
    try:  # a file name need not be text; what is not shows as an escape
        write_atomically(path, as_text(outcomes).encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise ReportUnwritable(name=path.name, reason=reason_of(error)) from error


def as_record(outcome: Outcome) -> dict[str, object]:
    """An outcome as JSON has it."""
    values = vars(outcome) | {"source": str(outcome.source), "output": str(outcome.output)}
    return values | {"seconds": round(outcome.seconds, 3)}


def _csv(outcomes: Sequence[Outcome]) -> str:
    buffer = StringIO()
    buffer.write("\ufeff")  # without it Excel takes the names for another encoding
    table = csv.DictWriter(buffer, list(Outcome.__dataclass_fields__), lineterminator="\r\n")
    table.writeheader()
    table.writerows(as_record(outcome) for outcome in outcomes)
    return buffer.getvalue()


def _json(outcomes: Sequence[Outcome]) -> str:
    document = {"counts": counts(outcomes), "files": [as_record(outcome) for outcome in outcomes]}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
