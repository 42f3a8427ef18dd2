"""The lines of the Batch page's table: what is known of each file, and how the view hears of it."""

from time import monotonic

from engine.events import FileDone, FileFailed
from engine.filing.planning import Item
from engine.filing.report import Outcome
from srcnn_gui.presenters import batch_choices
from srcnn_gui.presenters import batch_words as words
from srcnn_gui.presenters.batch_progress import Progress
from srcnn_gui.presenters.batch_state import View


class Files:
    """The files of a list, in its order, with what became of each."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._begun: set[int] = set()  # whose end was not told yet
        self.items: tuple[Item, ...] = ()
        self.outcomes: list[Outcome] = []
        self.progress = Progress()

    def fill(self, items: tuple[Item, ...]) -> None:
        """Show a list, none of it begun; what was done since the window opened stays done."""
        before = {one.output: one for one in self.outcomes if one.state == "done"}
        self.items = items
        self.outcomes = [batch_choices.untouched(item, before.get(item.output)) for item in items]
        self.progress = Progress(items, self.outcomes)
        self._begun.clear()
        pairs = zip(items, self.outcomes, strict=True)
        self._view.show_rows([words.row(item, outcome, words.reason_of(item)) for item, outcome in pairs])

    def begin(self, index: int) -> None:
        """A file is in work now; the result of the one before goes to the disk meanwhile."""
        for other in self._begun:
            self._view.show_row(other, words.writing_row(self.items[other]))
        self._begun.add(index)
        self.progress.file_begun(index, monotonic())
        self._show_working()

    def tile_done(self, done: int, total: int) -> None:
        """So many tiles of the file in work are done."""
        self.progress.tile_done(done, total)
        self._show_working()

    def settle(self, event: FileDone | FileFailed, index: int) -> None:
        """A file is done or has failed."""
        outcome = batch_choices.outcome(event, self.items[index])
        reason = words.failure(event.error) if isinstance(event, FileFailed) else ""
        self._keep(index, outcome, reason)

    def rest(self) -> None:
        """Nothing runs any more: what was begun is done, if its result got there, or waits again."""
        self.progress.end(monotonic())
        self.progress.index = None
        for index in sorted(self._begun):
            there = batch_choices.written(self.items[index])
            if there is not None:
                self._keep(index, there)
            else:
                self._view.show_row(index, words.row(self.items[index], self.outcomes[index]))
        self._begun.clear()

    def _keep(self, index: int, outcome: Outcome, reason: str = "") -> None:
        self._begun.discard(index)
        self.outcomes[index] = outcome
        self.progress.settled(index, outcome)
        self._view.show_row(index, words.row(self.items[index], outcome, reason))

    def _show_working(self) -> None:
        at = self.progress
        if at.index is not None:
            row = words.working_row(self.items[at.index], at.tiles_done, at.tiles, at.took(monotonic()))
            self._view.show_row(at.index, row)
