"""The files of a batch and their states, as rows of the table."""

from collections.abc import Iterable
from pathlib import Path
from time import monotonic

from engine.batch.events import FileDone, to_outcome
from engine.batch.outcome import Outcome
from engine.batch.planning import ALREADY_DONE, BatchItem
from engine.datasets.events import FileFailed
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

    def set_items(self, items: tuple[BatchItem, ...]) -> None:
        """Replace the list. Files processed since startup keep their outcome if they are still done."""
        before = {one.output: one for one in self._outcomes.values() if one.state == "done"}
        done_indices = [index for index, item in enumerate(items) if before and item.reason == ALREADY_DONE]
        same = len(items) == len(self.items) and all(
            one.file.path == other.file.path for one, other in zip(items, self.items, strict=True)
        )
        self.items = items
        self._outcomes = {
            index: before[items[index].output] for index in done_indices if items[index].output in before
        }
        self.file_states = [item.state for item in items]
        for index in self._outcomes:
            self.file_states[index] = "done"
        self.progress = Progress(items, self.file_states)
        self._started.clear()
        self._reasons.clear()
        self.view.show_rows(self, same_files=same)

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
