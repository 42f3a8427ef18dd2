"""Batch job: lists images, plans the results, and upscales the images one after the other.

While an image is upscaled, the next one is read and the previous result is written. A journal records the planned and
the finished images. An interrupted batch resumes from its journal if it is started again (see `engine.batch.journal`).
Under torchrun, the images are divided among the processes.
"""

import json
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from functools import partial
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from shutil import rmtree
from time import perf_counter

import torch

from engine.batch import archive_planning, archives, disk_space, failures, listing, planning
from engine.batch import journal as journals
from engine.batch.events import ArchiveDone, BatchPlanned, FileDone, FileStarted, to_outcome
from engine.batch.ground_truths import TOO_SMALL, GroundTruths, check_size
from engine.batch.io_pipeline import Details, IOPipeline, ItemResult, Source
from engine.batch.journal import Journal, Key, Row
from engine.batch.listing import Listing
from engine.batch.naming import Naming, OutputSize
from engine.batch.outcome import Outcome
from engine.batch.planning import ArchivePlan, Plan
from engine.batch.request import BatchRequest
from engine.datasets.events import FileFailed
from engine.errors import (
    N_,
    BatchPeerLost,
    BatchStopped,
    DeviceUnknown,
    EngineError,
    FolderUnwritable,
    ImageUnreadable,
    InvalidSetting,
    JournalUnusable,
    LazyMessage,
    Message,
    NoImages,
    WeightsUnusable,
)
from engine.imaging.codecs import image_files, jpeg_quality
from engine.imaging.codecs.image_files import Image
from engine.inference import device as devices
from engine.inference import process_group
from engine.inference.process_group import ProcessGroup
from engine.models import catalog
from engine.models.catalog import Model
from engine.models.weights import load_network
from engine.system import paths
from engine.system.files import check_folder_writable, os_error_reason, remove_temporary_files
from engine.upscaling import automatic_choice
from engine.upscaling import job as upscale_job
from engine.upscaling.events import PhotoModelChosen, Started
from engine.upscaling.request import Target, UpscaleRequest

Event = BatchPlanned | ArchiveDone | FileStarted | FileDone | FileFailed | upscale_job.Event
_STORED_NAMES = {"simulate": "reference", "self_ensemble": "ensemble"}  # field names in the stored digests
_TIMEOUT = timedelta(days=30)  # processes may wait long for others; a lost process is detected at once
# Errors that would affect all other images, too.
_FATAL = (BatchStopped, BatchPeerLost, DeviceUnknown, JournalUnusable, WeightsUnusable)


@dataclass(frozen=True)
class BatchResult:
    """Result of a batch.

    Attributes
    ----------
    outcomes : outcome of each image, in the order of the plan
    stopped : the error that stopped the batch early, or None
    """

    outcomes: tuple[Outcome, ...]
    stopped: EngineError | None = None


def run(request: BatchRequest) -> Generator[Event, object, BatchResult]:
    """Upscale all images of a batch, except those that an earlier run has finished.

    Yields
    ------
    First BatchPlanned. Then, for each image, FileStarted, the events of its upscaling, and later FileDone or
    FileFailed. After the images of an archive, ArchiveDone. Under torchrun, each process yields only the events of
    its own images.

    Returns
    -------
    The outcomes of all images. Under torchrun, only the main process receives the outcomes of the other processes. If
    the disk is full or a folder is missing, the batch stops, and the result contains the reason.

    Raises
    ------
    NoImages, SourceUnreadable, FolderUnwritable, DiskTooSmall, BatchRunning, WeightsUnusable, DeviceUnknown
        Raised before the first image.
    JournalUnusable, BatchPeerLost
        Raised at any time.
    """
    upscale_request = replace(request.upscale, compare=False)
    with (
        process_group.connect(torch.device("cpu"), BatchPeerLost, _TIMEOUT) as group,
        open_journal(request, group) as journal,
    ):
        check_request(request)
        plan = _share_plan(request, group, journal)
        create_output_folder(request)  # after planning, so that a batch without images creates no folder
        yield BatchPlanned(plan.items)
        outcomes = {index: item.outcome() for index, item in enumerate(plan.items)}
        indices = [
            index
            for index, item in enumerate(plan.items)
            if item.state == "queued"
            and group.owns(item.owner_key)
            and (request.only is None or item.file.source in request.only)
        ]
        own_archives = _own_archives(plan, group, indices)
        stopped = None
        with closing(_process_all(upscale_request, request, plan, indices, own_archives, journal)) as events:
            try:
                for event in events:
                    if isinstance(event, FileDone | FileFailed) and event.index is not None:
                        outcomes[event.index] = to_outcome(event, plan.items[event.index])
                    yield event
            except BatchStopped as error:
                stopped = error
        for others in group.gather({index: outcomes[index] for index in indices}):
            outcomes |= others
        return BatchResult(tuple(outcomes.values()), stopped)


def plan(request: BatchRequest) -> Plan:
    """Return the plan of a batch. No file is written.

    Raises
    ------
    NoImages, BatchRunning, WeightsUnusable, JournalUnusable
    """
    load_network(request.upscale.model.path, request.upscale.model.info.scale)
    return _list_and_plan(request, journals.read_rows(_journal_path(request), request.output))


def find_images(request: BatchRequest) -> Listing:
    """Return the images of a batch.

    Raises
    ------
    SourceUnreadable
    """
    selection = listing.Filter(request.include, request.exclude)
    output = request.output.resolve()
    found = listing.find_images(request.sources, output, recursive=request.recursive, selection=selection)
    files = found.files
    if request.excluded_files:
        files = tuple(file for file in files if file.source not in request.excluded_files)
    if request.order:
        positions = {source: position for position, source in enumerate(request.order)}
        files = tuple(sorted(files, key=lambda file: positions.get(file.source, len(positions))))
    return replace(found, files=files)


def _list_and_plan(request: BatchRequest, rows: dict[Key, Row]) -> Plan:
    """List the images, and return the plan for them.

    Raises
    ------
    NoImages
    """
    found = find_images(request)
    if not found.files and not found.unreadable:
        reason = N_(
            "Hidden files, excluded files, and files in unsupported formats are ignored. Choose another "
            "folder, or include more files."
        )
        raise NoImages(folder=", ".join(map(str, request.sources)), reason=reason)
    return make_plan(request, rows, found)


def make_plan(request: BatchRequest, rows: dict[Key, Row], found: Listing) -> Plan:
    """Return the plan for the images that were found.

    Parameters
    ----------
    rows : rows of the journal
    found : the images of the batch
    """
    if request.reprocess:
        rows = {key: replace(row, state="planned", is_new_file=False) for key, row in rows.items()}
    output = request.output.resolve()
    upscale_request = request.upscale
    target = upscale_request.target
    scale: float | None = upscale_request.model.info.scale
    if target is not None:
        scale = target.factor if target.is_fixed_factor else None
    models = _models(upscale_request)
    model = None if scale is None or upscale_request.automatic else catalog.first_for_scale(models, scale).name
    extensions = {source: request.save_options(source).extension for source in request.formats}
    today = date.today()  # noqa: DTZ011 - the local date
    naming = Naming(request.template, request.save.extension, scale, model, today, extensions)
    output_size = partial(_output_size, upscale_request, models)
    is_large_enough = partial(_is_large_enough, target)
    archive_files = [file for file in found.files if archives.is_archive(file.source)]
    found = replace(found, files=tuple(file for file in found.files if not archives.is_archive(file.source)))
    plan = planning.plan(
        found, rows, output, naming, request.if_exists, _settings_digest(request), output_size, is_large_enough
    )
    return archive_planning.add_archives(plan, archive_files, rows, output, request) if archive_files else plan


def _models(upscale_request: UpscaleRequest) -> tuple[Model, ...]:
    """Return the models that may be used, sorted by scale factor.

    The size of an image determines which of them is used.
    """
    if upscale_request.target is None:
        return (upscale_request.model,)
    return catalog.scale_variants(upscale_request.model, exact=upscale_request.exact)


def _is_large_enough(target: Target | None, path: Path) -> bool:
    """Return whether an image already has the target size or the maximum number of megapixels.

    Larger images count as well.
    """
    if target is None or target.is_fixed_factor:
        return False
    size = listing.read_image_size(path)
    return size is not None and target.is_reached(size[1], size[0])


def _output_size(upscale_request: UpscaleRequest, models: Sequence[Model], path: Path) -> OutputSize | None:
    """Return the size and the model of a result.

    The result is None if the image is unreadable or the size is invalid.

    Errors are reported later, when the image is processed.
    """
    size = listing.read_image_size(path)
    if size is None:
        return None
    width, height = size
    try:
        scale_factor = upscale_request.scale_factor(height, width)
    except InvalidSetting:
        return None
    result_height, result_width = (upscale_request.target or Target(scale_factor)).size(height, width)
    model = catalog.first_for_scale(models, scale_factor)
    if upscale_request.automatic and automatic_choice.photo_family(jpeg_quality.read(path)):
        try:
            resolved = automatic_choice.resolve(upscale_request, image_files.read(path))
        except EngineError:
            return None
        model = resolved.model_for(height, width)
    return OutputSize(scale_factor, result_width, result_height, model.name)


def _settings_digest(request: BatchRequest) -> str:
    """Return a digest of the settings that affect the results and their names.

    The digest does not depend on the device.
    """
    ignored = ("model", "device", "exact")  # models are identified by their SHA-256
    options = {
        _STORED_NAMES.get(name, name): value for name, value in asdict(request.upscale).items() if name not in ignored
    }
    if options["target"] and options["target"]["max_megapixels"] is None:
        del options["target"]["max_megapixels"]  # a setting without effect does not change the digest
    naming = (request.template, asdict(request.save))
    models = [model.sha256 for model in _models(request.upscale)]
    if options.pop("automatic"):
        models += [model.sha256 for model in automatic_choice.candidates(catalog.list_models())]
    if request.ground_truth is not None:  # scores need float32, so that the results can differ
        options["ground_truth"] = str(request.ground_truth.resolve())
    content = json.dumps([models, options, naming], sort_keys=True)
    return sha256(content.encode()).hexdigest()


def _share_plan(request: BatchRequest, group: ProcessGroup, journal: Journal) -> Plan:
    """Make the plan in the main process, broadcast it to all processes, and return it.

    Each process stores the rows of its own images in its journal. The journal of the main process contains all rows.
    """
    all_rows = group.gather(journal.rows())
    plan = None
    if group.is_main_process:
        rows = {key: row for others in all_rows for key, row in others.items()}
        plan = _list_and_plan(request, rows)
        disk_space.check_space(plan, request)
        remove_temporary_files(plan.unfinished)
        new = [
            _main_row(item.to_journal_row(plan.settings_digest), group, item.owner_key)
            for item in plan.items
            if item.state == "queued"
        ]
        journal.write([*rows.values(), *plan.recovered, *new, *(archive.row for archive in plan.archives)])
    plan = group.broadcast_object(plan)
    assert plan is not None
    if not group.is_main_process:
        journal.clear()
        own = [item for item in plan.items if item.state == "queued" and group.owns(item.owner_key)]
        journal.write(item.to_journal_row(plan.settings_digest) for item in own)
    return plan


def _main_row(row: Row, group: ProcessGroup, owner_key: str) -> Row:
    """Return a row for the journal of the main process.

    If another process upscales the image, the state is "writing", so that a later run accepts an existing file as
    the result.
    """
    return row if group.owns(owner_key) else replace(row, state="writing")


def _journal_path(request: BatchRequest, group: ProcessGroup = process_group.SINGLE_PROCESS) -> Path:
    return journals.journal_path(request.journal_folder or paths.journals_folder(), request.output, group.rank)


def open_journal(request: BatchRequest, group: ProcessGroup = process_group.SINGLE_PROCESS) -> Journal:
    """Open the journal of this process.

    The main process first merges the journals of an earlier run into its own.

    Raises
    ------
    BatchRunning, JournalUnusable
    """
    if not group.is_main_process:
        group.broadcast_object(None)
        return Journal(_journal_path(request, group), request.output)
    journal = Journal(_journal_path(request), request.output)
    try:
        journals.merge_others(journal, request.output)
        group.broadcast_object(None)
    except BaseException:
        journal.close()
        raise
    return journal


def check_request(request: BatchRequest) -> None:
    """Check the model, the device and the folder with the ground truths of a request.

    Raises
    ------
    WeightsUnusable, DeviceUnknown, NoImages, SourceUnreadable
    """
    load_network(request.upscale.model.path, request.upscale.model.info.scale)
    devices.select(request.upscale.device)
    if request.ground_truth is not None:
        GroundTruths(request.ground_truth)


def create_output_folder(request: BatchRequest) -> None:
    """Create the output folder, and check that it is writable.

    Raises
    ------
    FolderUnwritable
    """
    try:
        check_folder_writable(request.output)
    except OSError as error:
        raise FolderUnwritable(folder=request.output, reason=os_error_reason(error)) from error


def _own_archives(plan: Plan, group: ProcessGroup, indices: Collection[int]) -> tuple[ArchivePlan, ...]:
    """Return the archives of this process, except those of which not all images are processed.

    Parameters
    ----------
    indices : indices in the plan of the images that are processed
    """
    processed = set(indices)
    return tuple(
        archive
        for archive in plan.archives
        if group.owns(Path(archive.row.path).name)
        and all(plan.items[index].state != "queued" or index in processed for index in archive.items)
    )


def _process_all(
    upscale_request: UpscaleRequest,
    request: BatchRequest,
    plan: Plan,
    indices: list[int],
    own_archives: Sequence[ArchivePlan],
    journal: Journal,
) -> Generator[Event, object, None]:
    """Upscale some images of a plan, first the files, then the images of each archive.

    Parameters
    ----------
    own_archives : the archives of this process
    """
    in_archives = {index for archive in own_archives for index in archive.items}
    files = [index for index in indices if index not in in_archives]
    yield from process_items(upscale_request, request, plan, files, journal)
    for archive in own_archives:
        queued = [index for index in indices if index in set(archive.items)]
        done = {index for index in archive.items if plan.items[index].reason == planning.ALREADY_DONE}
        with closing(process_items(upscale_request, request, plan, queued, journal)) as events:
            for event in events:
                if isinstance(event, FileDone):
                    done.add(event.index)
                yield event
        yield from _pack(archive, request, plan, done, journal)


def _pack(
    archive: ArchivePlan, request: BatchRequest, plan: Plan, done: set[int], journal: Journal
) -> Iterator[ArchiveDone | FileDone | FileFailed]:
    """Write the new archive with the results of its images, and remove the temporary results.

    Images without a result are copied unchanged. If the archive cannot be written, FileFailed is yielded for all
    images with a result, and the temporary results are kept for the next run.

    Parameters
    ----------
    done : indices in the plan of the images with a result

    Raises
    ------
    BatchStopped
        The disk is full, or a folder is missing.
    """
    source, result = Path(archive.row.root) / archive.row.path, Path(archive.row.output)
    replacements = {}
    for index in done:
        item = plan.items[index]
        assert item.entry is not None
        replacements[item.entry.index] = item.entry.name, item.output
    row = replace(archive.row, state="writing", source_sha256=journals.file_sha256(source))
    journal.write([row])
    try:
        archives.pack(source, result, replacements)
        size, mtime_ns = result.stat().st_size, result.stat().st_mtime_ns
    except (OSError, ImageUnreadable) as error:
        for index in sorted(done):
            yield from _to_events(ItemResult(index, plan.items[index], error), request)
        return
    journal.write([replace(row, state="done", result_size=size, result_mtime_ns=mtime_ns)])
    rmtree(archive.folder, ignore_errors=True)
    yield ArchiveDone(source, result, len(done), size)


def process_items(
    upscale_request: UpscaleRequest, request: BatchRequest, plan: Plan, indices: list[int], journal: Journal
) -> Generator[Event, object, None]:
    """Upscale some images of a plan, one after the other, and write the results.

    Parameters
    ----------
    upscale_request : settings for upscaling each image
    indices : indices in the plan of the images to upscale. Under torchrun, these are the images of this process
    """
    ground_truths = None if request.ground_truth is None else GroundTruths(request.ground_truth)
    with IOPipeline(plan, journal, request.save_options, ground_truths) as pipeline:
        for index, following in pairwise([*indices, None]):
            assert index is not None
            item = plan.items[index]
            yield FileStarted(item.file.source, index)
            start = perf_counter()
            try:
                source = pipeline.read(index, following)
                image = upscale_request.with_print_resolution(source.image)
                source = replace(source, image=image)
                pipeline.check_savable(index, image, upscale_request.scale_factor(image.height, image.width))
                result, details, waited = yield from _upscale(source, upscale_request, request, pipeline)
                yield from _to_events(pipeline.collect(wait=True), request)
                details = replace(details, seconds=perf_counter() - start - waited)
                pipeline.start_writing(index, result, details)
            except _FATAL:
                raise
            except Exception as error:
                failed = pipeline.record_failure(index, error)
                yield from _to_events(
                    pipeline.collect(wait=True), request
                )  # report it before the failure, which may stop the batch
                yield from _to_events(failed, request)
        yield from _to_events(pipeline.collect(wait=True), request)


def _upscale(
    source: Source, upscale_request: UpscaleRequest, request: BatchRequest, pipeline: IOPipeline
) -> Generator[Event, object, tuple[Image, Details, float]]:
    """Upscale an image.

    While it is upscaled, also yield the event of the previous image when its result is written.

    Returns
    -------
    The upscaled image, details for the report, and the total time in seconds for which the job was suspended between
    events.
    """
    waited = 0.0
    source = _without_mismatch(source, upscale_request)
    photo_model: PhotoModelChosen | None = None
    model = upscale_request.model.name
    with closing(upscale_job.upscale(source.image, upscale_request, source.ground_truth)) as job:
        while True:
            try:
                event = next(job)
            except StopIteration as stop:
                reason = _explain_model(upscale_request, model, photo_model)
                return stop.value.image, _details(source, stop.value, model, reason), waited
            if isinstance(event, PhotoModelChosen):
                photo_model = event
            elif isinstance(event, Started):
                model = event.model
            yielded = perf_counter()
            yield event
            yield from _to_events(pipeline.collect(), request)
            waited += perf_counter() - yielded


def _without_mismatch(source: Source, upscale_request: UpscaleRequest) -> Source:
    """Return the source, without a ground truth that does not match the size of the result."""
    if source.ground_truth is None:
        return source
    height, width = source.image.height, source.image.width
    scale_factor = upscale_request.scale_factor(height, width)
    size = (upscale_request.target or Target(scale_factor)).size(height, width)
    mismatch = check_size(source.ground_truth, size, scale_factor)
    return source if mismatch is None else replace(source, ground_truth=None, not_scored=mismatch)


def _details(
    source: Source, result: upscale_job.UpscaleResult, model: str, model_reason: Message | LazyMessage
) -> Details:
    """Return the details of a processed image for the report, except the processing time."""
    not_scored = TOO_SMALL if source.ground_truth is not None and not result.scores else source.not_scored
    warnings = (not_scored,) if isinstance(not_scored, Message | LazyMessage) else ()
    return Details(0.0, model, model_reason, result.scores.get("model"), result.scores.get("bicubic"), warnings)


def _explain_model(request: UpscaleRequest, model: str, photo_model: PhotoModelChosen | None) -> Message | LazyMessage:
    """Return a sentence about why a model was used for an image.

    Parameters
    ----------
    model : name of the model that was used
    photo_model : event that states the choice of a photo model, or None if none was chosen
    """
    if photo_model is not None:
        return photo_model.message
    if request.automatic:
        return N_("The image doesn't need a photo model, so the default model is used.")
    if model == request.model.name:
        return N_("This model is chosen for the whole batch.")
    return N_("This model of the chosen architecture matches the scale factor.")


def _to_events(item_result: ItemResult | None, request: BatchRequest) -> Iterator[FileDone | FileFailed]:
    """Yield FileDone or FileFailed for a processed image, or nothing for None.

    Raises
    ------
    BatchStopped
        The image has failed with an error that affects the other images, too.
    """
    if item_result is None:
        return
    file, error, details = item_result.item.file, item_result.error, item_result.details
    if error is None:
        yield FileDone(
            file.source,
            item_result.index,
            item_result.item.result,
            *item_result.image_size,
            item_result.file_size,
            details.seconds,
            item_result.warnings,
            details.model,
            details.model_reason,
            details.score,
            details.bicubic_score,
        )
        return
    if (reason := failures.fatal_reason(error, request.output, item_result.item.folder)) is not None:
        raise BatchStopped(name=file.path, reason=reason) from error
    yield FileFailed(file.source, failures.to_engine_error(error, file.source.name), item_result.index)
