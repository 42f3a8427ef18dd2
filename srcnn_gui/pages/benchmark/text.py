"""A benchmark in the words of its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import fmean

from engine.evaluation import published, tables
from srcnn_gui.choices.text import about, long_duration
from srcnn_gui.pages.benchmark.candidates import Contender, PictureSet, bytes_missing
from srcnn_gui.pages.benchmark.state import BICUBIC, SET5, SET14, Verdict
from srcnn_gui.pages.benchmark.tables import Selection, to_paper
from srcnn_gui.runtime.translations import _, decibel, listed, plural, said, signed, standing_alone, together


@dataclass(frozen=True)
class Run:
    """How far a run is: what is in work, and how long still."""

    title: str = ""
    seconds_left: float | None = None


def busy() -> str:
    """Return why no folder can be added now, and what to do."""
    return _(
        "Folders cannot be added while the benchmark is running. Wait until it is done, or stop it, then add them."
    )


def ready() -> Verdict:
    """Before anything was measured."""
    title = _("Compare with the paper’s figures")
    detail = _("Run reduces every picture, enlarges it by each model and by bicubic, and scores it.")
    return Verdict("", title, detail)


def running(run: Run) -> Verdict:
    """While it is measured."""
    left = "" if run.seconds_left is None else _("about {time} left").format(time=long_duration(run.seconds_left))
    return Verdict("", run.title, left or _("Figures appear as they come."))


def picture(title: str, model: str, done: int, total: int) -> str:
    """Which picture is in work."""
    return _("{set}, {model}: picture {done} of {total}").format(
        set=title, model=model, done=min(done + 1, total), total=total
    )


def verdict(selection: Selection, took_s: float, *, stopped: bool) -> Verdict:
    """What the figures say; about the authors' methods first, then about the others."""
    compared = {
        contender: [found[0] for one, scale in selection.rows if (found := to_paper(selection, one, scale, contender))]
        for contender in selection.contenders
    }
    apart = {contender: [value for value in values if isfinite(value)] for contender, values in compared.items()}
    theirs = [value for contender in selection.contenders if contender.authors for value in apart[contender]]
    facts = together(*_notes(selection), _facts(selection, took_s))
    if stopped:
        return Verdict("info", _("Stopped. What was measured is kept"), facts)
    if theirs:
        return _of_authors([*theirs, *_of(apart, BICUBIC)], facts)
    others = [(one, values) for one, values in apart.items() if values and not one.is_published]
    if others:
        return _of_others(others, facts)
    if plain := _of(apart, BICUBIC):
        return _of_bicubic(plain, facts)
    return _of_gains(selection, facts)


def _of(apart: dict[Contender, list[float]], key: str) -> list[float]:
    return [value for contender, values in apart.items() if contender.key == key for value in values]


def _of_authors(values: Sequence[float], facts: str) -> Verdict:
    most = round(max(abs(value) for value in values), 2)
    told = _("Largest difference {apart} dB over {count} means.").format(apart=decibel(most), count=len(values))
    if most <= published.EQUAL_DB:
        return Verdict("ok", _("The authors’ models give the paper’s figures here"), together(told, facts))
    title = _("The authors’ models differ from the paper’s figures here")
    return Verdict("warning", title, together(told, facts))


def _of_others(others: Sequence[tuple[Contender, list[float]]], facts: str) -> Verdict:
    """About the one that is farthest above, or the least below."""
    best, values = max(others, key=lambda one: fmean(one[1]))
    mean = round(fmean(values), 2)
    if abs(mean) <= published.EQUAL_DB:
        return Verdict("ok", _("{model} gives the paper’s figures").format(model=best.title), facts)
    title = _("{model} is {apart} dB above the paper") if mean > 0 else _("{model} is {apart} dB below the paper")
    over = _("Mean of {count} sets and scales.").format(count=len(values)) if len(values) > 1 else ""
    icon = "ok" if mean > 0 else "info"
    return Verdict(icon, title.format(model=best.title, apart=decibel(abs(mean))), together(over, facts))


def _of_bicubic(values: Sequence[float], facts: str) -> Verdict:
    if round(max(abs(value) for value in values), 2) <= published.EQUAL_DB:
        return Verdict("ok", _("Bicubic gives the paper’s figures here"), facts)
    return Verdict("warning", _("Bicubic differs from the paper’s figures here"), facts)


def _of_gains(selection: Selection, facts: str) -> Verdict:
    """Where the papers have nothing to compare with: the best gain over bicubic."""
    gains: dict[str, list[float]] = {}
    for contender in selection.contenders:
        for one, scale in selection.rows:
            found = selection.at(one, scale, contender).evaluation
            if contender.key != BICUBIC and found is not None:
                gain = found.mean_model.psnr_db - found.mean_bicubic.psnr_db
                gains.setdefault(contender.title, []).extend([gain] if isfinite(gain) else [])
    if not gains:
        return Verdict("warning", _("Nothing could be measured"), facts)
    gains = {name: values for name, values in gains.items() if values}
    if not gains:
        return Verdict("info", _("A mean PSNR is infinite"), facts)
    title, best = max(((name, fmean(values)) for name, values in gains.items()), key=lambda one: one[1])
    told = _("{model}: {gain} dB against bicubic").format(model=title, gain=signed(best, 2))
    return Verdict("ok" if best > 0 else "info", told, facts)


def _notes(selection: Selection) -> list[str]:
    """What must be known of the means that are shown."""
    known = [
        selection.at(one, scale, contender).evaluation
        for one, scale in selection.rows
        for contender in selection.contenders
    ]
    return [said(note) for note in tables.notes([one for one in known if one is not None])]


def _facts(selection: Selection, took_s: float) -> str:
    """On how many pictures, sets and scales, and how long it took."""
    known = [selection.found.folders[one.folder] for one in selection.sets if one.folder in selection.found.folders]
    pictures, sets, scales = sum(len(folder.names) for folder in known), len(known), len(selection.scales)
    facts = (
        plural("{count} picture", "{count} pictures", pictures).format(count=pictures),
        plural("{count} set", "{count} sets", sets).format(count=sets),
        plural("{count} scale", "{count} scales", scales).format(count=scales),
        long_duration(took_s) if took_s else "",
    )
    return standing_alone(listed(facts))


def notes(ensemble: bool) -> tuple[str, str]:
    """How it is measured, and where the printed figures come from."""
    parts = [said(tables.CONVENTION), _("The same figures as “srcnn evaluate”.")]
    if ensemble:
        parts.insert(0, _("Each model averages eight orientations, which the paper’s do not."))
    held = _("“To paper”: to its network of the same sizes, else to 9-1-5.")
    return together(*parts), together(said(tables.SOURCES), held)


def option(one: PictureSet) -> str:
    """A set in the list."""
    if one.pictures is None:
        return one.title
    told = plural("{set}, {count} picture", "{set}, {count} pictures", one.pictures)
    return told.format(set=one.title, count=one.pictures)


def missing(names: Sequence[str]) -> tuple[str, str]:
    """What is to be downloaded and what to know of it, and the button's words; both empty for nothing."""
    if not names:
        return "", ""
    titles = {SET5: "Set5", SET14: "Set14"}
    shown = [titles.get(name, _("the authors’ weights")) for name in names]
    size = f"{bytes_missing(names) / 1e6:.1f}"
    told = _("Not on this machine yet: {what}. No licence is stated for them: for your own study, not to pass on.")
    return told.format(what=listed(shown)), _("Download ({size} MB)").format(size=size)


def time(seconds: float) -> str:
    """How long a run will take, as far as that is known."""
    return about(seconds) if seconds else ""
