"""Journal of a batch, which records the planned and the finished images.

An interrupted batch resumes from its journal. Each output folder has a journal, which is an SQLite file. Under
torchrun, each process has its own journal for the output folder. Each row contains the state of an image, and each
change is committed immediately. If the last commits are lost in a power failure, their images are processed again.
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

from engine.errors import N_, BatchRunning, JournalUnusable, lazy_format
from engine.system.files import os_error_reason

_VERSION = 1  # version of the table; a table of a different version is recreated
_WAIT_S = 1.0  # time to wait for a process that is about to exit
Key = tuple[str, str]  # root and path of an image


@dataclass(frozen=True)
class Row:
    """State of one image.

    Attributes
    ----------
    root, path : folder that was searched, and path of the source relative to it, as in `FoundFile`
    size, mtime_ns : size in bytes and modification time in ns of the source, at planning time
    source_sha256 : SHA-256 of the source, or "" if it has not been read yet
    settings_digest : digest of the settings that affect the result and its name
    output : path of the result
    is_new_file : whether `output` did not exist at planning time
    state : "planned", "writing", "done" or "failed". "writing" is set just before the result is written
    result_size, result_mtime_ns : size in bytes and modification time in ns of a complete result
    reason : reason why the image failed
    """

    root: str
    path: str
    size: int
    mtime_ns: int
    settings_digest: str
    output: str
    is_new_file: bool
    source_sha256: str = ""
    state: Literal["planned", "writing", "done", "failed"] = "planned"
    result_size: int = 0
    result_mtime_ns: int = 0
    reason: str = ""

    @property
    def key(self) -> Key:
        """Primary key of the row: `root` and `path`."""
        return self.root, self.path

    def matches_source(self, size: int, mtime_ns: int) -> bool:
        """Return whether the source has not changed since planning.

        Its size must be equal, and also its modification time or its SHA-256.

        Parameters
        ----------
        size, mtime_ns : current size in bytes and modification time in ns of the source
        """
        if (self.size, self.mtime_ns) == (size, mtime_ns):
            return True
        return (
            bool(self.source_sha256)
            and self.size == size
            and self.source_sha256 == file_sha256(Path(self.root) / self.path)
        )


_COLUMNS = tuple(field.name for field in fields(Row))
_NAMES = frozenset({"root", "path", "output"})  # stored as bytes, because some file names are not valid text
_STORED_COLUMNS = {"settings_digest": "settings", "source_sha256": "content"}  # column names that differ from `Row`
_CREATE = (
    f"CREATE TABLE files ({', '.join(_STORED_COLUMNS.get(name, name) for name in _COLUMNS)}, "
    "PRIMARY KEY (root, path)) WITHOUT ROWID"
)
_REPLACE = f"REPLACE INTO files VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - contains no external input


def journal_path(folder: Path, output: Path, rank: int = 0) -> Path:
    """Return the path of the journal for an output folder.

    Parameters
    ----------
    folder : folder that contains the journals
    output : output folder of the batch
    rank : rank of the process. The file name contains it, unless it is 0
    """
    number = f".{rank}" if rank else ""
    return folder / f"{sha256(os.fsencode(output.resolve())).hexdigest()[:20]}{number}.sqlite"


def other_journals(path: Path) -> list[Path]:
    """Return the paths of the journals that other processes of the same batch left on this computer."""
    return sorted(other for other in path.parent.glob(f"{path.stem}.*.sqlite") if other != path)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, or "" if the file cannot be read."""
    digest = sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    except OSError:
        return ""
    return digest.hexdigest()


class Journal:
    """Journal of one process, locked while it is open.

    The lock prevents two batches from using the same output folder. A damaged journal is renamed, and an empty one
    replaces it.

    Parameters
    ----------
    path : path of the SQLite file. It is created if it does not exist
    output : output folder of the batch, for error messages

    Raises
    ------
    BatchRunning
        Another process has opened the journal.
    JournalUnusable
        The journal cannot be created or written.
    """

    def __init__(self, path: Path, output: Path) -> None:
        self.path, self._output = path, output
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JournalUnusable(folder=path.parent, reason=os_error_reason(error)) from error
        with self._failures():
            try:
                self._file = self._open()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                path.replace(path.with_suffix(".damaged"))
                self._file = self._open()

    def rows(self) -> dict[Key, Row]:
        """Return the rows of all planned images, by key."""
        with self._failures():
            values = self._file.execute("SELECT * FROM files").fetchall()
        rows = (Row(*map(_from_column, _COLUMNS, row)) for row in values)
        return {row.key: row for row in rows}

    def write(self, rows: Iterable[Row]) -> None:
        """Insert rows in one transaction. Existing rows of the same images are replaced."""
        with self._failures(), self._file:
            self._file.executemany(_REPLACE, map(_values, rows))

    def clear(self) -> None:
        """Delete all rows."""
        with self._failures(), self._file:
            self._file.execute("DELETE FROM files")

    def close(self) -> None:
        """Close the file, which releases its lock."""
        self._file.close()

    def remove(self) -> None:
        """Close and delete the file."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(f"{self.path.name}{suffix}").unlink(missing_ok=True)

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> sqlite3.Connection:
        file = sqlite3.connect(self.path, timeout=_WAIT_S)
        try:
            # Exclusive mode works on network drives: set before the first access, it needs no shared memory file.
            file.execute("PRAGMA locking_mode = EXCLUSIVE")
            file.execute("PRAGMA journal_mode = WAL")
            file.execute("PRAGMA synchronous = NORMAL")
            file.execute("BEGIN IMMEDIATE")  # acquires the lock until the file is closed
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
        """Context manager that converts SQLite errors to BatchRunning or JournalUnusable."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise BatchRunning(folder=self._output) from error
            raise self._unusable(error) from error
        except sqlite3.DatabaseError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: sqlite3.DatabaseError) -> JournalUnusable:
        message = N_(
            "The database reported this error: {error}. Check the permissions of the folder and the free disk space."
        )
        return JournalUnusable(folder=self.path.parent, reason=lazy_format(message, error=str(error)))


def read_rows(path: Path, output: Path) -> dict[Key, Row]:
    """Return the rows of a journal by key. If the journal does not exist, it is not created."""
    if not path.exists():
        return {}
    with Journal(path, output) as journal:
        return journal.rows()


def merge_others(journal: Journal, output: Path) -> None:
    """Merge the journals that other processes of an earlier run left on this computer, and delete them."""
    for path in other_journals(journal.path):
        with suppress(FileNotFoundError):
            other = Journal(path, output)
            journal.write(other.rows().values())
            other.remove()


def _values(row: Row) -> tuple[object, ...]:
    return tuple(os.fsencode(value) if name in _NAMES else value for name, value in vars(row).items())


def _from_column(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        return os.fsdecode(value)
    return bool(value) if name == "is_new_file" else value
