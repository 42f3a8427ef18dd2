"""What a batch has planned and done, on disk, so that it goes on after a kill where it was.

One SQLite file for each destination folder, and under torchrun for each process. A row stands for a picture. Every
change is committed at once; of a power cut the last ones may be lost, and their pictures are then done again.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from engine.errors import BatchRunning, JournalUnusable
from engine.system.files import reason_of

_VERSION = 1  # of the table; another one is begun anew
_WAIT_S = 1.0  # for another process that is just leaving
Key = tuple[str, str]  # a picture's root, and its path below it


@dataclass(frozen=True)
class Row:
    """One picture.

    Attributes
    ----------
    root, path : the source
    size, mtime_ns, content : of the source when it was planned; its SHA-256 once it was read
    settings : a digest of all that decides what the result is and is called
    output : where the result goes
    fresh : nothing lay there when that was decided
    state : "writing" from just before the result may be there
    made_size, made_mtime_ns : of the result, once done
    reason : why it failed
    """

    root: str
    path: str
    size: int
    mtime_ns: int
    settings: str
    output: str
    fresh: bool
    content: str = ""
    state: Literal["planned", "writing", "done", "failed"] = "planned"
    made_size: int = 0
    made_mtime_ns: int = 0
    reason: str = ""

    @property
    def key(self) -> Key:
        return self.root, self.path

    def is_of(self, size: int, mtime_ns: int) -> bool:
        """Whether the source is the file this row is about, going by its size and time, or else by its content."""
        if (self.size, self.mtime_ns) == (size, mtime_ns):
            return True
        return bool(self.content) and self.size == size and self.content == digest(Path(self.root) / self.path)


_COLUMNS = tuple(field.name for field in fields(Row))
_NAMES = frozenset({"root", "path", "output"})  # as the system's bytes: not every file name is text
_CREATE = f"CREATE TABLE files ({', '.join(_COLUMNS)}, PRIMARY KEY (root, path)) WITHOUT ROWID"
_REPLACE = f"REPLACE INTO files VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - nothing from outside


def path_for(folder: Path, output: Path, rank: int = 0) -> Path:
    """The journal of a destination; that of another process than the first has its number."""
    number = f".{rank}" if rank else ""
    return folder / f"{sha256(os.fsencode(output.resolve())).hexdigest()[:20]}{number}.sqlite"


def of_others(path: Path) -> list[Path]:
    """The journals beside a first process's own, which other processes of its batch left on this machine."""
    return sorted(one for one in path.parent.glob(f"{path.stem}.*.sqlite") if one != path)


def digest(path: Path) -> str:
    """The SHA-256 of a file; empty if it cannot be read."""
    made = sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                made.update(chunk)
    except OSError:
        return ""
    return made.hexdigest()


class Journal:
    """The journal of one process, open and locked: two batches into one folder would write over each other.

    Raises
    ------
    BatchRunning
        If another process has it open; `output` is what the sentence calls it.
    JournalUnusable
        If it cannot be made or written. A damaged one is set aside, and a new one begun.
    """

    def __init__(self, path: Path, output: Path) -> None:
        self.path, self._output = path, output
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JournalUnusable(folder=path.parent, reason=reason_of(error)) from error
        with self._failures():
            try:
                self._file = self._open()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                path.replace(path.with_suffix(".damaged"))
                self._file = self._open()

    def rows(self) -> dict[Key, Row]:
        """Every picture that was planned so far."""
        with self._failures():
            found = self._file.execute("SELECT * FROM files").fetchall()
        rows = (Row(*map(_from_column, _COLUMNS, values)) for values in found)
        return {row.key: row for row in rows}

    def write(self, rows: Iterable[Row]) -> None:
        """Add rows, or replace those of the same pictures, all or none."""
        with self._failures(), self._file:
            self._file.executemany(_REPLACE, map(_values, rows))

    def clear(self) -> None:
        """Forget all rows."""
        with self._failures(), self._file:
            self._file.execute("DELETE FROM files")

    def close(self) -> None:
        """Let another batch have it."""
        self._file.close()

    def remove(self) -> None:
        """Close it and take it from the disk: its rows are elsewhere."""
        self.close()
        for end in ("", "-wal", "-shm"):
            self.path.with_name(f"{self.path.name}{end}").unlink(missing_ok=True)

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> sqlite3.Connection:
        file = sqlite3.connect(self.path, timeout=_WAIT_S)
        try:
            # Exclusive before the first access: no shared memory beside the file, so that it works on a shared folder.
            file.execute("PRAGMA locking_mode = EXCLUSIVE")
            file.execute("PRAGMA journal_mode = WAL")
            file.execute("PRAGMA synchronous = NORMAL")
            file.execute("BEGIN IMMEDIATE")  # takes the lock, which stays
            (version,) = file.execute("PRAGMA user_version").fetchone()
            if version != _VERSION:
                file.execute("DROP TABLE IF EXISTS files")
                file.execute(_CREATE)
                file.execute(f"PRAGMA user_version = {_VERSION}")
            file.commit()
        except BaseException:
            file.close()
            raise
        return file

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Turn what SQLite raises into a sentence."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise BatchRunning(folder=self._output) from error
            raise JournalUnusable(folder=self.path.parent, reason=f"{error}.") from error
        except sqlite3.DatabaseError as error:
            raise JournalUnusable(folder=self.path.parent, reason=f"{error}.") from error


def seen(path: Path, output: Path) -> dict[Key, Row]:
    """What a journal says, for a look that leaves no trace: an unused destination gets no journal by it."""
    if not path.exists():
        return {}
    with Journal(path, output) as journal:
        return journal.rows()


def absorb(journal: Journal, output: Path) -> None:
    """Put in what other processes of an earlier run left on this machine; their journals are then gone."""
    for path in of_others(journal.path):
        with suppress(FileNotFoundError):
            other = Journal(path, output)
            journal.write(other.rows().values())
            other.remove()


def _values(row: Row) -> tuple[object, ...]:
    return tuple(os.fsencode(value) if name in _NAMES else value for name, value in vars(row).items())


def _from_column(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        return os.fsdecode(value)
    return bool(value) if name == "fresh" else value
