"""The files of a batch and their states, as rows of the table."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from time import monotonic

from engine.batch.events import FileDone, to_outcome
from engine.batch.outcome import Outcome
from engine.batch.planning import ALREADY_DONE, BatchItem
from engine.datasets.events import FileFailed
from engine.errors import EngineError
from srcnn_gui.pages.batch import text as page_text
from srcnn_gui.pages.batch.progress import Progress
from srcnn_gui.pages.batch.state import FileState, Row, View
from srcnn_gui.runtime.translations import retranslate


class FileList:
    """List of the files of a batch, with the state and outcome of each file.

    The text of a row is formatted when the row is displayed, because a batch can have 100,000 files.
    """

    def __init__(self, view: View) -> None:
        self.view = view
        self._started: set[int] = set()  # indices of files that are started but not finished
        self._outcomes: dict[int, Outcome] = {}  # by index, for the files processed in this session
        self._reasons: dict[int, str] = {}  # translated reasons of failures by index
        self._save_errors: dict[Path, EngineError] = {}  # by source, for files whose result cannot be saved
        self.items: tuple[BatchItem, ...] = ()
        self.file_states: list[FileState] = []
        self.progress = Progress()

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Row:
        """Return the table row for the current state of the file at `index`."""
        item, progress = self.items[index], self.progress
        if index == progress.index:
            return page_text.format_processing_row(
                item, progress.tiles_done, progress.tiles, progress.file_elapsed_s(monotonic())
            )
        if index in self._started:
            return page_text.format_writing_row(item)
        if self.file_states[index] == "unsavable":
            return page_text.format_unsavable_row(item, self._save_errors[item.file.source])
        return page_text.format_row(item, self.outcome(index), retranslate(self._reasons.get(index, "")))

    def outcome(self, index: int) -> Outcome:
        """Return the outcome of the file at `index`, or its planned outcome if it has not been processed yet."""
        return self._outcomes.get(index) or self.items[index].outcome()

    def outcomes(self) -> tuple[tuple[BatchItem, ...], dict[int, Outcome]]:
        """Return all files, and a dict with the outcomes of files processed since startup, by index."""
        return self.items, dict(self._outcomes)

    def restore_outcomes(self, outcomes: dict[int, Outcome]) -> None:
        """Restore the outcomes of a list that was cleared. Call this before `set_items`."""
        self._outcomes = outcomes

    def set_items(
        self,
        items: tuple[BatchItem, ...],
        *,
        retried: frozenset[Path] | None = None,
        only: frozenset[Path] | None = None,
        keep_save_errors: bool = False,
    ) -> None:
        """Replace the list. Files processed since startup keep their outcome if they are still done.

        Parameters
        ----------
        retried : paths of failed files that are queued again, or None for all. The others keep their outcome
        only : paths of the files that the next run processes, or None for all files that are queued
        keep_save_errors : whether files whose result cannot be saved keep this state
        """
        done = {one.output: one for one in self._outcomes.values() if one.state == "done"}
        failed = {} if retried is None else {self.source_of(index): index for index in self._indices_in("failed")}
        same = len(items) == len(self.items) and all(
            one.file.path == other.file.path for one, other in zip(items, self.items, strict=True)
        )
        outcomes, reasons = self._outcomes, self._reasons
        self.items, self._outcomes, self._reasons = items, {}, {}
        for index, item in enumerate(items if done or failed else ()):
            before = failed.get(item.file.source)
            if item.reason == ALREADY_DONE and item.output in done:
                self._outcomes[index] = done[item.output]
            elif item.state == "queued" and before in outcomes and item.file.source not in (retried or ()):
                self._outcomes[index] = outcomes[before]
                self._reasons[index] = reasons.get(before, "")
        self.file_states = [item.state for item in items]
        for index, outcome in self._outcomes.items():
            self.file_states[index] = outcome.state
        self.progress = Progress(items, self.file_states, only)
        self._started.clear()
        if self._save_errors:
            errors, self._save_errors = self._save_errors, {}
            for index, item in enumerate(items if keep_save_errors else ()):
                if item.file.source in errors:
                    self._set_save_error(index, errors[item.file.source])
        self.view.show_rows(self, same_files=same)

    def append(self, items: tuple[BatchItem, ...]) -> None:
        """Add files that were found during the run."""
        states = [item.state for item in items]
        self.items += items
        self.file_states += states
        self.progress.append(items, states)
        self.view.show_rows(self, same_files=True)

    @property
    def save_errors(self) -> Mapping[Path, EngineError]:
        """Errors of the files whose result cannot be saved, by path of the input file."""
        return self._save_errors

    def set_save_error(self, index: int, error: EngineError) -> None:
        """Mark a queued file as one whose result cannot be saved."""
        if index < len(self.items) and self.file_states[index] == "queued":
            self._set_save_error(index, error)
            self.view.update_row(index)

    def _set_save_error(self, index: int, error: EngineError) -> None:
        if self.file_states[index] == "queued":
            self._save_errors[self.source_of(index)] = error
            self.file_states[index] = "unsavable"
            self.progress.exclude_file(index)

    def remove(self, indices: Iterable[int]) -> None:
        """Remove files from the list. The files themselves and their results are kept."""
        removed = set(indices)
        self._select([index for index in range(len(self.items)) if index not in removed])
        sources = {item.file.source for item in self.items}
        self._save_errors = {source: error for source, error in self._save_errors.items() if source in sources}

    def move(self, indices: Iterable[int], before: int) -> None:
        """Move files in front of the file at `before`, or to the end if it is the number of files."""
        moved = sorted(set(indices))
        others = [index for index in range(len(self.items)) if index not in set(moved)]
        position = sum(index < before for index in others)
        self._select([*others[:position], *moved, *others[position:]])

    def _select(self, indices: list[int]) -> None:
        """Replace the list with the files at `indices`, in this order."""
        self._outcomes = {new: self._outcomes[old] for new, old in enumerate(indices) if old in self._outcomes}
        self._reasons = {new: self._reasons[old] for new, old in enumerate(indices) if old in self._reasons}
        self.file_states = [self.file_states[index] for index in indices]
        self.items = tuple(self.items[index] for index in indices)
        self.progress = Progress(self.items, self.file_states)
        self.view.show_rows(self, same_files=False)

    def sources_in(self, state: FileState) -> frozenset[Path]:
        """Return the paths of the input files that are in a state."""
        return frozenset(map(self.source_of, self._indices_in(state)))

    def _indices_in(self, state: FileState) -> list[int]:
        return [index for index, one in enumerate(self.file_states) if one == state]

    def path_of(self, index: int) -> Path:
        """Return the path of the file at `index`. For an image in an archive, return the path of the archive."""
        item = self.items[index]
        return item.file.source if item.entry is None else item.file.root

    def with_archives(self, indices: Iterable[int]) -> list[int]:
        """Return `indices` and the indices of all other images in the same archives."""
        given = set(indices)
        paths = {self.path_of(index) for index in given if self.items[index].entry is not None}
        return [index for index in range(len(self.items)) if index in given or self.path_of(index) in paths]

    @property
    def movable_count(self) -> int:
        """Number of files before the first image in an archive."""
        in_archives = (index for index, item in enumerate(self.items) if item.entry is not None)
        return next(in_archives, len(self.items))

    def source_of(self, index: int) -> Path:
        """Return the path of the input file at `index`."""
        return self.items[index].file.source

    def result_of(self, index: int) -> Path | None:
        """Return the path of the result, or None if the file is not done or the result does not exist."""
        output = self.items[index].output
        return output if self.file_states[index] in ("done", "skipped") and output.exists() else None

    def sources(self, indices: Iterable[int]) -> list[tuple[int, Path]]:
        """Return (index, path of the input file) pairs. Indices beyond the end of the list are ignored."""
        return [(index, self.source_of(index)) for index in indices if index < len(self.items)]

    def start_file(self, index: int) -> None:
        """Mark a file as being processed. Other started files are displayed as being saved."""
        before = set(self._started)
        self._started.add(index)
        self.progress.start_file(index, monotonic())
        self._set_state(*before, index, state="working")

    def set_tile_progress(self, done: int, total: int) -> None:
        """Update the number of completed tiles of the current file."""
        self.progress.set_tile_progress(done, total)
        if self.progress.index is not None:
            self._set_state(self.progress.index, state="working")

    def finish_file(self, event: FileDone | FileFailed, index: int) -> None:
        """Store the outcome of the file at `index`, which is done or failed."""
        if isinstance(event, FileFailed):
            self._reasons[index] = page_text.describe_failure(event.error)
        self._store_outcome(index, to_outcome(event, self.items[index]))

    def end_run(self) -> None:
        """End the run. Started files become done if their result was written, otherwise queued."""
        self.progress.stop(monotonic())
        self.progress.index = None
        begun, self._started = sorted(self._started), set()
        for index in begun:
            outcome = _outcome_if_written(self.items[index])
            if outcome is not None:
                self._store_outcome(index, outcome)
            else:
                self._set_state(index, state="queued")

    def _store_outcome(self, index: int, outcome: Outcome) -> None:
        self._started.discard(index)
        self._outcomes[index] = outcome
        self.progress.finish_file(index, outcome)
        self._set_state(index, state=outcome.state)

    def _set_state(self, *indices: int, state: FileState) -> None:
        """Change the state of the files at `indices` and update their rows in the table."""
        for index in indices:
            self.file_states[index] = state
            self.view.update_row(index)


def _outcome_if_written(item: BatchItem) -> Outcome | None:
    """Return the outcome of a file from the result on disk, or None if no new result was written."""
    try:
        size = item.output.stat().st_size if item.is_new_file else 0
    except OSError:
        return None
    return Outcome(item.file.source, item.output, "done", "", size=size) if size else None
