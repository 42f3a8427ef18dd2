"""Progress of a batch: file counts, completed fraction, and elapsed time without pauses."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from engine.batch.outcome import Outcome
from engine.batch.planning import BatchItem
from srcnn_gui.pages.batch.state import Counts, FileState

_PX_PER_FILE = 20_000  # fixed time per file, as a number of pixels that take the same time
_PX_PER_BYTE = 4.0  # pixels per byte of a compressed image, used until the sizes of some images are known


class Progress:
    """Progress of one run of a batch. The work for a file is measured by its number of pixels.

    Until the number of pixels of an image is known, it is estimated from the file size.
    """

    def __init__(
        self,
        items: Sequence[BatchItem] = (),
        file_states: Sequence[FileState] = (),
        only: frozenset[Path] | None = None,
    ) -> None:
        """Start with the files of a batch.

        Parameters
        ----------
        items, file_states : all files, and the state of each
        only : paths of the files that the run processes, or None for all files that are queued
        """
        self._states = Counter(file_states)
        self._bytes = [item.file.size for item in items]
        self._pixels: list[int | None] = [None] * len(items)
        self._open = {
            index
            for index, (item, state) in enumerate(zip(items, file_states, strict=True))
            if state == "queued" and (only is None or item.file.source in only)
        }
        self._done: set[int] = set()
        self._known_px = self._known_bytes = 0
        # Sums over all files to process and over the completed ones. Each contains the pixels of the images of known
        # size, the bytes of the other files, and the number of files.
        self._total_sums, self._done_sums = (
            [0, sum(self._bytes[index] for index in self._open), len(self._open)],
            [0, 0, 0],
        )
        self._started_at: float | None = None
        self._elapsed_s = 0.0
        self._file_started_s = 0.0
        self.megapixels = 0.0
        self.index: int | None = None  # index of the file that is being processed
        self.tiles_done = self.tiles = 0

    def append(self, items: Sequence[BatchItem], file_states: Sequence[FileState]) -> None:
        """Add files that were found during the run."""
        first = len(self._bytes)
        self._states.update(file_states)
        self._bytes += [item.file.size for item in items]
        self._pixels += [None] * len(items)
        for index, state in enumerate(file_states, first):
            if state == "queued":
                self._open.add(index)
                self._add(self._total_sums, index)

    @property
    def counts(self) -> Counts:
        """Number of files in each state."""
        states = self._states
        return Counts(states["done"], states["skipped"], states["failed"], states["queued"], states["unsavable"])

    @property
    def run_fraction(self) -> float:
        """Completed fraction of the work of this run, from 0 to 1."""
        total = self._in_px(*self._total_sums)
        if not total:
            return 1.0
        current = [0, 0, 0]
        if self.tiles and self.index is not None:
            self._add(current, self.index)
        return min(
            1.0, (self._in_px(*self._done_sums) + self._in_px(*current) * self.tiles_done / (self.tiles or 1)) / total
        )

    @property
    def completed_fraction(self) -> float:
        """Completed fraction of all files in the list, from 0 to 1. Files done in earlier runs are included."""
        total = self.counts.total
        done = total - self.counts.queued - self.counts.unsavable
        inside = self.tiles_done / self.tiles if self.tiles and self.index is not None else 0
        return min(1.0, (done + inside) / total) if total else 0.0

    def start(self, now: float) -> None:
        """Start measuring the elapsed time at `now` (seconds)."""
        self._started_at = now

    def pause(self, paused: bool, now: float) -> None:
        """If `paused` is true, stop measuring the elapsed time at `now` (seconds). Otherwise, continue."""
        if paused:
            self.stop(now)
        else:
            self._started_at = now

    def stop(self, now: float) -> None:
        """Stop measuring the elapsed time at `now` (seconds)."""
        self._elapsed_s = self.elapsed_s(now)
        self._started_at = None

    def elapsed_s(self, now: float) -> float:
        """Return the elapsed time of the run at `now`, in seconds and without pauses."""
        return self._elapsed_s + (now - self._started_at if self._started_at is not None else 0.0)

    def file_elapsed_s(self, now: float) -> float:
        """Return the elapsed time of the current file at `now`, in seconds and without pauses."""
        return self.elapsed_s(now) - self._file_started_s

    def set_pixels(self, index: int, pixels: int) -> None:
        """Store the number of pixels of the image at `index`, which replaces the estimate."""
        if index >= len(self._pixels) or self._pixels[index] is not None:
            return
        sums = [
            known for known, files in ((self._total_sums, self._open), (self._done_sums, self._done)) if index in files
        ]
        for known in sums:
            self._add(known, index, -1)
        self._pixels[index] = pixels
        self._known_px += pixels
        self._known_bytes += self._bytes[index]
        for known in sums:
            self._add(known, index)

    def start_file(self, index: int, now: float) -> None:
        """Make the file at `index` the current file, started at `now` (seconds)."""
        self.index, self.tiles_done, self.tiles = index, 0, 0
        self._file_started_s = self.elapsed_s(now)

    def set_tile_progress(self, done: int, total: int) -> None:
        """Set the number of completed tiles and the total number of tiles of the current file."""
        self.tiles_done, self.tiles = done, total

    def exclude_file(self, index: int) -> None:
        """Exclude a queued file from the work of this run, because its result cannot be saved."""
        self._states["queued"] -= 1
        self._states["unsavable"] += 1
        if index in self._open:
            self._open.discard(index)
            self._add(self._total_sums, index, -1)

    def finish_file(self, index: int, outcome: Outcome) -> None:
        """Count a file that is done or failed. A failed file no longer counts as work of this run."""
        self._states["queued"] -= 1
        self._states["failed" if outcome.state == "failed" else "done"] += 1
        if outcome.state == "failed":
            self._open.discard(index)
            self._add(self._total_sums, index, -1)
        else:
            self._done.add(index)
            self._add(self._done_sums, index)
        self.megapixels += outcome.width * outcome.height / 1e6
        if index == self.index:
            self.index, self.tiles_done, self.tiles = None, 0, 0

    def _add(self, sums: list[int], index: int, sign: int = 1) -> None:
        """Add the size of a file to `sums`, or subtract it if `sign` is -1.

        Parameters
        ----------
        sums : pixels of the images of known size, bytes of the other files, and number of files
        """
        pixels = self._pixels[index]
        sums[0] += sign * (pixels or 0)
        sums[1] += sign * (self._bytes[index] if pixels is None else 0)
        sums[2] += sign

    def _in_px(self, pixels: int, size: int, files: int) -> float:
        rate = self._known_px / self._known_bytes if self._known_bytes else _PX_PER_BYTE
        return pixels + size * rate + files * _PX_PER_FILE
