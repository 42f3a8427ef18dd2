"""Planning of the archives in a batch.

The results of the images are written into a hidden folder next to the new archive. When all images are processed, the
new archive is written and the folder is removed. If the batch is interrupted, the folder remains, and the next run
continues with it.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath

from engine.batch import archives, planning
from engine.batch.archives import ArchiveFile
from engine.batch.journal import Key, Row
from engine.batch.listing import Filter, FoundFile, read_image_size
from engine.batch.naming import NameAllocator
from engine.batch.planning import ArchiveEntry, ArchivePlan, BatchItem, Plan
from engine.batch.request import BatchRequest
from engine.errors import ImageUnreadable
from engine.imaging.codecs.formats import WRITABLE
from engine.upscaling.request import Target


@dataclass(frozen=True)
class _Context:
    """Values that are the same for all archives of a batch."""

    rows: Mapping[Key, Row]
    request: BatchRequest
    settings_digest: str


def add_archives(
    plan: Plan, files: Sequence[FoundFile], rows: Mapping[Key, Row], output: Path, request: BatchRequest
) -> Plan:
    """Return a plan with the images in archives added.

    Parameters
    ----------
    plan : plan for the other images
    files : the archives
    rows : rows of the journal
    output : the output folder
    request : settings of the batch
    """
    context = _Context(rows, request, plan.settings_digest)
    names = NameAllocator(request.if_exists, (file.source for file in files))
    reused = {file: planning.find_reusable_row(file, rows, plan.settings_digest) for file in files}
    for row in reused.values():
        if row is not None:
            names.reserve(Path(row.output))
    items, recovered, archive_plans = list(plan.items), list(plan.recovered), list(plan.archives)
    for file, row in reused.items():
        if row is not None and row.state in ("done", "writing") and _is_complete(row):
            recovered += [] if row.state == "done" else [planning.mark_done(row)]
            items.append(BatchItem(file, Path(row.output), "skipped", planning.ALREADY_DONE))
            continue
        preferred = output / file.path
        earlier = planning.find_earlier_result(file, rows)
        result = names.allocate(preferred, earlier) if row is None else Path(row.output)
        if result is None:
            items.append(BatchItem(file, preferred, "skipped", planning.NAME_TAKEN))
            continue
        found = _plan_images(file, result, context)
        if isinstance(found, BatchItem):
            items.append(found)
            continue
        is_new_file = not os.path.lexists(result) if row is None else row.is_new_file
        new_row = BatchItem(file, result, is_new_file=is_new_file).to_journal_row(plan.settings_digest)
        indices = tuple(range(len(items), len(items) + len(found)))
        archive_plans.append(ArchivePlan(new_row, indices, _work_folder(result)))
        items += found
    return replace(plan, items=tuple(items), recovered=tuple(recovered), archives=tuple(archive_plans))


def _is_complete(row: Row) -> bool:
    """Return whether the journal row of an archive belongs to a complete new archive."""
    return row.state == "done" or (row.is_new_file and os.path.lexists(row.output))


def _plan_images(file: FoundFile, result: Path, context: _Context) -> list[BatchItem] | BatchItem:
    """Return the images in an archive, or one item for the whole archive if nothing is to be upscaled."""
    request = context.request
    selection = Filter(request.include, request.exclude)
    try:
        images = [image for image in archives.list_images(file.source) if selection.matches(image.name)]
    except ImageUnreadable as error:
        return BatchItem(file, result, "failed", str(error.facts["reason"]))
    items = []
    names: set[str] = set()  # names of results
    paths: set[str] = set()  # names of images, which an archive may contain several times
    for image in images:
        entry = ArchiveEntry(image.index, _unused(_result_name(image.name, request.save.extension), names), result)
        path = _unused(archives.display_path(image.name), paths)
        items.append(_plan_image(FoundFile(file.source, path, image.size, image.crc), image, entry, context))
    if all(item.reason == planning.LARGE_ENOUGH for item in items):
        return BatchItem(file, file.source, "skipped", planning.LARGE_ENOUGH)
    return items


def _plan_image(file: FoundFile, image: ArchiveFile, entry: ArchiveEntry, context: _Context) -> BatchItem:
    """Plan an image in an archive. Its CRC-32 takes the place of the modification time in the journal."""
    extension = PurePosixPath(entry.name).suffix.lower()
    output = _work_folder(entry.result) / f"{image.index:05}{extension}"
    row = context.rows.get((str(file.root), file.path))
    if row is not None and _is_result(row, file, output, context.settings_digest):
        return BatchItem(file, output, "skipped", planning.ALREADY_DONE, entry=entry)
    if _is_large_enough(context.request.upscale.target, file.root, image):
        return BatchItem(file, output, "skipped", planning.LARGE_ENOUGH, entry=entry)
    return BatchItem(file, output, entry=entry)


def _is_result(row: Row, file: FoundFile, output: Path, settings_digest: str) -> bool:
    """Return whether the temporary result of an image is complete."""
    same = (row.settings_digest, row.output, row.size, row.mtime_ns)
    if same != (settings_digest, str(output), file.size, file.mtime_ns) or row.state != "done":
        return False
    try:
        stat = output.stat()
    except OSError:
        return False
    return (stat.st_size, stat.st_mtime_ns) == (row.result_size, row.result_mtime_ns)


def _is_large_enough(target: Target | None, archive: Path, image: ArchiveFile) -> bool:
    """Return whether an image in an archive already has the target size, or is larger."""
    if target is None or target.is_fixed_factor:
        return False
    try:
        size = read_image_size(BytesIO(archives.read_file(archive, image.index)))
    except ImageUnreadable:  # reported when the image is processed
        return False
    return size is not None and target.is_reached(size[1], size[0])


def _result_name(name: str, extension: str) -> str:
    """Return the name of a result in the new archive, which differs only if the file format changes."""
    path = PurePosixPath(name)
    if not extension and path.suffix.lower() in WRITABLE:
        return name
    return f"{name.removesuffix(path.suffix)}{extension or '.png'}"


def _unused(name: str, used: set[str]) -> str:
    """Return a name that is not in a set, with a number if necessary, and add it to the set."""
    path, number, unused = PurePosixPath(name), 1, name
    while unused in used:
        number += 1
        unused = f"{name.removesuffix(path.suffix)} ({number}){path.suffix}"
    used.add(unused)
    return unused


def _work_folder(result: Path) -> Path:
    """Return the folder for the results of the images in an archive, until the new archive is written."""
    return result.parent / f".srcnn-{sha256(os.fsencode(result.name)).hexdigest()[:12]}-images"
