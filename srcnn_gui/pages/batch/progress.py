"""How far a batch is: what is settled, how much of the work that was, how long it took without its pauses."""

from collections import Counter
from collections.abc import Sequence

from engine.batch.planning import Item
from engine.batch.report import Outcome
from srcnn_gui.pages.batch.state import Counts, Kind

_A_FILE = 20_000  # px: what a file costs however small it is
_PX_A_BYTE = 4.0  # of a compressed picture, until some have been looked at


class Progress:
    """Follows one run. Work is measured in pixels; of files that were not looked at yet, guessed by their size."""

    def __init__(self, items: Sequence[Item] = (), kinds: Sequence[Kind] = ()) -> None:
        self._states = Counter(kinds)
        self._bytes = [item.found.size for item in items]
        self._pixels: list[int | None] = [None] * len(items)
        self._open = {index for index, item in enumerate(items) if item.state == "to go"}
        self._done: set[int] = set()
        self._known_px = self._known_bytes = 0
        # Sums over the files to do, and over those that are done: pixels where known, else bytes; and their number.
        self._whole, self._part = [0, sum(self._bytes[index] for index in self._open), len(self._open)], [0, 0, 0]
        self._since: float | None = None
        self._active_s = 0.0
        self._file_at = 0.0
        self.megapixels = 0.0
        self.index: int | None = None  # of the file in work
        self.tiles_done = self.tiles = 0

    @property
    def counts(self) -> Counts:
        states = self._states
        return Counts(states["done"], states["skipped"], states["failed"], states["waiting"])

    @property
    def share_now(self) -> float:
        """How much of this run's work is done, 0 to 1."""
        whole = self._in_px(*self._whole)
        if not whole:
            return 1.0
        one = [0, 0, 0]
        if self.tiles and self.index is not None:
            self._add(one, self.index)
        return min(1.0, (self._in_px(*self._part) + self._in_px(*one) * self.tiles_done / (self.tiles or 1)) / whole)

    @property
    def share(self) -> float:
        """How much of the list is settled, 0 to 1: what was there before counts as well."""
        total = self.counts.total
        done = total - self.counts.to_go
        inside = self.tiles_done / self.tiles if self.tiles and self.index is not None else 0
        return min(1.0, (done + inside) / total) if total else 0.0

    def begin(self, now: float) -> None:
        """The first file comes now, s."""
        self._since = now

    def pause(self, paused: bool, now: float) -> None:
        """Time does not count until it goes on."""
        if paused:
            self.end(now)
        else:
            self._since = now

    def end(self, now: float) -> None:
        """Time does not count any more."""
        self._active_s = self.active_s(now)
        self._since = None

    def active_s(self, now: float) -> float:
        """How long it has worked, s."""
        return self._active_s + (now - self._since if self._since is not None else 0.0)

    def took(self, now: float) -> float:
        """How long the file in work has taken, s."""
        return self.active_s(now) - self._file_at

    def measured(self, index: int, pixels: int) -> None:
        """A file was looked at: so many pixels."""
        if index >= len(self._pixels) or self._pixels[index] is not None:
            return
        sums = [known for known, files in ((self._whole, self._open), (self._part, self._done)) if index in files]
        for known in sums:
            self._add(known, index, -1)
        self._pixels[index] = pixels
        self._known_px += pixels
        self._known_bytes += self._bytes[index]
        for known in sums:
            self._add(known, index)

    def file_begun(self, index: int, now: float) -> None:
        """A file is in work now."""
        self.index, self.tiles_done, self.tiles = index, 0, 0
        self._file_at = self.active_s(now)

    def tile_done(self, done: int, total: int) -> None:
        """So many tiles of the file in work are done."""
        self.tiles_done, self.tiles = done, total

    def settled(self, index: int, outcome: Outcome) -> None:
        """A file is done or has failed; one that failed was no work."""
        self._states["waiting"] -= 1
        self._states["failed" if outcome.state == "failed" else "done"] += 1
        if outcome.state == "failed":
            self._open.discard(index)
            self._add(self._whole, index, -1)
        else:
            self._done.add(index)
            self._add(self._part, index)
        self.megapixels += outcome.width * outcome.height / 1e6
        if index == self.index:
            self.index, self.tiles_done, self.tiles = None, 0, 0

    def _add(self, sums: list[int], index: int, sign: int = 1) -> None:
        """Put a file into some sums, or take it out."""
        pixels = self._pixels[index]
        sums[0] += sign * (pixels or 0)
        sums[1] += sign * (self._bytes[index] if pixels is None else 0)
        sums[2] += sign

    def _in_px(self, pixels: int, size: int, files: int) -> float:
        rate = self._known_px / self._known_bytes if self._known_bytes else _PX_A_BYTE
        return pixels + size * rate + files * _A_FILE
