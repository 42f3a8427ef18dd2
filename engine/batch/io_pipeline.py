"""Reading and writing of images in background threads, while the main thread upscales."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from types import TracebackType

from engine.batch import sources
from engine.batch.ground_truths import GroundTruths
from engine.batch.journal import Journal, Row, file_sha256
from engine.batch.planning import BatchItem, Plan
from engine.errors import EngineError, LazyMessage, Message
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image, OutputOptions
from engine.imaging.metrics import Score

_CANCEL_TIMEOUT_S = 0.3  # time to finish writing a result after the batch is canceled


@dataclass(frozen=True)
class Source:
    """An image that was read.

    Attributes
    ----------
    image : the image
    sha256 : SHA-256 of its file
    ground_truth : its ground truth, or None if there is none
    not_scored : sentence about why there is no ground truth, or "" if the results are not scored
    """

    image: Image
    sha256: str
    ground_truth: Image | None = None
    not_scored: Message | LazyMessage | str = ""


@dataclass(frozen=True)
class Details:
    """Information about the processing of an image, for the report.

    Attributes
    ----------
    seconds : processing time
    model : name of the model
    model_reason : sentence about why this model was used
    score, bicubic_score : scores of the result and of bicubic interpolation, or None without a ground truth
    warnings : messages about the score
    """

    seconds: float = 0.0
    model: str = ""
    model_reason: Message | LazyMessage | str = ""
    score: Score | None = None
    bicubic_score: Score | None = None
    warnings: tuple[Message | LazyMessage, ...] = ()


@dataclass(frozen=True)
class ItemResult:
    """Result of processing one image, or the error that prevented it.

    Attributes
    ----------
    index, item : index of the image in the plan, and the image
    error : the exception, or None if the image was processed
    image_size : (width, height) of the result in px
    file_size : size of the result file in bytes
    warnings : messages about damage in the source, and about data of the source that the result does not contain
    details : information about the processing
    """

    index: int
    item: BatchItem
    error: Exception | None = None
    image_size: tuple[int, int] = (0, 0)
    file_size: int = 0
    warnings: tuple[Message | LazyMessage, ...] = ()
    details: Details = field(default_factory=Details)


@dataclass(frozen=True)
class _PendingWrite:
    """A result that is being written."""

    result: ItemResult
    row: Row
    future: Future[tuple[int, int]]


class IOPipeline:
    """Pool of two threads: one reads the next image while the other writes the previous result.

    Parameters
    ----------
    plan : plan of the batch
    journal : journal in which results and failures are recorded
    save_options : function that takes the path of an image and returns the options for saving its result
    ground_truths : the ground truths, or None if the results are not scored
    """

    def __init__(
        self,
        plan: Plan,
        journal: Journal,
        save_options: Callable[[Path], OutputOptions],
        ground_truths: GroundTruths | None = None,
    ) -> None:
        self._plan, self._journal, self._save_options = plan, journal, save_options
        self._ground_truths = ground_truths
        self._pool = ThreadPoolExecutor(2, "files")
        self._reading: tuple[int, Future[Source]] | None = None
        self._source_sha256 = ""  # SHA-256 of the image read last
        self._warnings: tuple[Message | LazyMessage, ...] = ()  # about the image checked last
        self._writing: _PendingWrite | None = None
        self._abandoned = Event()

    def read(self, index: int, next_index: int | None) -> Source:
        """Return the image at `index` in the plan, and start reading the one at `next_index`.

        If the image cannot be read, the exception of the reading thread is raised.
        """
        if self._reading is None or self._reading[0] != index:
            self._start_reading(index)
        assert self._reading is not None
        future = self._reading[1]
        try:
            source = future.result()
            self._source_sha256 = source.sha256
        finally:
            self._reading = None
            if next_index is not None:
                self._start_reading(next_index)
        return source

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

    def start_writing(self, index: int, result: Image, details: Details) -> None:
        """Start writing the result of the image that was read last.

        Before this call, `collect` the previous result.

        Parameters
        ----------
        details : information about the processing
        """
        item = self._plan.items[index]
        row = replace(
            item.to_journal_row(self._plan.settings_digest), state="writing", source_sha256=self._source_sha256
        )
        self._journal.write([row])
        warnings = (*self._warnings, *details.warnings)
        item_result = ItemResult(index, item, None, (result.width, result.height), 0, warnings, details)
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
        if item.entry is not None and isinstance(error, EngineError) and error.facts.get("name") == item.output.name:
            error.facts["name"] = item.file.source.name  # the name of the temporary file means nothing to the user
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
            source = item.file.source if item.entry is None else None  # whose modification time may be copied
            image_files.write(result, item.output, options, self._abandoned.is_set, source)
            stat = item.output.stat()
            return stat.st_size, stat.st_mtime_ns

        return self._pool.submit(write)

    def _start_reading(self, index: int) -> None:
        self._reading = index, self._pool.submit(_read, self._plan.items[index], self._ground_truths)


def _read(item: BatchItem, ground_truths: GroundTruths | None) -> Source:
    """Read an image and its ground truth, and compute the SHA-256 of its file."""
    path = item.file.source
    image, sha256 = sources.read_image(item), file_sha256(path) if item.entry is None else ""
    if ground_truths is None:
        return Source(image, sha256)
    ground_truth = ground_truths.read(item.file.path)
    return (
        Source(image, sha256, ground_truth)
        if isinstance(ground_truth, Image)
        else Source(image, sha256, None, ground_truth)
    )
