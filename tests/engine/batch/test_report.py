"""Reports as CSV and JSON."""

import csv
import json
from pathlib import Path

import pytest

from engine.batch import report
from engine.batch.report import Outcome
from engine.errors import InvalidSetting, ReportUnwritable

OUTCOMES = (
    Outcome(Path("in/ü, 猫.png"), Path("out/ü.png"), "done", "", 90, 60, 1234, 0.12345, ("One.", "Two.")),
    Outcome(Path("in/b.png"), Path("out/b.png"), "failed", 'b.png said "no".'),
    Outcome(Path("in/c.png"), Path("out/c.png"), "queued"),
)


def test_csv_and_json_are_equivalent(tmp_path):
    for name in ("r.csv", "r.json"):
        report.write(OUTCOMES, tmp_path / name)
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    rows = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert rows["counts"] == {"done": 1, "skipped": 0, "failed": 1, "queued": 1}
    assert rows["files"][0]["warnings"] == ["One.", "Two."]
    flat = [one | {"warnings": " ".join(one["warnings"])} for one in rows["files"]]
    assert [{key: str(value) for key, value in one.items()} for one in flat] == table
    assert (table[0]["source"], table[0]["seconds"]) == (str(Path("in/ü, 猫.png")), "0.123")
    assert table[1]["reason"] == 'b.png said "no".'


def test_unknown_extension_is_an_error(tmp_path, plain_sentence):
    with pytest.raises(InvalidSetting) as refused:
        report.write(OUTCOMES, tmp_path / "r.txt")
    plain_sentence(refused.value, "r.txt", ".csv", ".json")


def test_unwritable_report_is_an_error(tmp_path, plain_sentence):
    with pytest.raises(ReportUnwritable) as refused:
        report.write(OUTCOMES, tmp_path / "gone" / "r.csv")
    plain_sentence(refused.value, "r.csv")
