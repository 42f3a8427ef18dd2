"""Watch job: upscales the images in folders, and then each image that is added to them.

The folders are searched periodically, because some file systems, such as network drives, do not notify programs of
changes. A batch and a watch with the same output folder use the same journal (see `engine.batch.journal`), so each
of them can continue the work of the other.
"""

from collections.abc import Generator, Iterable
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

from engine.batch import job
from engine.batch.events import ImagesFound, Waiting
from engine.batch.journal import Journal
from engine.batch.listing import FoundFile, Listing
from engine.batch.planning import BatchItem, Plan
from engine.batch.request import BatchRequest, WatchRequest
from engine.errors import N_, SourceUnreadable
from engine.system.files import remove_temporary_files

Event = ImagesFound | Waiting | job.Event
_STEP_S = 0.1  # time between two events while the job waits
_MAX_LISTING_FRACTION = 0.2  # fraction of the time that listing large folders may take
_MAX_INCOMPLETE_S = 60.0  # time after which an empty or unreadable file is processed, so that its error is reported


def run(request: WatchRequest) -> Generator[Event, object, None]:
    """Upscale the images in folders and each image that is added later, until the job is closed.

    If an image fails, it is processed again when its file changes or when the job is started again.

    Yields
    ------
    ImagesFound
        New images were found. For each of them, the events of a batch follow, except BatchPlanned.
    Waiting
        All images are processed. Yielded repeatedly while the job waits for new images.

    Raises
    ------
    SourceUnreadable, FolderUnwritable, BatchRunning, WeightsUnusable, DeviceUnknown
        Raised before the first image.
    SourceUnreadable, BatchStopped, JournalUnusable
        Raised at any time. To continue, start the job again.
    """
    batch = request.batch
    _check_folders(batch.sources)
    with job.open_journal(batch) as journal:
        job.check_request(batch)
        complete_files = _CompleteFiles(request.interval_s)
        found = job.find_images(batch)
        job.create_output_folder(batch)
        items: tuple[BatchItem, ...] = ()
        reported: set[Path] = set()  # unreadable folders
        while True:
            start = monotonic()
            new_files = complete_files.take(found.files, start)
            new_folders = {folder for folder, _reason in found.unreadable} - reported
            if new_files or new_folders:
                plan, new = _plan_new(batch, found, new_files, new_folders, journal)
                reported |= new_folders
                batch = replace(batch, reprocess=False)
                first, items = len(items), (*items, *new)
                if new:
                    yield ImagesFound(new)
                indices = [index for index, item in enumerate(new, first) if item.state == "queued"]
                upscale_request = replace(batch.upscale, compare=False)
                yield from job.process_items(upscale_request, batch, replace(plan, items=items), indices, journal)
            yield from _wait(request.interval_s)
            start = monotonic()
            found = job.find_images(batch)
            yield from _wait((monotonic() - start) / _MAX_LISTING_FRACTION - request.interval_s)


def _check_folders(sources: Iterable[Path]) -> None:
    """Raise SourceUnreadable if a source is a file."""
    for source in sources:
        if source.is_file():
            raise SourceUnreadable(folder=source, reason=N_("This is a file, not a folder. Choose a folder."))


def _plan_new(
    batch: BatchRequest, found: Listing, files: set[FoundFile], folders: set[Path], journal: Journal
) -> tuple[Plan, tuple[BatchItem, ...]]:
    """Plan all images together, so that results have different names, and record the new images.

    Returns
    -------
    The plan, and the items of `files` and of the unreadable `folders`
    """
    plan = job.make_plan(batch, journal.rows(), found)
    remove_temporary_files(plan.unfinished)
    new = tuple(item for item in plan.items if item.file in files or item.output in folders)
    planned = [item.to_journal_row(plan.settings_digest) for item in new if item.state == "queued"]
    journal.write([*plan.recovered, *planned])
    return plan, new


def _wait(seconds: float) -> Generator[Waiting, object, None]:
    """Wait, and yield Waiting in short intervals, so that the job can be closed at any time."""
    end = monotonic() + seconds
    while (left := end - monotonic()) > 0:
        yield Waiting()
        sleep(min(left, _STEP_S))


class _CompleteFiles:
    """Filter that returns files once they are complete. Each version of a file is returned once.

    Parameters
    ----------
    interval_s : time in seconds for which a file must be unchanged
    """

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._first_seen: dict[FoundFile, float] = {}
        self._taken: set[FoundFile] = set()

    def take(self, files: Iterable[FoundFile], now: float) -> set[FoundFile]:
        """Return the files that are complete and have not been returned before.

        Parameters
        ----------
        files : all files of the folders
        now : time of the listing in seconds
        """
        first_seen, taken = self._first_seen, self._taken
        # A file whose size or modification time has changed is not equal, so it counts as a new file.
        self._first_seen = {file: first_seen.get(file, now) for file in files if file not in taken}
        complete = {file for file, since in self._first_seen.items() if self._is_complete(file, now - since)}
        self._taken = {file for file in files if file in taken} | complete
        return complete

    def _is_complete(self, file: FoundFile, unchanged_s: float) -> bool:
        if unchanged_s < self._interval_s:
            return False
        return unchanged_s >= _MAX_INCOMPLETE_S or (file.size > 0 and _is_readable(file.source))


def _is_readable(path: Path) -> bool:
    """Return whether a file can be opened.

    On Windows, this fails while another program is writing the file.
    """
    try:
        path.open("rb").close()
    except OSError:
        return False
    return True
