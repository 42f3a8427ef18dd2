"""The lines of the Batch page's table: what is known of each file, and how the view hears of it."""

from collections.abc import Iterable
from pathlib import Path
from time import monotonic

from engine.batch.events import FileDone, outcome_of
from engine.batch.planning import DONE_BEFORE, Item
from engine.batch.report import Outcome
from engine.datasets.events import FileFailed
from srcnn_gui.pages.batch import text as words
from srcnn_gui.pages.batch.progress import Progress
from srcnn_gui.pages.batch.state import Kind, Row, View
from srcnn_gui.runtime.translations import again

_KINDS: dict[str, Kind] = {"to go": "waiting", "skipped": "skipped", "failed": "failed", "done": "done"}


class Files:
    """The files of a list, in its order, with what became of each.

    A line is put into words when it is looked at: there may be 100,000 of them.
    """

    def __init__(self, view: View) -> None:
        self.view = view
        self._begun: set[int] = set()  # whose end was not told yet
        self._known: dict[int, Outcome] = {}  # what became of those that were done here
        self._reasons: dict[int, str] = {}  # in the person's language
        self.items: tuple[Item, ...] = ()
        self.kinds: list[Kind] = []
        self.progress = Progress()

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Row:
        """A line as it is now."""
        item, at = self.items[index], self.progress
        if index == at.index:
            return words.working_row(item, at.tiles_done, at.tiles, at.took(monotonic()))
        if index in self._begun:
            return words.writing_row(item)
        return words.row(item, self.outcome(index), again(self._reasons.get(index, "")))

    def outcome(self, index: int) -> Outcome:
        """What became of a file so far."""
        return self._known.get(index) or self.items[index].outcome()

    def outcomes(self) -> tuple[tuple[Item, ...], dict[int, Outcome]]:
        """All files, and what became of those that were done here."""
        return self.items, dict(self._known)

    def fill(self, items: tuple[Item, ...]) -> None:
        """Show a list, none of it begun; what was done since the window opened stays done."""
        before = {one.output: one for one in self._known.values() if one.state == "done"}
        again = [index for index, item in enumerate(items) if before and item.reason == DONE_BEFORE]
        same = len(items) == len(self.items) and all(
            one.found.path == other.found.path for one, other in zip(items, self.items, strict=True)
        )
        self.items = items
        self._known = {index: before[items[index].output] for index in again if items[index].output in before}
        self.kinds = [_KINDS[item.state] for item in items]
        for index in self._known:
            self.kinds[index] = "done"
        self.progress = Progress(items, self.kinds)
        self._begun.clear()
        self._reasons.clear()
        self.view.show_lines(self, same=same)

    def source_of(self, index: int) -> Path:
        """The file of a line."""
        return self.items[index].found.source

    def result_of(self, index: int) -> Path | None:
        """The result of a line, if it is there."""
        output = self.items[index].output
        return output if self.kinds[index] in ("done", "skipped") and output.exists() else None

    def sources(self, indices: Iterable[int]) -> list[tuple[int, Path]]:
        """The files of these lines, each with its number; lines of an earlier list may be asked for still."""
        return [(index, self.source_of(index)) for index in indices if index < len(self.items)]

    def begin(self, index: int) -> None:
        """A file is in work now; the result of the one before goes to the disk meanwhile."""
        before = set(self._begun)
        self._begun.add(index)
        self.progress.file_begun(index, monotonic())
        self._tell(*before, index, kind="working")

    def tile_done(self, done: int, total: int) -> None:
        """So many tiles of the file in work are done."""
        self.progress.tile_done(done, total)
        if self.progress.index is not None:
            self._tell(self.progress.index, kind="working")

    def settle(self, event: FileDone | FileFailed, index: int) -> None:
        """A file is done or has failed."""
        if isinstance(event, FileFailed):
            self._reasons[index] = words.failure(event.error)
        self._keep(index, outcome_of(event, self.items[index]))

    def rest(self) -> None:
        """Nothing runs any more: what was begun is done, if its result got there, or waits again."""
        self.progress.end(monotonic())
        self.progress.index = None
        begun, self._begun = sorted(self._begun), set()
        for index in begun:
            outcome = _written(self.items[index])
            if outcome is not None:
                self._keep(index, outcome)
            else:
                self._tell(index, kind="waiting")

    def _keep(self, index: int, outcome: Outcome) -> None:
        self._begun.discard(index)
        self._known[index] = outcome
        self.progress.settled(index, outcome)
        self._tell(index, kind=_KINDS[outcome.state])

    def _tell(self, *indices: int, kind: Kind) -> None:
        """These lines have changed."""
        for index in indices:
            self.kinds[index] = kind
            self.view.show_line(index)


def _written(item: Item) -> Outcome | None:
    """The outcome of a file whose result was written while the batch was being stopped; None if it was not."""
    try:
        size = item.output.stat().st_size if item.fresh else 0
    except OSError:
        return None
    return Outcome(item.found.source, item.output, "done", "", size=size) if size else None
