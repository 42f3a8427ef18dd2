"""Texts of the Benchmark page, such as verdicts, notes and progress."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import fmean

from engine.evaluation import published, tables
from engine.imaging.degradation import Degradation
from srcnn_gui.choices.text import format_approximate_duration, format_long_duration
from srcnn_gui.pages.benchmark.candidates import Candidate, TestSet, download_size
from srcnn_gui.pages.benchmark.state import BICUBIC, SET5, SET14, Verdict
from srcnn_gui.pages.benchmark.tables import Selection, describe_degradation, difference_to_paper
from srcnn_gui.runtime.translations import (
    _,
    as_sentence,
    format_psnr,
    format_signed,
    join_list,
    join_sentences,
    plural,
    translate,
)

_LISTED_FAILURES = 3  # failures that a notice describes


@dataclass(frozen=True)
class ProgressText:
    """Description of the current image, and the remaining time of a run in seconds."""

    title: str = ""
    seconds_left: float | None = None


def explain_cannot_add() -> str:
    """Return the notice that explains why no folder can be added during a run."""
    return _(
        "Test sets can't be added while the benchmark is running. "
        "Wait for the benchmark to finish or stop the benchmark, then try again."
    )


def describe_first_run() -> Verdict:
    """Return the text that is shown instead of a verdict before the first run."""
    title = _("Compare with the published scores")
    detail = _("Each image is downscaled, upscaled with every model, and compared with the ground truth.")
    return Verdict("", title, detail)


def describe_progress(run: ProgressText) -> Verdict:
    """Return the progress text that is shown instead of a verdict during a run."""
    left = (
        "" if run.seconds_left is None else _("about {time} left").format(time=format_long_duration(run.seconds_left))
    )
    return Verdict("", run.title, left or _("The tables are updated after each image."))


def describe_current_image(title: str, model: str, done: int, total: int) -> str:
    """Return the test set `title`, the model and the number of the current image as text."""
    return _("{set}, {model}: image {done} of {total}").format(
        set=title, model=model, done=min(done + 1, total), total=total
    )


def describe_failures(failures: Sequence[str]) -> str:
    """Return a notice about failures. `failures` contains a sentence for each failure."""
    hidden = len(failures) - _LISTED_FAILURES
    more = plural("{count} more failure.", "{count} more failures.", hidden).format(count=hidden) if hidden > 0 else ""
    return join_sentences(*failures[:_LISTED_FAILURES], more, _("The benchmark continues."))


def summarize_results(selection: Selection, elapsed_s: float, *, stopped: bool) -> Verdict:
    """Summarize the results in one sentence. If images were skipped, add a warning with their names."""
    verdict = _summarize_scores(selection, elapsed_s, stopped=stopped)
    skipped = dict.fromkeys(
        event.path.name
        for test_set, scale in selection.rows
        for candidate in selection.candidates
        if (evaluation := selection.result(test_set, scale, candidate).evaluation) is not None
        for event in evaluation.failed
    )
    if not skipped:
        return verdict
    names = as_sentence(_("Skipped: {names}").format(names=join_list(skipped)))
    return Verdict("warning", verdict.title, join_sentences(names, verdict.detail))


def _summarize_scores(selection: Selection, elapsed_s: float, *, stopped: bool) -> Verdict:
    """Summarize the scores in one sentence.

    The sentence is about the official models if they were measured, otherwise about the best other model.
    """
    compared = {
        candidate: [
            difference[0]
            for test_set, scale in selection.rows
            if (difference := difference_to_paper(selection, test_set, scale, candidate))
        ]
        for candidate in selection.candidates
    }
    differences = {candidate: [value for value in values if isfinite(value)] for candidate, values in compared.items()}
    official = [
        value for candidate in selection.candidates if candidate.official_name for value in differences[candidate]
    ]
    details = join_sentences(*_notes(selection), _facts(selection, elapsed_s))
    if stopped:
        return Verdict("info", _("Benchmark stopped, finished scores kept"), details)
    if official:
        return _official_verdict([*official, *_of(differences, BICUBIC)], details)
    others = [(one, values) for one, values in differences.items() if values and not one.is_published]
    if others:
        return _candidate_verdict(others, details)
    if plain := _of(differences, BICUBIC):
        return _bicubic_verdict(plain, details)
    return _gain_verdict(selection, details)


def _of(differences: dict[Candidate, list[float]], key: str) -> list[float]:
    return [value for candidate, values in differences.items() if candidate.key == key for value in values]


def _official_verdict(values: Sequence[float], details: str) -> Verdict:
    largest = round(max(abs(value) for value in values), 2)
    template = _("Largest difference in mean PSNR: {difference} dB ({count} means compared).")
    text = template.format(difference=format_psnr(largest), count=len(values))
    if largest <= published.TOLERANCE_DB:
        return Verdict("ok", _("The official models match the published scores"), join_sentences(text, details))
    title = _("The official models differ from the published scores")
    return Verdict("warning", title, join_sentences(text, details))


def _candidate_verdict(others: Sequence[tuple[Candidate, list[float]]], details: str) -> Verdict:
    """Summarize how the best candidate compares with the published scores."""
    best, values = max(others, key=lambda one: fmean(one[1]))
    mean = round(fmean(values), 2)
    if abs(mean) <= published.TOLERANCE_DB:
        return Verdict("ok", _("{model} matches the published scores").format(model=best.title), details)
    above, below = (
        _("{model}: {difference} dB above the published scores"),
        _("{model}: {difference} dB below the published scores"),
    )
    title = above if mean > 0 else below
    over = (
        _("Mean over {count} combinations of test set and scale factor.").format(count=len(values))
        if len(values) > 1
        else ""
    )
    icon = "ok" if mean > 0 else "info"
    return Verdict(
        icon, title.format(model=best.title, difference=format_psnr(abs(mean))), join_sentences(over, details)
    )


def _bicubic_verdict(values: Sequence[float], details: str) -> Verdict:
    if round(max(abs(value) for value in values), 2) <= published.TOLERANCE_DB:
        return Verdict("ok", _("Bicubic matches the published scores"), details)
    return Verdict("warning", _("Bicubic differs from the published scores"), details)


def _gain_verdict(selection: Selection, details: str) -> Verdict:
    """Summarize the best gain over bicubic. Used if no result has a published score."""
    gains: dict[str, list[float]] = {}
    for candidate in selection.candidates:
        for test_set, scale in selection.rows:
            evaluation = selection.result(test_set, scale, candidate).evaluation
            if candidate.key != BICUBIC and evaluation is not None:
                gain = evaluation.mean_model.psnr_db - evaluation.mean_bicubic.psnr_db
                gains.setdefault(candidate.title, []).extend([gain] if isfinite(gain) else [])
    if not gains:
        return Verdict("warning", _("No images could be scored"), details)
    gains = {name: values for name, values in gains.items() if values}
    if not gains:
        return Verdict("info", _("The gain can't be computed, because a mean PSNR is infinite"), details)
    title, best = max(((name, fmean(values)) for name, values in gains.items()), key=lambda one: one[1])
    text = _("{model}: gain over bicubic {gain} dB").format(model=title, gain=format_signed(best, 2))
    return Verdict("ok" if best > 0 else "info", text, details)


def _notes(selection: Selection) -> list[str]:
    """Return the translated notes on all complete evaluations in the table of means."""
    evaluations = [
        selection.result(test_set, scale, candidate).evaluation
        for test_set, scale in selection.rows
        for candidate in selection.candidates
    ]
    return [translate(note) for note in tables.collect_notes([one for one in evaluations if one is not None])]


def _facts(selection: Selection, elapsed_s: float) -> str:
    """Return a sentence with the degradation, the numbers of images and sets, and the duration."""
    folders = [
        selection.results.folders[test_set.folder]
        for test_set in selection.test_sets
        if test_set.folder in selection.results.folders
    ]
    images, test_sets, scales = sum(len(folder.names) for folder in folders), len(folders), len(selection.scales)
    details = (
        *describe_degradation(selection.degradation),
        plural("{count} image", "{count} images", images).format(count=images),
        plural("{count} test set", "{count} test sets", test_sets).format(count=test_sets),
        plural("{count} scale factor", "{count} scale factors", scales).format(count=scales),
        format_long_duration(elapsed_s) if elapsed_s else "",
    )
    return as_sentence(join_list(details))


def format_notes(self_ensemble: bool, degradation: Degradation) -> tuple[str, str]:
    """Return the notes on the evaluation protocol and on the sources of the published scores.

    For degraded images, which have no published scores, the second note explains the gain.
    """
    parts = [translate(tables.SCORING_NOTE), _("The command “srcnn evaluate” gives the same scores.")]
    if degradation:
        what = _("The downscaled images are degraded: {operations}.")
        parts.insert(0, what.format(operations=join_list(describe_degradation(degradation))))
        gain = _("“Gain” compares with bicubic on the same degraded images. No published scores exist for them.")
        return join_sentences(*parts), gain
    if self_ensemble:
        parts.insert(
            0, _("The models are evaluated with self-ensemble. The published scores were obtained without it.")
        )
    comparison = _(
        "“Diff.” is the difference from the published score of the same architecture, or of 9-1-5 if there is none."
    )
    return join_sentences(*parts), join_sentences(translate(tables.SOURCES_NOTE), comparison)


def format_test_set_title(test_set: TestSet) -> str:
    """Return the title of a test set for the side panel, with its number of images if it is known."""
    if test_set.image_count is None:
        return test_set.title
    text = plural("{set}, {count} image", "{set}, {count} images", test_set.image_count)
    return text.format(set=test_set.title, count=test_set.image_count)


def describe_missing_downloads(names: Sequence[str]) -> tuple[str, str]:
    """Return a message about missing downloads, and the text of the download button.

    Both are "" if `names` is empty.
    """
    if not names:
        return "", ""
    titles = {SET5: "Set5", SET14: "Set14"}
    shown_titles = [titles.get(name, _("the official weights")) for name in names]
    size = f"{download_size(names) / 1e6:.1f}"
    text = _("Not downloaded yet: {what}. These files have no stated license. Use them for private study only.")
    return text.format(what=join_list(shown_titles)), _("Download ({size} MB)").format(size=size)


def format_estimated_time(seconds: float) -> str:
    """Format the estimated time of a run, or return "" if `seconds` is 0, because it is unknown."""
    return format_approximate_duration(seconds) if seconds else ""
