"""Tables of mean scores and of the scores of individual images, for the Benchmark page."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from engine.evaluation import published
from engine.imaging.degradation import Degradation, GaussianNoise, Jpeg
from engine.imaging.metrics import Score
from srcnn_gui.pages.benchmark import results
from srcnn_gui.pages.benchmark.candidates import Candidate, TestSet
from srcnn_gui.pages.benchmark.results import EvaluationSpec, Result, ResultStore
from srcnn_gui.pages.benchmark.state import BICUBIC, Cell, ColumnGroup, Table, TableRow, Tone
from srcnn_gui.runtime.translations import (
    _,
    error_message,
    format_psnr,
    format_signed,
    format_ssim,
    translate,
)


@dataclass(frozen=True)
class Selection:
    """The selected test sets, scale factors, candidates and degradation, and the store of all results."""

    test_sets: tuple[TestSet, ...]
    scales: tuple[int, ...]
    candidates: tuple[Candidate, ...]
    self_ensemble: bool
    results: ResultStore
    degradation: Degradation = Degradation()

    @property
    def rows(self) -> list[tuple[TestSet, int]]:
        """Test set and scale factor of each row in the table of means."""
        return [(test_set, scale) for test_set in self.test_sets for scale in self.scales]

    def find_evaluation_spec(self, test_set: TestSet, scale: int, candidate: Candidate) -> EvaluationSpec | None:
        """Return the specification of an evaluation, or None if the model or the test set is missing."""
        return results.build_evaluation_spec(test_set, scale, candidate, self.self_ensemble, self.degradation)

    def result(self, test_set: TestSet, scale: int, candidate: Candidate) -> Result:
        """Return the result of a candidate on a test set at a scale factor.

        Bicubic is scored together with each model. Its scores are taken from the model with the most scored images.
        """
        if candidate.key != BICUBIC:
            return self.results.get(self.find_evaluation_spec(test_set, scale, candidate))
        others = [self.result(test_set, scale, other) for other in self.candidates if other.key != BICUBIC]
        return max(
            others, key=lambda result: (len(result.image_scores), result.evaluation is not None), default=Result()
        )


def difference_to_paper(
    selection: Selection, test_set: TestSet, scale: int, candidate: Candidate
) -> tuple[float, published.PublishedScore] | None:
    """Compare a measured mean PSNR with the published one.

    Returns
    -------
    Measured minus published PSNR in dB, and the published score. None if the evaluation is not complete or no score
    is published for it.
    """
    evaluation = selection.result(test_set, scale, candidate).evaluation
    if evaluation is None:
        return None
    is_bicubic = candidate.key == BICUBIC
    printed = evaluation.published_bicubic if is_bicubic else evaluation.published_model
    if printed is None:
        return None
    return (evaluation.mean_bicubic if is_bicubic else evaluation.mean_model).psnr_db - printed.psnr_db, printed


def build_mean_table(selection: Selection) -> Table:
    """Return the table with the published and measured mean PSNR for each test set and scale factor.

    For degraded images, there are no published scores, and the table has the gain over bicubic instead.
    """
    group, cells = (_degraded_group, _degraded_cells) if selection.degradation else (_mean_group, _mean_cells)
    groups = tuple(group(candidate) for candidate in selection.candidates)
    lines = tuple(
        TableRow(
            f"{test_set.title}  ×{scale}",
            tuple(cell for candidate in selection.candidates for cell in cells(selection, test_set, scale, candidate)),
            tooltip=str(test_set.folder),
        )
        for test_set, scale in selection.rows
    )
    return Table(_("Means"), _("PSNR in dB"), groups, lines)


def describe_degradation(degradation: Degradation) -> list[str]:
    """Return each operation of a degradation as text. Empty for clean images."""
    texts: list[str] = []
    for operation in degradation.operations:
        if isinstance(operation, Jpeg):
            texts.append(_("JPEG quality {quality}").format(quality=f"{operation.quality[0]:g}"))
        elif isinstance(operation, GaussianNoise):
            texts.append(_("noise {sigma}").format(sigma=f"{operation.sigma[0]:g}"))
    return texts


def build_image_table(selection: Selection, row: int) -> Table:
    """Return the table with the PSNR and SSIM of each image, for the row `row` of the table of means.

    Methods without published scores also have a column with their gain over bicubic.
    """
    if row >= len(selection.rows):
        return Table()
    test_set, scale = selection.rows[row]
    shown = [
        candidate
        for candidate in selection.candidates
        if candidate.key == BICUBIC or scale in candidate.models_by_scale
    ]
    groups = tuple(
        ColumnGroup(
            candidate.title,
            candidate.color,
            (_("PSNR"), "SSIM") if candidate.is_published else (_("PSNR"), "SSIM", _("Gain")),
            candidate.tooltip,
        )
        for candidate in shown
    )
    scores_by_image = [_scores_by_image(selection, test_set, scale, candidate) for candidate in shown]
    folder = selection.results.folders.get(test_set.folder)
    names = list(
        dict.fromkeys([*(folder.names if folder else ()), *(name for scores in scores_by_image for name in scores)])
    )
    lines = [
        TableRow(
            Path(name).stem.removesuffix("_GT"),
            _image_cells(shown, [scores.get(name) for scores in scores_by_image]),
            tooltip=name,
        )
        for name in names
    ]
    mean = _image_cells(shown, [_mean(selection, test_set, scale, candidate) for candidate in shown])
    lines.append(TableRow(_("Mean"), mean, strong=True))
    return Table(f"{test_set.title}  ×{scale}", _("Image"), groups, tuple(lines))


ScorePair = tuple[Score, Score]  # scores of the method and of bicubic for the same image


def _mean_group(candidate: Candidate) -> ColumnGroup:
    columns = (_("Paper"), _("Result"), _("Diff.")) if candidate.is_published else (_("Result"), _("Diff."))
    return ColumnGroup(candidate.title, candidate.color, columns, candidate.tooltip)


def _degraded_group(candidate: Candidate) -> ColumnGroup:
    columns = (_("Result"),) if candidate.key == BICUBIC else (_("Result"), _("Gain"))
    return ColumnGroup(candidate.title, candidate.color, columns, candidate.tooltip)


def _degraded_cells(selection: Selection, test_set: TestSet, scale: int, candidate: Candidate) -> list[Cell]:
    """Return the cells with the measured mean PSNR and its gain over bicubic on the same degraded images."""
    measured = _measured_cell(selection, test_set, scale, candidate)
    if candidate.key == BICUBIC:
        return [measured]
    evaluation = selection.result(test_set, scale, candidate).evaluation
    if evaluation is None:
        return [measured, Cell()]
    return [measured, _gain_cell(evaluation.mean_model, evaluation.mean_bicubic)]


def _mean_cells(selection: Selection, test_set: TestSet, scale: int, candidate: Candidate) -> list[Cell]:
    measured, difference, printed = (
        _measured_cell(selection, test_set, scale, candidate),
        Cell(),
        candidate.published_score_for(test_set, scale),
    )
    if (comparison := difference_to_paper(selection, test_set, scale, candidate)) is not None:
        difference, printed = _difference_cell(*comparison), comparison[1]  # also for a folder with a published set
    if not candidate.is_published:
        return [measured, difference]
    return [
        Cell(format_psnr(printed.psnr_db), tooltip=printed.source) if printed else Cell("–", "muted"),
        measured,
        difference,
    ]


def _measured_cell(selection: Selection, test_set: TestSet, scale: int, candidate: Candidate) -> Cell:
    """Return the cell with the measured mean PSNR, or with the reason why there is none."""
    if candidate.key != BICUBIC and scale not in candidate.models_by_scale:
        if candidate.available or (candidate.official_name and candidate.models_by_scale):
            return Cell(_("no ×{scale}").format(scale=scale), "muted", _("No model for this scale factor"))
        return Cell("", "muted")
    result = selection.result(test_set, scale, candidate)
    if result.error:
        return Cell(_("failed"), "bad", result.error)
    if result.evaluation is None:
        return _partial_cell(selection, test_set, result)
    mean = result.evaluation.mean_bicubic if candidate.key == BICUBIC else result.evaluation.mean_model
    reasons = "\n".join(error_message(failed.error) for failed in result.evaluation.failed)
    notes = "" if isfinite(mean.psnr_db) else "\n".join(translate(note) for note in result.evaluation.notes)
    return Cell(format_psnr(mean.psnr_db), "warning" if reasons else "", "\n".join(filter(None, (reasons, notes))))


def _partial_cell(selection: Selection, test_set: TestSet, result: Result) -> Cell:
    """Return a cell with the number of images measured so far, shown until the mean is known."""
    if not result.image_scores:
        return Cell()
    text = _("{done} of {total}").format(done=len(result.image_scores), total=result.image_scores[-1].total)
    return Cell(text, "muted", _("Shows the number of scored images until the mean is known"))


def _difference_cell(difference_db: float, printed: published.PublishedScore) -> Cell:
    """Return the cell with a difference in dB, muted if it is at most TOLERANCE_DB."""
    tone: Tone = "good" if difference_db > 0 else "bad"
    if abs(round(difference_db, 2)) <= published.TOLERANCE_DB:
        tone = "muted"
    tip = _("{method}, {source}: {psnr} dB").format(
        method=printed.method, source=printed.source, psnr=format_psnr(printed.psnr_db)
    )
    return Cell(format_signed(difference_db, 2), tone, tip) if isfinite(difference_db) else Cell("–", "muted", tip)


def _scores_by_image(
    selection: Selection, test_set: TestSet, scale: int, candidate: Candidate
) -> dict[str, ScorePair]:
    is_bicubic = candidate.key == BICUBIC
    scores = selection.result(test_set, scale, candidate).image_scores
    return {image.name: (image.bicubic if is_bicubic else image.model, image.bicubic) for image in scores}


def _mean(selection: Selection, test_set: TestSet, scale: int, candidate: Candidate) -> ScorePair | None:
    evaluation = selection.result(test_set, scale, candidate).evaluation
    if evaluation is None:
        return None
    is_bicubic = candidate.key == BICUBIC
    return evaluation.mean_bicubic if is_bicubic else evaluation.mean_model, evaluation.mean_bicubic


def _image_cells(shown: Sequence[Candidate], pairs: Sequence[ScorePair | None]) -> tuple[Cell, ...]:
    """Return the cells of a row in the table of images, with the scores and the gain of each method."""
    cells: list[Cell] = []
    for candidate, pair in zip(shown, pairs, strict=True):
        if pair is None:
            cells += [Cell()] * (2 if candidate.is_published else 3)
            continue
        score, bicubic = pair
        cells += [Cell(format_psnr(score.psnr_db)), Cell(format_ssim(score.ssim))]
        if not candidate.is_published:
            cells.append(_gain_cell(score, bicubic))
    return tuple(cells)


def _gain_cell(score: Score, bicubic: Score) -> Cell:
    """Return the cell with the gain over bicubic in dB, or a dash if a PSNR is infinite."""
    gain = score.psnr_db - bicubic.psnr_db
    return Cell(format_signed(gain, 2), "good" if gain > 0 else "bad") if isfinite(gain) else Cell("–", "muted")
