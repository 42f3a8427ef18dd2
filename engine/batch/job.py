"""Enlarge a folder of pictures: list, plan, and for each picture the same job as for a single one.

The next picture is read and the last one written while the present one is computed. A journal says what is planned
and done, so that a run that was killed, closed or interrupted goes on when it is started again; see
`engine.batch.journal`. Under torchrun each process does its share.
"""

import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from functools import partial
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import torch

from engine.batch import failures, listing, planning
from engine.batch import journal as journals
from engine.batch.events import BatchPlanned, FileBegun, FileDone, outcome_of
from engine.batch.io_pipeline import Line, Settled
from engine.batch.journal import Journal, Key, Row
from engine.batch.naming import Grown, Naming
from engine.batch.planning import Plan
from engine.batch.report import Outcome
from engine.batch.request import BatchRequest
from engine.datasets.events import FileFailed
from engine.errors import (
    BadRequest,
    BatchPeerLost,
    BatchStopped,
    DeviceUnknown,
    EngineError,
    FolderUnwritable,
    JournalUnusable,
    NoPictures,
    WeightsUnusable,
    mark,
)
from engine.imaging.codecs.image_files import Picture
from engine.inference import device as devices
from engine.inference import process_group
from engine.inference.process_group import World
from engine.models import catalog
from engine.models.catalog import Model
from engine.models.weights import load_network
from engine.system import paths
from engine.system.files import reason_of, remove_leftovers, try_folder
from engine.upscaling import job as upscale
from engine.upscaling.request import Target, UpscaleRequest

Event = BatchPlanned | FileBegun | FileDone | FileFailed | upscale.Event
_PATIENCE = timedelta(days=30)  # shares take as long as they take; a process that is gone is noticed at once
# What no other picture would escape either.
_NOT_THE_PICTURE = (BatchStopped, BatchPeerLost, DeviceUnknown, JournalUnusable, WeightsUnusable)


@dataclass(frozen=True)
class BatchResult:
    """What became of every picture, in the plan's order, and why the batch stopped early, if it did."""

    outcomes: tuple[Outcome, ...]
    stopped: EngineError | None = None


def run(request: BatchRequest) -> Generator[Event, object, BatchResult]:
    """Enlarge every picture that is not done yet.

    Yields
    ------
    BatchPlanned; then for each picture FileBegun, what `upscale.enlarge` says, and, by and by, FileDone or FileFailed.
    Under torchrun a process tells of its own share only.

    Returns
    -------
    What became of all of them; under torchrun to the first process, to the others of their own share.

    Raises
    ------
    NoPictures, FolderUnwritable, BatchRunning, WeightsUnusable, DeviceUnknown before anything is begun;
    JournalUnusable and BatchPeerLost at any time. A disk that is full is no failure of a picture: the batch stops and
    says why in its result.
    """
    single = replace(request.upscale, compare=False)
    with (
        process_group.joined(torch.device("cpu"), BatchPeerLost, _PATIENCE) as here,
        _opened(request, here) as journal,
    ):
        _refuse_hopeless(request)
        plan = _agreed(request, here, journal)
        _make_output(request)  # not for a batch of nothing
        yield BatchPlanned(plan.items)
        outcomes = {index: item.outcome() for index, item in enumerate(plan.items)}
        mine = [i for i, item in enumerate(plan.items) if item.state == "to go" and here.has_share(item.found.path)]
        stopped = None
        with closing(_work(single, request, plan, mine, journal)) as work:
            try:
                for event in work:
                    if isinstance(event, FileDone | FileFailed) and event.index is not None:
                        outcomes[event.index] = outcome_of(event, plan.items[event.index])
                    yield event
            except BatchStopped as error:
                stopped = error
        for theirs in here.gather({index: outcomes[index] for index in mine}):
            outcomes |= theirs
        return BatchResult(tuple(outcomes.values()), stopped)


def plan(request: BatchRequest) -> Plan:
    """What a run would do; nothing is written for it.

    Raises
    ------
    NoPictures, BatchRunning, WeightsUnusable, JournalUnusable
    """
    load_network(request.upscale.model.path, request.upscale.model.spec.scale)
    return _planned(request, journals.seen(_journal_path(request), request.output))


def _planned(request: BatchRequest, rows: dict[Key, Row]) -> Plan:
    """List the pictures and decide about each."""
    if request.again:
        rows = {key: replace(row, state="planned", fresh=False) for key, row in rows.items()}
    wanted = listing.Filter(request.include, request.exclude)
    output = request.output.resolve()
    found = listing.find(request.sources, output, recursive=request.recursive, wanted=wanted)
    if not found.found and not found.unreadable:
        reason = mark("Hidden files and other kinds of files do not count.")
        raise NoPictures(folder=", ".join(map(str, request.sources)), reason=reason)
    single = request.upscale
    scale = single.target.factor if single.target else float(single.model.spec.scale)
    used = _models(single)
    model = None if scale is None else catalog.next_up(used, scale).name
    naming = Naming(request.template, request.ending, scale, model, date.today())  # noqa: DTZ011 - theirs
    grow = partial(_grown, single, used)
    return planning.plan(found, rows, output, naming, request.collision, _settings(request), grow)


def _models(single: UpscaleRequest) -> tuple[Model, ...]:
    """The models that may be used, by scale; which one is decided by each picture's size."""
    return catalog.family(single.model, exact=single.exact) if single.target else (single.model,)


def _grown(single: UpscaleRequest, used: Sequence[Model], width: int, height: int) -> Grown | None:
    """How large a picture becomes; None if it cannot, which its own turn will say."""
    try:
        times = single.times(height, width)
    except BadRequest:
        return None
    tall, wide = (single.target or Target(times)).size(height, width)
    return Grown(times, wide, tall, catalog.next_up(used, times).name)


def _settings(request: BatchRequest) -> str:
    """A digest of all that decides what a result is and is called. Where it is computed does not."""
    left_out = ("model", "device", "exact")  # models count by their content
    decisive = {name: value for name, value in asdict(request.upscale).items() if name not in left_out}
    named = (request.template, request.ending, request.metadata)
    used = [model.sha256 for model in _models(request.upscale)]
    told = json.dumps([used, decisive, named], sort_keys=True)
    return sha256(told.encode()).hexdigest()


def _agreed(request: BatchRequest, here: World, journal: Journal) -> Plan:
    """The plan, made by the first process from what all know; each keeps its share of it in its own journal."""
    known = here.gather(journal.rows())
    plan = None
    if here.leads:
        rows = {key: row for theirs in known for key, row in theirs.items()}
        plan = _planned(request, rows)
        remove_leftovers(plan.unfinished)
        new = [_shared(item.row(plan.settings), here, item.found.path) for item in plan.items if item.state == "to go"]
        journal.write([*rows.values(), *plan.made, *new])
    plan = here.tell(plan)
    assert plan is not None
    if not here.leads:
        journal.clear()
        mine = [item for item in plan.items if item.state == "to go" and here.has_share(item.found.path)]
        journal.write(item.row(plan.settings) for item in mine)
    return plan


def _shared(row: Row, here: World, path: str) -> Row:
    """A row as the first process keeps it: if another does the picture, what will lie there is the result."""
    return row if here.has_share(path) else replace(row, state="writing")


def _journal_path(request: BatchRequest, here: World = process_group.ALONE) -> Path:
    return journals.path_for(request.journals or paths.batches(), request.output, here.rank)


def _opened(request: BatchRequest, here: World) -> Journal:
    """Open the journal of this process. The first one takes in what others left before these come to theirs."""
    if not here.leads:
        here.tell(None)
        return Journal(_journal_path(request, here), request.output)
    journal = Journal(_journal_path(request), request.output)
    try:
        journals.absorb(journal, request.output)
        here.tell(None)
    except BaseException:
        journal.close()
        raise
    return journal


def _refuse_hopeless(request: BatchRequest) -> None:
    """Raise for what would fail with every picture, before the first."""
    load_network(request.upscale.model.path, request.upscale.model.spec.scale)
    devices.choose(request.upscale.device)


def _make_output(request: BatchRequest) -> None:
    """Raise if nothing can be written where the results should go."""
    try:
        try_folder(request.output)
    except OSError as error:
        raise FolderUnwritable(folder=request.output, reason=reason_of(error)) from error


def _work(
    single: UpscaleRequest, request: BatchRequest, plan: Plan, mine: list[int], journal: Journal
) -> Generator[Event, object, None]:
    """Do these pictures of the plan, one after the other."""
    with Line(plan, journal, metadata=request.metadata) as line:
        for index, following in pairwise([*mine, None]):
            assert index is not None
            item = plan.items[index]
            yield FileBegun(item.found.source, index)
            began = perf_counter()
            try:
                picture = line.take(index, following)
                line.refuse_unfit(index, picture, single.times(picture.height, picture.width))
                result, waited = yield from _enlarged(picture, single, request, line)
                yield from _told(line.settled(wait=True), request)
                line.put(index, result, perf_counter() - began - waited)
            except _NOT_THE_PICTURE:
                raise
            except Exception as error:
                failed = line.failed(index, error)
                yield from _told(line.settled(wait=True), request)  # first: the batch may stop at this one
                yield from _told(failed, request)
        yield from _told(line.settled(wait=True), request)


def _enlarged(
    picture: Picture, single: UpscaleRequest, request: BatchRequest, line: Line
) -> Generator[Event, object, tuple[Picture, float]]:
    """The enlargement, and how long it was left waiting between its events, s; tells of what is written meanwhile."""
    waited = 0.0
    with closing(upscale.enlarge(picture, single)) as job:
        while True:
            try:
                event = next(job)
            except StopIteration as stop:
                return stop.value.picture, waited
            left = perf_counter()
            yield event
            yield from _told(line.settled(), request)
            waited += perf_counter() - left


def _told(settled: Settled | None, request: BatchRequest) -> Iterator[FileDone | FileFailed]:
    """Say what became of a picture; raises BatchStopped if it failed for a reason that is not its own."""
    if settled is None:
        return
    found, error = settled.item.found, settled.error
    if error is None:
        size = (*settled.picture_size, settled.file_size)
        yield FileDone(found.source, settled.index, settled.item.output, *size, settled.seconds)
        return
    if (reason := failures.why_to_stop(error, request.output, found.root)) is not None:
        raise BatchStopped(name=found.path, reason=reason) from error
    yield FileFailed(found.source, failures.sentence(error, found.source.name), settled.index)
