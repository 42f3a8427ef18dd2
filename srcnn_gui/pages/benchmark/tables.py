"""The Benchmark page's two tables, from what was measured: means beside the printed ones, and a set's pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from engine.evaluation import published
from engine.imaging.metrics import Score
from srcnn_gui.pages.benchmark import results
from srcnn_gui.pages.benchmark.candidates import Contender, PictureSet
from srcnn_gui.pages.benchmark.results import Result, Results
from srcnn_gui.pages.benchmark.state import BICUBIC, Cell, Group, Line, Table, Tone
from srcnn_gui.runtime.translations import _, decibel, said, sentence, signed, similarity


@dataclass(frozen=True)
class Selection:
    """What the tables are about: everything chosen, and what was measured of it."""

    sets: tuple[PictureSet, ...]
    scales: tuple[int, ...]
    contenders: tuple[Contender, ...]
    ensemble: bool
    found: Results

    @property
    def rows(self) -> list[tuple[PictureSet, int]]:
        """A set at a scale for each row of the means."""
        return [(one, scale) for one in self.sets for scale in self.scales]

    def place(self, one: PictureSet, scale: int, contender: Contender) -> results.Place | None:
        """Where a model's figures in a row belong."""
        return results.place(one, scale, contender, self.ensemble)

    def at(self, one: PictureSet, scale: int, contender: Contender) -> Result:
        """What is known of a method in a row; bicubic comes with whichever model went farthest."""
        if contender.key != BICUBIC:
            return self.found.at(self.place(one, scale, contender))
        known = [self.at(one, scale, other) for other in self.contenders if other.key != BICUBIC]
        return max(known, key=lambda result: (len(result.images), result.evaluation is not None), default=Result())


def to_paper(
    selection: Selection, one: PictureSet, scale: int, contender: Contender
) -> tuple[float, published.Figure] | None:
    """How far a mean is from the printed one, dB, and which that is; None where there is not both."""
    evaluation = selection.at(one, scale, contender).evaluation
    if evaluation is None:
        return None
    plain = contender.key == BICUBIC
    printed = evaluation.printed_bicubic if plain else evaluation.printed_model
    if printed is None:
        return None
    return (evaluation.mean_bicubic if plain else evaluation.mean_model).psnr_db - printed.psnr_db, printed


def means(selection: Selection) -> Table:
    """Set and scale by method: printed, here, the difference."""
    groups = tuple(_group_of_means(contender) for contender in selection.contenders)
    lines = tuple(
        Line(
            f"{one.title}  ×{scale}",
            tuple(
                cell
                for contender in selection.contenders
                for cell in _cells_of_means(selection, one, scale, contender)
            ),
            tip=str(one.folder),
        )
        for one, scale in selection.rows
    )
    return Table(_("Means"), _("PSNR in dB"), groups, lines)


def pictures(selection: Selection, row: int) -> Table:
    """The pictures of a row: PSNR and SSIM by every method, the gain of those that are not the papers'."""
    if row >= len(selection.rows):
        return Table()
    one, scale = selection.rows[row]
    shown = [
        contender for contender in selection.contenders if contender.key == BICUBIC or scale in contender.by_scale
    ]
    groups = tuple(
        Group(
            contender.title,
            contender.color,
            (_("PSNR"), "SSIM") if contender.is_published else (_("PSNR"), "SSIM", _("Gain")),
            contender.tip,
        )
        for contender in shown
    )
    told = [_by_picture(selection, one, scale, contender) for contender in shown]
    listed = selection.found.folders.get(one.folder)
    names = list(dict.fromkeys([*(listed.names if listed else ()), *(name for scores in told for name in scores)]))
    lines = [
        Line(Path(name).stem.removesuffix("_GT"), _joined(shown, [scores.get(name) for scores in told]), tip=name)
        for name in names
    ]
    mean = _joined(shown, [_mean(selection, one, scale, contender) for contender in shown])
    lines.append(Line(_("Mean"), mean, strong=True))
    return Table(f"{one.title}  ×{scale}", _("Picture"), groups, tuple(lines))


Pair = tuple[Score, Score]  # the method's own and bicubic's


def _group_of_means(contender: Contender) -> Group:
    columns = (_("Paper"), _("Here"), _("Diff.")) if contender.is_published else (_("Here"), _("to paper"))
    return Group(contender.title, contender.color, columns, contender.tip)


def _cells_of_means(selection: Selection, one: PictureSet, scale: int, contender: Contender) -> list[Cell]:
    here, apart, printed = _here(selection, one, scale, contender), Cell(), contender.printed(one, scale)
    if (told := to_paper(selection, one, scale, contender)) is not None:
        apart, printed = _difference(*told), told[1]  # a folder turned out to be a set of the papers
    if not contender.is_published:
        return [here, apart]
    return [Cell(decibel(printed.psnr_db), tip=printed.source) if printed else Cell("–", "muted"), here, apart]


def _here(selection: Selection, one: PictureSet, scale: int, contender: Contender) -> Cell:
    """What was measured, or why it was not."""
    if contender.key != BICUBIC and scale not in contender.by_scale:
        if contender.there or (contender.authors and contender.by_scale):
            return Cell(_("no ×{scale}").format(scale=scale), "muted", _("There is no such model for this scale."))
        return Cell("", "muted")
    result = selection.at(one, scale, contender)
    if result.error:
        return Cell(_("failed"), "bad", result.error)
    if result.evaluation is None:
        return _so_far(selection, one, result)
    mean = result.evaluation.mean_bicubic if contender.key == BICUBIC else result.evaluation.mean_model
    reasons = "\n".join(sentence(failed.error) for failed in result.evaluation.failed)
    notes = "" if isfinite(mean.psnr_db) else "\n".join(said(note) for note in result.evaluation.notes)
    return Cell(decibel(mean.psnr_db), "warning" if reasons else "", "\n".join(filter(None, (reasons, notes))))


def _so_far(selection: Selection, one: PictureSet, result: Result) -> Cell:
    """An unfinished mean is no mean: say how many pictures it has instead."""
    if not result.images:
        return Cell()
    told = _("{done} of {total}").format(done=len(result.images), total=result.images[-1].total)
    return Cell(told, "muted", _("Measured so far; the mean comes with the last picture."))


def _difference(apart: float, printed: published.Figure) -> Cell:
    """The difference, grey where it is none that counts."""
    tone: Tone = "good" if apart > 0 else "bad"
    if abs(round(apart, 2)) <= published.EQUAL_DB:
        tone = "muted"
    tip = _("{method}, {source}: {psnr} dB").format(
        method=printed.method, source=printed.source, psnr=decibel(printed.psnr_db)
    )
    return Cell(signed(apart, 2), tone, tip) if isfinite(apart) else Cell("–", "muted", tip)


def _by_picture(selection: Selection, one: PictureSet, scale: int, contender: Contender) -> dict[str, Pair]:
    plain = contender.key == BICUBIC
    images = selection.at(one, scale, contender).images
    return {image.name: (image.bicubic if plain else image.model, image.bicubic) for image in images}


def _mean(selection: Selection, one: PictureSet, scale: int, contender: Contender) -> Pair | None:
    evaluation = selection.at(one, scale, contender).evaluation
    if evaluation is None:
        return None
    plain = contender.key == BICUBIC
    return evaluation.mean_bicubic if plain else evaluation.mean_model, evaluation.mean_bicubic


def _joined(shown: Sequence[Contender], pairs: Sequence[Pair | None]) -> tuple[Cell, ...]:
    """A row of the pictures: two figures for each method, and its gain where it has that column."""
    cells: list[Cell] = []
    for contender, pair in zip(shown, pairs, strict=True):
        if pair is None:
            cells += [Cell()] * (2 if contender.is_published else 3)
            continue
        score, bicubic = pair
        cells += [Cell(decibel(score.psnr_db)), Cell(similarity(score.ssim))]
        if not contender.is_published:
            gain = score.psnr_db - bicubic.psnr_db
            told = Cell(signed(gain, 2), "good" if gain > 0 else "bad")
            cells.append(told if isfinite(gain) else Cell("–", "muted"))  # a perfect one is beyond any difference
    return tuple(cells)
