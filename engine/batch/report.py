"""Report of a batch as CSV, JSON or HTML, with the outcome of every image."""

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from engine.batch import html_report
from engine.batch.outcome import Outcome, count_states, mean_scores, to_dict
from engine.errors import N_, ReportUnwritable, check
from engine.system import json_text
from engine.system.files import os_error_reason, write_atomically

EXTENSIONS = (".csv", ".json", ".html")


def check_extension(path: Path) -> None:
    """Raise InvalidSetting if the extension of a file is not .csv, .json or .html."""
    check(
        path.suffix.lower() in EXTENSIONS,
        N_("The report can't be saved as {name}. Choose a name that ends with .csv, .json, or .html."),
        name=path.name,
    )


def write(outcomes: Sequence[Outcome], path: Path) -> None:
    """Write a report. The file extension selects CSV, JSON or HTML.

    Raises
    ------
    InvalidSetting, ReportUnwritable
    """
    check_extension(path)
    to_text = {".csv": _csv, ".json": _json, ".html": html_report.render}[path.suffix.lower()]
    try:  # file names that are not valid text are escaped
        write_atomically(path, to_text(outcomes).encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise ReportUnwritable(name=path.name, reason=os_error_reason(error)) from error


def _csv(outcomes: Sequence[Outcome]) -> str:
    buffer = StringIO()
    buffer.write("\ufeff")  # BOM, without which Excel assumes another encoding
    empty = Outcome(Path(), Path(), "queued")
    table = csv.DictWriter(buffer, list(to_dict(empty)), lineterminator="\r\n")
    table.writeheader()
    table.writerows(to_dict(outcome) | {"warnings": " ".join(outcome.warnings)} for outcome in outcomes)
    return buffer.getvalue()


def _json(outcomes: Sequence[Outcome]) -> str:
    files = [to_dict(outcome) for outcome in outcomes]
    document = {"counts": count_states(outcomes), "mean": mean_scores(outcomes) or None, "files": files}
    return json_text.dumps(document, indent=1, ensure_ascii=False) + "\n"
