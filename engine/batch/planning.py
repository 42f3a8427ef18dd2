"""Planning of a batch: selection of the images to process, and the path of each result."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from engine.batch import archives
from engine.batch.journal import Key, Row
from engine.batch.listing import FoundFile, Listing
from engine.batch.naming import IfExists, NameAllocator, Naming, OutputSize
from engine.batch.outcome import Outcome
from engine.errors import N_

# Reasons why an image is skipped.
ALREADY_DONE = N_("The result is already up to date.")
IS_RESULT = N_("The file has the name of a result, so it isn't upscaled again.")
LARGE_ENOUGH = N_("The image already has the requested size or is larger.")
NAME_TAKEN = N_("A file with the same name as the result already exists.")


@dataclass(frozen=True)
class ArchiveEntry:
    """Place of an image in an archive.

    Attributes
    ----------
    index : position in the archive
    name : name of the result in the new archive
    result : path of the new archive
    """

    index: int
    name: str
    result: Path


@dataclass(frozen=True)
class ArchivePlan:
    """An archive whose images are upscaled.

    Attributes
    ----------
    row : journal row of the archive before it is processed
    items : indices of its images in the plan
    folder : folder for the results of its images, until the new archive is written
    """

    row: Row
    items: tuple[int, ...]
    folder: Path


@dataclass(frozen=True)
class BatchItem:
    """An image of a batch.

    Attributes
    ----------
    file : the source
    output : path of the result. For a skipped image, path of the existing file
    state : "queued" for an image to process, "skipped", or "failed" for an unreadable folder
    reason : reason why the image is skipped or failed
    is_new_file : whether `output` did not exist at planning time
    entry : the place of the image in an archive, or None if the image is a file. `output` is then a temporary file
    """

    file: FoundFile
    output: Path
    state: Literal["queued", "skipped", "failed"] = "queued"
    reason: str = ""
    is_new_file: bool = True
    entry: ArchiveEntry | None = None

    @property
    def result(self) -> Path:
        """Path of the result for display. In an archive, it consists of the archive and the name in it."""
        return self.output if self.entry is None else self.entry.result / archives.display_path(self.entry.name)

    @property
    def folder(self) -> Path:
        """Folder that was searched. For an image in an archive, the folder of the archive."""
        return self.file.root if self.entry is None else self.file.root.parent

    @property
    def owner_key(self) -> str:
        """Text that determines which process upscales the image. It is the same for all images in an archive."""
        return self.file.path if self.entry is None else self.file.root.name

    def to_journal_row(self, settings_digest: str) -> Row:
        """Return the journal row of the image before it is processed."""
        file = self.file
        source = (str(file.root), file.path, file.size, file.mtime_ns)
        return Row(*source, settings_digest, str(self.output), self.is_new_file)

    def outcome(self) -> Outcome:
        """Return the outcome of the image for the report before it is processed."""
        return Outcome(self.file.source, self.result, self.state, self.reason)


@dataclass(frozen=True)
class Plan:
    """Plan of a batch.

    Attributes
    ----------
    items : all images, in the order of processing
    settings_digest : digest of the settings that affect the results and their names
    unfinished : paths of results that an interrupted run may have left incomplete
    recovered : rows of complete results that an interrupted run did not mark as done
    archives : the archives whose images are upscaled
    """

    items: tuple[BatchItem, ...]
    settings_digest: str
    unfinished: tuple[Path, ...] = ()
    recovered: tuple[Row, ...] = ()
    archives: tuple[ArchivePlan, ...] = ()


def plan(
    listing: Listing,
    journal_rows: Mapping[Key, Row],
    output: Path,
    naming: Naming,
    if_exists: IfExists,
    settings_digest: str,
    output_size: Callable[[Path], OutputSize | None],
    is_large_enough: Callable[[Path], bool] = lambda _path: False,
) -> Plan:
    """Return the plan for the images in a listing.

    An image is skipped if its result is unchanged and was computed from the same source with the same settings. If
    an earlier run started to write a result, the result keeps its name. If a source has changed, its result is
    replaced.

    Parameters
    ----------
    listing : the files found
    journal_rows : rows of the journal for this output folder
    output : the output folder
    naming : rules for the file names of results
    if_exists : what to do if a file exists
    settings_digest : digest of the settings that affect the results and their names
    output_size : function that takes the path of an image and returns the size of its result, or None if it is unknown
    is_large_enough : function that takes the path of an image and returns whether the image already has the requested
        size, or is larger. Such an image is skipped
    """
    results = {row.output: row for row in journal_rows.values() if row.state in ("done", "writing")}
    files = [file for file in listing.files if not results or not _is_result(file, results.get(str(file.source)))]
    named_as_results = _find_results_by_name(files, output, naming)
    reused = {
        file: row
        for file in files
        if (row := find_reusable_row(file, journal_rows, settings_digest)) is not None
        and (row.state == "done" or row.output.endswith(naming.for_file(file.source).result_extension(file.path)))
    }
    names = NameAllocator(if_exists, (file.source for file in files))
    for row in reused.values():
        names.reserve(Path(row.output))
    items, recovered = [], []
    for index, file in enumerate(files, start=1):
        row = reused.get(file)
        if file in named_as_results:
            items.append(BatchItem(file, file.source, "skipped", IS_RESULT))
        elif row is None and is_large_enough(file.source):
            items.append(BatchItem(file, file.source, "skipped", LARGE_ENOUGH))
        elif row is None:
            result_size = output_size(file.source) if naming.needs_size else None
            name = naming.for_file(file.source).result_name(file.path.rpartition("/")[2], index, result_size)
            items.append(
                _plan_new(file, names, (output / file.path).with_name(name), find_earlier_result(file, journal_rows))
            )
        elif row.state == "done" or (row.state == "writing" and row.is_new_file and os.path.lexists(row.output)):
            recovered += [] if row.state == "done" else [mark_done(row)]
            items.append(BatchItem(file, Path(row.output), "skipped", ALREADY_DONE))
        else:
            items.append(BatchItem(file, Path(row.output), is_new_file=row.is_new_file))
    items += [_plan_unreadable(folder, reason) for folder, reason in listing.unreadable]
    unfinished = tuple(Path(row.output) for row in journal_rows.values() if row.state == "writing")
    return Plan(tuple(items), settings_digest, unfinished, tuple(recovered))


def _is_result(file: FoundFile, row: Row | None) -> bool:
    """Return whether a file is a result of an earlier run and has not been changed since.

    Parameters
    ----------
    row : the journal row whose output is this file, or None if there is none
    """
    if row is None:
        return False
    return row.state == "writing" or (row.result_size, row.result_mtime_ns) == (file.size, file.mtime_ns)


def _find_results_by_name(files: list[FoundFile], output: Path, naming: Naming) -> set[FoundFile]:
    """Return the files in the output folder that have the name of another file's result."""
    in_output = [file for file in files if file.root == output]
    if naming.needs_size:
        return set()
    by_path = {file.path: file for file in in_output}
    results = {}
    for file in in_output:
        parent, _, name = file.path.rpartition("/")
        results[f"{parent}/{naming.result_name(name, 0)}".lstrip("/")] = file
    return {file for path, file in by_path.items() if results.get(path, file) is not file}


def find_reusable_row(file: FoundFile, rows: Mapping[Key, Row], settings_digest: str) -> Row | None:
    """Return the journal row of an earlier run if it is still valid for an image, and otherwise None."""
    row = rows.get((str(file.root), file.path))
    if row is None or row.settings_digest != settings_digest:
        return None
    existing = _stat(row.output)
    is_same_source = row.matches_source(file.size, file.mtime_ns)
    if row.state == "done":
        is_untouched = existing == (row.result_size, row.result_mtime_ns)
        if is_same_source and is_untouched:
            return row
        if not is_untouched and existing is not None:
            return None
        return replace(row, state="planned", is_new_file=existing is None)
    if row.state == "writing":  # an existing file is its result if there was none when it was planned
        return row if is_same_source else replace(row, state="planned", is_new_file=existing is None)
    # A file that was created since planning is not a result of this program.
    return row if existing is None or not row.is_new_file else None


def find_earlier_result(file: FoundFile, rows: Mapping[Key, Row]) -> Path | None:
    """Return the path of an unchanged earlier result of an image, or None if there is none."""
    row = rows.get((str(file.root), file.path))
    done = row is not None and row.state == "done" and _stat(row.output) == (row.result_size, row.result_mtime_ns)
    return Path(row.output) if row is not None and done else None


def _plan_new(file: FoundFile, names: NameAllocator, preferred: Path, earlier: Path | None) -> BatchItem:
    """Plan an image that has no valid row in the journal."""
    chosen = names.allocate(preferred, earlier)
    if chosen is None:
        return BatchItem(file, preferred, "skipped", NAME_TAKEN)
    return BatchItem(file, chosen, is_new_file=not os.path.lexists(chosen))


def mark_done(row: Row) -> Row:
    """Return a row with the state "done" for a complete result of an interrupted run."""
    size, mtime_ns = _stat(row.output) or (0, 0)
    return replace(row, state="done", result_size=size, result_mtime_ns=mtime_ns)


def _plan_unreadable(folder: Path, reason: str) -> BatchItem:
    return BatchItem(FoundFile(folder.parent, folder.name, 0, 0), folder, "failed", reason)


def _stat(path: str) -> tuple[int, int] | None:
    """Return the size in bytes and the modification time in ns of a file, or None if it does not exist."""
    try:
        stat = os.stat(path)  # noqa: PTH116 - creating 100,000 Path objects takes seconds
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns
