"""The journal of a batch: rows survive a kill, and one batch at a time can use it."""

import os
import subprocess
import sys

import pytest

from engine.batch import journal as journals
from engine.batch.journal import Journal, Row
from engine.errors import BatchRunning, JournalUnusable

KILLED_PROGRAM = """
import os, signal, sys
from pathlib import Path
from engine.batch.journal import (Journal, Row)
journal = Journal(Path(sys.argv[1]), Path("out"))
for number in range(50):
    journal.write([Row("/in", f"{number}.png", 1, 2, "s", "/out/x", True)])
os.kill(os.getpid(), signal.SIGKILL)
"""


def make_row(path="a.png", **changes):
    return Row(
        **{"root": "/in", "path": path, "size": 1, "mtime_ns": 2, "settings_digest": "s", "output": f"/out/{path}"}
        | {"is_new_file": True}
        | changes
    )


def test_row_is_read_back_unchanged(tmp_path):
    odd = make_row(os.fsdecode(b"caf\xe9.png"), is_new_file=False, state="failed", reason="Weg: 猫.")
    rows = [make_row("a.png"), make_row("ü 猫.png", state="done", result_size=3, result_mtime_ns=1 << 62), odd]
    with Journal(tmp_path / "j.sqlite", tmp_path) as journal:
        journal.write(rows)
    with Journal(tmp_path / "j.sqlite", tmp_path) as journal:
        assert journal.rows() == {one.key: one for one in rows}
        journal.write([make_row("a.png", state="done")])
        assert journal.rows()["/in", "a.png"].state == "done"
        assert len(journal.rows()) == 3


def test_rows_survive_kill(tmp_path):
    ran = subprocess.run([sys.executable, "-c", KILLED_PROGRAM, tmp_path / "j.sqlite"], check=False)
    assert ran.returncode != 0
    with Journal(tmp_path / "j.sqlite", tmp_path) as journal:
        assert len(journal.rows()) == 50


def test_journal_in_use_cannot_be_opened_again(tmp_path, monkeypatch, plain_sentence):
    monkeypatch.setattr(journals, "_WAIT_S", 0)
    with Journal(tmp_path / "j.sqlite", tmp_path):
        with pytest.raises(BatchRunning) as refused:
            Journal(tmp_path / "j.sqlite", tmp_path)
        plain_sentence(refused.value, str(tmp_path))
    Journal(tmp_path / "j.sqlite", tmp_path).close()


def test_damaged_journal_is_moved_aside(tmp_path):
    (tmp_path / "j.sqlite").write_bytes(b"not a database at all" * 100)
    with Journal(tmp_path / "j.sqlite", tmp_path) as journal:
        assert journal.rows() == {}
    assert (tmp_path / "j.damaged").exists()


def test_unwritable_journal_folder_is_an_error(tmp_path, plain_sentence):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(JournalUnusable) as refused:
        Journal(tmp_path / "file" / "j.sqlite", tmp_path)
    plain_sentence(refused.value, str(tmp_path / "file"))


def test_journals_of_other_processes_are_merged(tmp_path):
    path = journals.journal_path(tmp_path, tmp_path / "out")
    for rank, state in ((0, "planned"), (1, "done")):
        with Journal(journals.journal_path(tmp_path, tmp_path / "out", rank), tmp_path) as journal:
            journal.write([make_row(state=state), make_row(f"{rank}.png")])
    with Journal(path, tmp_path) as journal:
        journals.merge_others(journal, tmp_path)
        rows = journal.rows()
    assert rows["/in", "a.png"].state == "done"
    assert set(rows) == {("/in", "a.png"), ("/in", "0.png"), ("/in", "1.png")}
    assert list(tmp_path.iterdir()) == [path]


def test_row_matches_source_by_time_or_content(tmp_path):
    source = tmp_path / "a.png"
    source.write_bytes(b"abc")
    about = source.stat()
    row = Row(str(tmp_path), "a.png", 3, about.st_mtime_ns, "s", "o", True, journals.file_sha256(source))
    assert row.matches_source(3, about.st_mtime_ns)
    assert row.matches_source(3, about.st_mtime_ns + 5)  # touched
    source.write_bytes(b"abd")
    assert not row.matches_source(3, about.st_mtime_ns + 5)
