"""For every picture of a batch: whether it is to be done, and where its result goes. Decided once, before the work."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from engine.batch.journal import Key, Row
from engine.batch.listing import Found, Listing, size_of
from engine.batch.naming import Collision, Grown, Names, Naming
from engine.batch.report import Outcome
from engine.errors import mark

DONE_BEFORE = mark("Already there, made with these settings")
A_RESULT = mark("By its name it is a result itself")
TAKEN = mark("A file of that name is there already")


@dataclass(frozen=True)
class Item:
    """A picture of a batch.

    Attributes
    ----------
    found : the source
    output : where its result goes; where there is one already, if it is skipped
    state : "to go", "skipped", or "failed" for what could not even be listed
    reason : why it is not to be done
    fresh : nothing lies at `output` yet
    """

    found: Found
    output: Path
    state: Literal["to go", "skipped", "failed"] = "to go"
    reason: str = ""
    fresh: bool = True

    def row(self, settings: str) -> Row:
        """Its row in a journal, before the work."""
        found = self.found
        about = (str(found.root), found.path, found.size, found.mtime_ns)
        return Row(*about, settings, str(self.output), self.fresh)

    def outcome(self) -> Outcome:
        """What a report says of it before its turn."""
        return Outcome(self.found.source, self.output, self.state, self.reason)


@dataclass(frozen=True)
class Plan:
    """What a batch is to do, in this order.

    Attributes
    ----------
    items : every picture
    settings : the digest of all that decides what a result is and is called
    unfinished : results that a killed run may have left half-written
    made : rows whose result turned out to be there
    """

    items: tuple[Item, ...]
    settings: str
    unfinished: tuple[Path, ...] = ()
    made: tuple[Row, ...] = ()


def plan(
    listing: Listing,
    rows: Mapping[Key, Row],
    output: Path,
    naming: Naming,
    policy: Collision,
    settings: str,
    grow: Callable[[int, int], Grown | None],
) -> Plan:
    """Decide for every picture that was found; `rows` is what the journal of the destination knows.

    A result that is there, unchanged, made of this source with these settings, is not made again. One that was begun
    keeps its name. A result of a changed source replaces it. `grow` says how large a picture (width, height) becomes.
    """
    own = {row.output: row for row in rows.values() if row.state in ("done", "writing")}
    found = [one for one in listing.found if not own or not _is_result(one, own.get(str(one.source)))]
    results = _looking_like_results(found, output, naming)
    kept = {one: row for one in found if (row := _kept(one, rows, settings)) is not None}
    names = Names(policy, (one.source for one in found))
    for row in kept.values():
        names.keep(Path(row.output))
    items, made = [], []
    for index, one in enumerate(found, start=1):
        row = kept.get(one)
        if one in results:
            items.append(Item(one, one.source, "skipped", A_RESULT))
        elif row is None:
            size = size_of(one.source) if naming.needs_size else None
            grown = grow(*size) if size else None
            called = naming.name(one.path.rpartition("/")[2], index, grown)
            items.append(_new(one, names, (output / one.path).with_name(called), _ours(one, rows)))
        elif row.state == "done" or (row.state == "writing" and row.fresh and os.path.lexists(row.output)):
            made += [] if row.state == "done" else [_finished(row)]
            items.append(Item(one, Path(row.output), "skipped", DONE_BEFORE))
        else:
            items.append(Item(one, Path(row.output), fresh=row.fresh))
    items += [_unreadable(folder, reason) for folder, reason in listing.unreadable]
    unfinished = tuple(Path(row.output) for row in rows.values() if row.state == "writing")
    return Plan(tuple(items), settings, unfinished, tuple(made))


def _is_result(one: Found, row: Row | None) -> bool:
    """Whether a file that was found is what this program wrote there, and nobody changed since."""
    if row is None:
        return False
    return row.state == "writing" or (row.made_size, row.made_mtime_ns) == (one.size, one.mtime_ns)


def _looking_like_results(found: list[Found], output: Path, naming: Naming) -> set[Found]:
    """Where results lie beside their sources: the files that are called as the result of another would be."""
    beside = [one for one in found if one.root == output]
    if naming.needs_size:
        return set()
    by_path = {one.path: one for one in beside}
    made = {}
    for one in beside:
        folder, _, last = one.path.rpartition("/")
        made[f"{folder}/{naming.name(last, 0)}".lstrip("/")] = one
    return {one for path, one in by_path.items() if made.get(path, one) is not one}


def _kept(one: Found, rows: Mapping[Key, Row], settings: str) -> Row | None:
    """What was planned or done for this picture before, if that still holds."""
    row = rows.get((str(one.root), one.path))
    if row is None or row.settings != settings:
        return None
    there = _about(row.output)
    same = row.is_of(one.size, one.mtime_ns)
    if row.state == "done":
        untouched = there == (row.made_size, row.made_mtime_ns)
        if same and untouched:
            return row
        return replace(row, state="planned", fresh=there is None) if untouched or there is None else None
    if row.state == "writing":  # what lies there now is its result, unless there was something before
        return row if same else replace(row, state="planned", fresh=there is None)
    return row if there is None or not row.fresh else None  # else somebody put a file there meanwhile


def _ours(one: Found, rows: Mapping[Key, Row]) -> Path | None:
    """An earlier result of this picture with other settings."""
    row = rows.get((str(one.root), one.path))
    done = row is not None and row.state == "done" and _about(row.output) == (row.made_size, row.made_mtime_ns)
    return Path(row.output) if row is not None and done else None


def _new(one: Found, names: Names, wanted: Path, ours: Path | None) -> Item:
    """A picture that is planned for the first time."""
    chosen = names.choose(wanted, ours)
    if chosen is None:
        return Item(one, wanted, "skipped", TAKEN)
    return Item(one, chosen, fresh=not os.path.lexists(chosen))


def _finished(row: Row) -> Row:
    """A row whose result was in place when the run was killed, just before it could be said."""
    size, mtime_ns = _about(row.output) or (0, 0)
    return replace(row, state="done", made_size=size, made_mtime_ns=mtime_ns)


def _unreadable(folder: Path, reason: str) -> Item:
    return Item(Found(folder.parent, folder.name, 0, 0), folder, "failed", reason)


def _about(path: str) -> tuple[int, int] | None:
    """(size, time of change in ns) of what lies there; None for nothing."""
    try:
        about = os.stat(path)  # noqa: PTH116 - a Path for each of 100,000 takes seconds
    except OSError:
        return None
    return about.st_size, about.st_mtime_ns
