"""Evaluations as the papers' tables, for a spreadsheet, a page or a paper: the printed figure beside each mean."""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO
from math import isfinite
from pathlib import Path

from engine.errors import BadRequest, Phrase, TableUnwritable, mark
from engine.evaluation import published
from engine.evaluation.events import Evaluation
from engine.evaluation.published import Figure
from engine.imaging.metrics import Score
from engine.system.files import reason_of, write_atomically

FORMATS = {"csv": ".csv", "markdown": ".md", "latex": ".tex"}
CONVENTION = mark(
    "Y of BT.601, or the levels of a gray image as they are. 8-bit, border of s pixels removed. "
    "SSIM: 11 × 11 Gaussian, σ 1.5."
)
SOURCES = mark("Paper: TPAMI 2015 for bicubic and 9-5-5, ECCV 2014 for 9-1-5. Within 0.01 dB counts as equal.")
MEAN = "mean"


@dataclass(frozen=True)
class Line:
    """A method's scores of one picture, or their mean (`is_mean`), with what was printed of that."""

    set_name: str
    scale: int
    method: str
    picture: str
    score: Score
    printed: Figure | None = None
    is_mean: bool = False

    @property
    def to_paper_db(self) -> float | None:
        """How far the mean is from the printed one; None where there is none."""
        return None if self.printed is None else self.score.psnr_db - self.printed.psnr_db


@dataclass(frozen=True)
class _Column:
    """A method's scores of a set's pictures, by their files' names."""

    method: str
    images: dict[str, Score]
    mean: Score
    printed: Figure | None


@dataclass(frozen=True)
class _Group:
    """A set at a scale: bicubic once, then the models in their order."""

    set_name: str
    scale: int
    columns: tuple[_Column, ...]


def lines(evaluations: Sequence[Evaluation]) -> list[Line]:
    """Every picture and mean: for each set and scale bicubic once, then the models in their order."""
    found = []
    for group in _groups(evaluations):
        for column in group.columns:
            place = group.set_name, group.scale, column.method
            found += [Line(*place, name, score) for name, score in column.images.items()]
            found.append(Line(*place, MEAN, column.mean, column.printed, is_mean=True))
    return found


def notes(evaluations: Sequence[Evaluation]) -> list[Phrase]:
    """What must be known of the means, each once: bicubic's notes come with every model's evaluation."""
    return list(dict.fromkeys(note for one in evaluations for note in one.notes))


def method_of(evaluation: Evaluation) -> str:
    """What to call the model of an evaluation in a table."""
    return f"{evaluation.model}, 8 orientations" if evaluation.ensemble else evaluation.model


def format_of(name: str | None, path: Path | None) -> str:
    """The format asked for, or else the one that a file's ending says; raises BadRequest for others."""
    if name is None:
        suffix = path.suffix.lower() if path else ""
        name = next((known for known, ending in FORMATS.items() if ending == suffix), None)
        if name is None:
            raise BadRequest(setting=mark("The table"), value=path or "-", allowed=mark("a .csv, .md or .tex file"))
    if name not in FORMATS:
        raise BadRequest(setting=mark("The format"), value=name, allowed=", ".join(FORMATS))
    return name


def as_text(evaluations: Sequence[Evaluation], name: str) -> str:
    """The tables in a format: "csv" (a line for each figure), "markdown" or "latex" (booktabs)."""
    return {"csv": _csv, "markdown": _markdown, "latex": _latex}[format_of(name, None)](evaluations)


def write(evaluations: Sequence[Evaluation], path: Path, name: str | None = None) -> Path:
    """Write the tables, in the format of the file's ending unless told; raises BadRequest, TableUnwritable."""
    text = as_text(evaluations, format_of(name, path))
    try:
        write_atomically(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise TableUnwritable(name=path.name, reason=reason_of(error)) from error
    return path


def _csv(evaluations: Sequence[Evaluation]) -> str:
    buffer = StringIO()
    buffer.write("\ufeff")  # without it Excel takes the names for another encoding
    table = csv.writer(buffer, lineterminator="\r\n")
    names = ("set", "scale", "method", "picture", "psnr", "ssim", "paper_psnr", "paper_ssim", "to_paper", "paper")
    table.writerow(names)
    for line in lines(evaluations):
        row: list[object] = [line.set_name, line.scale, line.method, line.picture]
        row += [round(line.score.psnr_db, 4), round(line.score.ssim, 6)]
        if line.printed is not None and line.to_paper_db is not None:
            printed = line.printed
            row += [printed.psnr_db, "" if printed.ssim is None else printed.ssim]
            row += [round(line.to_paper_db, 4), f"{printed.method}, {printed.source}"]
        table.writerow(row + [""] * (len(names) - len(row)))
    return buffer.getvalue()


def _markdown(evaluations: Sequence[Evaluation]) -> str:
    told = [_row_of_means(line, "−") for line in lines(evaluations) if line.is_mean]
    told = [[_plain(cell) for cell in row] for row in told]
    parts = [_markdown_table(_MEANS, told, 3)]
    for group in _groups(evaluations):
        parts.append(f"### {_plain(group.set_name)} ×{group.scale}")
        titles, rows = _by_picture(group)
        parts.append(_markdown_table([_plain(title) for title in titles], [[*map(_plain, row)] for row in rows], 1))
    under = [_plain(note) for note in notes(evaluations)]
    return "\n\n".join([*parts, *under, f"{CONVENTION} {SOURCES}"]) + "\n"


def _latex(evaluations: Sequence[Evaluation]) -> str:
    told = [_row_of_means(line, "-") for line in lines(evaluations) if line.is_mean]
    parts = [_latex_table(_MEANS, told, 3)]
    for group in _groups(evaluations):
        titles, rows = _by_picture(group)
        parts.append(_escaped(f"% {group.set_name} x{group.scale}").replace(r"\%", "%", 1))
        parts.append(_latex_table(titles, rows, 1))
    under = [_escaped(words) for words in (*notes(evaluations), f"{CONVENTION} {SOURCES}")]
    return "\n".join([r"% needs \usepackage{booktabs}", *parts, "\n\n".join(under)]) + "\n"


_MEANS = ("Set", "Scale", "Method", "PSNR paper", "PSNR here", "Difference", "SSIM paper", "SSIM here", "Paper")


def _row_of_means(line: Line, minus: str) -> list[str]:
    """A mean as cells, beside what was printed."""
    psnr, ssim = _cells(line.score)
    printed, to_paper = line.printed, line.to_paper_db
    place = [line.set_name, f"×{line.scale}", line.method]
    if printed is None or to_paper is None:
        return [*place, "", psnr, "", "", ssim, ""]
    paper_ssim = "" if printed.ssim is None else f"{printed.ssim:.4f}"
    apart = f"{to_paper:+z.2f}".replace("+0.00", "0.00").replace("-", minus).replace("inf", "∞")
    return [*place, f"{printed.psnr_db:.2f}", psnr, apart, paper_ssim, ssim, f"{printed.method}, {printed.source}"]


def _by_picture(group: _Group) -> tuple[list[str], list[list[str]]]:
    """The pictures of a set as rows, its methods as pairs of columns, the mean at the foot."""
    titles = ["Picture", *(f"{column.method} {unit}" for column in group.columns for unit in ("PSNR", "SSIM"))]
    rows = []
    for name in dict.fromkeys(name for column in group.columns for name in column.images):
        scores = [column.images.get(name) for column in group.columns]
        rows.append([name, *(cell for score in scores for cell in (_cells(score) if score else ("", "")))])
    rows.append([MEAN, *(cell for column in group.columns for cell in _cells(column.mean))])
    return titles, rows


def _cells(score: Score) -> tuple[str, str]:
    return (f"{score.psnr_db:.2f}" if isfinite(score.psnr_db) else "∞"), f"{score.ssim:.4f}"


def _groups(evaluations: Sequence[Evaluation]) -> list[_Group]:
    """Those of the same set and scale together, in the order in which they first come."""
    set_names = _told_apart([(one.set_name, one.folder) for one in evaluations])
    groups: dict[tuple[str, int], list[Evaluation]] = {}
    for set_name, one in zip(set_names, evaluations, strict=True):
        groups.setdefault((set_name, one.scale), []).append(one)
    return [_Group(*place, _columns(group)) for place, group in groups.items()]


def _columns(group: Sequence[Evaluation]) -> tuple[_Column, ...]:
    """Bicubic, from whichever evaluation has the most pictures, and each evaluation's model."""
    most = max(group, key=lambda one: len(one.images))
    methods = _told_apart([(method_of(one), one.file) for one in group])
    plain = {image.name: image.bicubic for image in most.images}
    return (
        _Column(published.BICUBIC, plain, most.mean_bicubic, most.printed_bicubic),
        *(
            _Column(method, {image.name: image.model for image in one.images}, one.mean_model, one.printed_model)
            for one, method in zip(group, methods, strict=True)
        ),
    )


def _told_apart(named: Sequence[tuple[str, Path | None]]) -> list[str]:
    """Names; those that several places share with the folder they lie in before them, or the whole path."""
    known = set(named)

    def is_shared(name: str, told: Callable[[str, Path | None], str]) -> bool:
        return sum(told(*one) == name for one in known) > 1

    def with_parent(name: str, place: Path | None) -> str:
        return name if place is None else f"{place.parent.name}/{name}"

    def told(name: str, place: Path | None) -> str:
        if place is None or not is_shared(name, lambda other, _place: other):
            return name
        longer = with_parent(name, place)
        return f"{name} ({place})" if is_shared(longer, with_parent) else longer

    return [told(*one) for one in named]


def _markdown_table(titles: Sequence[str], rows: Sequence[Sequence[str]], words: int) -> str:
    """`words` columns of words, then figures to the right."""
    line = ["---"] * words + ["---:"] * (len(titles) - words)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (titles, line, *rows))


def _latex_table(titles: Sequence[str], rows: Sequence[Sequence[str]], words: int) -> str:
    body = [" & ".join(map(_escaped, cells)) + r" \\" for cells in (titles, *rows)]
    begin = r"\begin{tabular}{" + "l" * words + "r" * (len(titles) - words) + "}"
    return "\n".join([begin, r"\toprule", body[0], r"\midrule", *body[1:], r"\bottomrule", r"\end{tabular}", ""])


def _plain(text: str) -> str:
    """A name of a file or folder that cannot break a Markdown table."""
    return re.sub(r"([\\|*_`<\[\]])", r"\\\1", " ".join(text.split()))


def _escaped(text: str) -> str:
    r"""Text for LaTeX; figures keep a minus of their own."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    special |= {"×": r"$\times$", "∞": r"$\infty$", "σ": r"$\sigma$", "“": "``", "”": "''"}
    escaped = "".join(special.get(sign, rf"\{sign}" if sign in "&%$#_{}" else sign) for sign in text)
    return re.sub(r"^-(\d)", r"$-$\1", escaped)
