"""Reading and writing of images in background threads, and updates of the journal, while the main thread upscales."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from types import TracebackType

from engine.batch.journal import Journal, Row, file_sha256
from engine.batch.planning import BatchItem, Plan
from engine.errors import LazyMessage, Message
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image, OutputOptions

_CANCEL_TIMEOUT_S = 0.3  # time to finish writing a result after the batch is canceled


@dataclass(frozen=True)
class ItemResult:
    """Result of processing one image, or the error that prevented it.

    Attributes
    ----------
    index, item : index of the image in the plan, and the image
    error : the exception, or None if the image was processed
    image_size : (width, height) of the result in px
    file_size : size of the result file in bytes
    seconds : processing time
    warnings : messages about damage in the source, and about data of the source that the result does not contain
    """

    index: int
    item: BatchItem
    error: Exception | None = None
    image_size: tuple[int, int] = (0, 0)
    file_size: int = 0
    seconds: float = 0.0
    warnings: tuple[Message | LazyMessage, ...] = ()


@dataclass(frozen=True)
class _PendingWrite:
    """A result that is being written."""

    result: ItemResult
    row: Row
    future: Future[tuple[int, int]]


class IOPipeline:
    """Pool of two threads: one reads the next image while the other writes the previous result."""

    def __init__(self, plan: Plan, journal: Journal, save_options: Callable[[Path], OutputOptions]) -> None:
        """Start the threads.

        Parameters
        ----------
        save_options : function that takes the path of an image and returns the options for saving its result
        """
        self._plan, self._journal, self._save_options = plan, journal, save_options
        self._pool = ThreadPoolExecutor(2, "files")
        self._reading: tuple[int, Future[tuple[Image, str]]] | None = None
        self._source_sha256 = ""  # SHA-256 of the image read last
        self._warnings: tuple[Message | LazyMessage, ...] = ()  # about the image checked last
        self._writing: _PendingWrite | None = None
        self._abandoned = Event()

    def read(self, index: int, next_index: int | None) -> Image:
        """Return the image at `index` in the plan, and start reading the one at `next_index`.

        If the image cannot be read, the exception of the reading thread is raised.
        """
        if self._reading is None or self._reading[0] != index:
            self._start_reading(index)
        assert self._reading is not None
        future = self._reading[1]
        try:
            image, self._source_sha256 = future.result()
        finally:
            self._reading = None
            if next_index is not None:
                self._start_reading(next_index)
        return image

    def check_savable(self, index: int, image: Image, scale_factor: float) -> None:
        """Check that the result of an image can be written, before the image is upscaled.

        The warnings of this check become part of the `ItemResult`.

        Raises
        ------
        ImageUnwritable, OSError
        """
        item = self._plan.items[index]
        item.output.parent.mkdir(parents=True, exist_ok=True)
        options = self._save_options(item.file.source)
        self._warnings = image_files.check_savable(image, item.output, options, scale_factor=scale_factor)

    def start_writing(self, index: int, result: Image, seconds: float) -> None:
        """Start writing the result of the image that was read last. Before this call, `collect` the previous result.

        Parameters
        ----------
        seconds : processing time of the image
        """
        item = self._plan.items[index]
        row = replace(
            item.to_journal_row(self._plan.settings_digest), state="writing", source_sha256=self._source_sha256
        )
        self._journal.write([row])
        item_result = ItemResult(index, item, None, (result.width, result.height), 0, seconds, self._warnings)
        self._writing = _PendingWrite(item_result, row, self._write(result, item))

    def collect(self, *, wait: bool = False) -> ItemResult | None:
        """If a result has been written, record it in the journal and return it. Otherwise, return None.

        If `wait` is true, first wait until the current result is written.
        """
        if self._writing is None or not (wait or self._writing.future.done()):
            return None
        writing, self._writing = self._writing, None
        try:
            size, mtime_ns = writing.future.result()
        except Exception as error:  # codecs raise exceptions of any type
            return self.record_failure(writing.result.index, error)
        self._journal.write([replace(writing.row, state="done", result_size=size, result_mtime_ns=mtime_ns)])
        return replace(writing.result, file_size=size)

    def record_failure(self, index: int, error: Exception) -> ItemResult:
        """Record in the journal that an image has failed, and return an `ItemResult` with the error."""
        item = self._plan.items[index]
        self._journal.write(
            [replace(item.to_journal_row(self._plan.settings_digest), state="failed", reason=str(error))]
        )
        return ItemResult(index, item, error)

    def __enter__(self) -> "IOPipeline":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait until the current result is written, and record it. Discard the image that is being read.

        Some formats take many seconds to write. If the batch is canceled, wait only briefly and then abandon the
        result. Its temporary file is never renamed to the output path.
        """
        if self._reading is not None:
            self._reading[1].cancel()
        is_canceled = kind is not None and issubclass(kind, GeneratorExit)
        if self._writing and wait([self._writing.future], _CANCEL_TIMEOUT_S if is_canceled else None).not_done:
            self._abandoned.set()
            self._writing = None
        self._pool.shutdown(wait=False, cancel_futures=True)
        self.collect()

    def _write(self, result: Image, item: BatchItem) -> Future[tuple[int, int]]:
        """Start writing a result in a thread.

        Returns
        -------
        A future for the size in bytes and the modification time in ns of the file.
        """
        options = self._save_options(item.file.source)

        def write() -> tuple[int, int]:
            image_files.write(result, item.output, options, self._abandoned.is_set, item.file.source)
            stat = item.output.stat()
            return stat.st_size, stat.st_mtime_ns

        return self._pool.submit(write)

    def _start_reading(self, index: int) -> None:
        self._reading = index, self._pool.submit(_read, self._plan.items[index])


def _read(item: BatchItem) -> tuple[Image, str]:
    """Read an image, and return it with the SHA-256 of its file."""
    source = item.file.source
    return image_files.read(source), file_sha256(source)
