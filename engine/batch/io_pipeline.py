"""Reading one picture ahead and writing one behind the one that is computed, with the journal kept."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from types import TracebackType

from engine.batch.journal import Journal, Row, digest
from engine.batch.planning import Item, Plan
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Picture, SaveOptions

_PATIENCE_S = 0.3  # with a result that is being written when the batch is cancelled


@dataclass(frozen=True)
class Settled:
    """What became of a picture: why it failed, or the result that is in its place.

    Attributes
    ----------
    index, item : its place in the plan, and what stands there
    error : None for a result
    picture_size : (width, height) of the result, px
    file_size : of the result, bytes
    seconds : that it took
    """

    index: int
    item: Item
    error: Exception | None = None
    picture_size: tuple[int, int] = (0, 0)
    file_size: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class _Writing:
    """A result on its way to the disk."""

    result: Settled
    row: Row
    future: Future[tuple[int, int]]


class Line:
    """Two threads: one reads, one writes. At any time one picture is read ahead and one is being written."""

    def __init__(self, plan: Plan, journal: Journal, *, metadata: bool) -> None:
        self._plan, self._journal, self._save = plan, journal, SaveOptions(strip=not metadata)
        self._pool = ThreadPoolExecutor(2, "files")
        self._ahead: tuple[int, Future[tuple[Picture, str]]] | None = None
        self._content = ""  # of the picture taken last
        self._writing: _Writing | None = None
        self._given_up = Event()

    def take(self, index: int, following: int | None) -> Picture:
        """The picture at a place of the plan, or what reading it raised; begins to read the one that follows."""
        if self._ahead is None or self._ahead[0] != index:
            self._fetch(index)
        assert self._ahead is not None
        reading = self._ahead[1]
        try:
            picture, self._content = reading.result()
        finally:
            self._ahead = None
            if following is not None:
                self._fetch(following)
        return picture

    def refuse_unfit(self, index: int, picture: Picture, times: float) -> None:
        """Raise what would keep this picture's result from being written, before it is made.

        Raises
        ------
        PictureUnwritable, OSError
        """
        output = self._plan.items[index].output
        output.parent.mkdir(parents=True, exist_ok=True)
        image_files.refuse_unfit(picture, output, self._save, times=times)

    def put(self, index: int, result: Picture, seconds: float) -> None:
        """Begin to write the result of the picture taken last; the one before must be settled."""
        item = self._plan.items[index]
        row = replace(item.row(self._plan.settings), state="writing", content=self._content)
        self._journal.write([row])
        settled = Settled(index, item, None, (result.width, result.height), 0, seconds)
        self._writing = _Writing(settled, row, self._write(result, item.output))

    def settled(self, *, wait: bool = False) -> Settled | None:
        """What became of the result that is being written, if that is known, or once it is; tells it once."""
        if self._writing is None or not (wait or self._writing.future.done()):
            return None
        writing, self._writing = self._writing, None
        try:
            size, mtime_ns = writing.future.result()
        except Exception as error:  # a codec may raise anything
            return self.failed(writing.result.index, error)
        self._journal.write([replace(writing.row, state="done", made_size=size, made_mtime_ns=mtime_ns)])
        return replace(writing.result, file_size=size)

    def failed(self, index: int, error: Exception) -> Settled:
        """Note that a picture failed."""
        item = self._plan.items[index]
        self._journal.write([replace(item.row(self._plan.settings), state="failed", reason=str(error))])
        return Settled(index, item, error)

    def __enter__(self) -> "Line":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let a result that is being written get there, and note it: it is finished but for that.

        Some formats take many seconds to write. A person who cancels does not wait so long: the thread is left to end
        by itself, and what it writes does not get its name. Nobody waits for what is read ahead.
        """
        if self._ahead is not None:
            self._ahead[1].cancel()
        is_cancelled = kind is not None and issubclass(kind, GeneratorExit)
        if self._writing and wait([self._writing.future], _PATIENCE_S if is_cancelled else None).not_done:
            self._given_up.set()
            self._writing = None
        self._pool.shutdown(wait=False, cancel_futures=True)
        self.settled()

    def _write(self, result: Picture, output: Path) -> Future[tuple[int, int]]:
        """Have a thread write a result: (size, time of change) of its file."""

        def write() -> tuple[int, int]:
            image_files.write(result, output, self._save, self._given_up.is_set)
            about = output.stat()
            return about.st_size, about.st_mtime_ns

        return self._pool.submit(write)

    def _fetch(self, index: int) -> None:
        self._ahead = index, self._pool.submit(_read, self._plan.items[index])


def _read(item: Item) -> tuple[Picture, str]:
    """A picture, and the digest of its file."""
    source = item.found.source
    return image_files.read(source), digest(source)
