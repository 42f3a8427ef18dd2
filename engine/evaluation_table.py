"""Evaluations as the papers' tables, for a spreadsheet, a page or a paper: the printed figure beside each mean."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from math import isfinite
from pathlib import Path

from engine import published
from engine.errors import BadRequest, TableUnwritable, mark
from engine.evaluation import Evaluation
from engine.files import reason_of, write_atomically
from engine.imaging.metrics import Score
from engine.published import Figure

FORMATS = {"csv": ".csv", "markdown": ".md", "latex": ".tex"}
CONVENTION = mark("Y of BT.601, border of s pixels removed, 8-bit; SSIM 11 × 11 Gaussian, σ 1.5.")
SOURCES = mark("Paper: TPAMI 2015 for bicubic and 9-5-5, ECCV 2014 for 9-1-5. Within 0.01 dB counts as equal.")
MEAN = "mean"


@dataclass(frozen=True)
class Line:
    """A method's scores of one picture, or their mean, with what was printed of that."""

    set_name: str
    scale: int
    method: str
    picture: str
    score: Score
    printed: Figure | None = None

    @property
    def to_paper_db(self) -> float | None:
        """How far the mean is from the printed one; None where there is none."""
        return None if self.printed is None else self.score.psnr_db - self.printed.psnr_db


def lines(evaluations: Sequence[Evaluation]) -> list[Line]:
    """Every picture and mean: for each set and scale bicubic once, then the models in their order."""
    found = []
    for group in _groups(evaluations):
        bicubic = max(group, key=lambda one: len(one.images))
        for one, method in ((bicubic, published.BICUBIC), *((one, method_of(one)) for one in group)):
            plain = method == published.BICUBIC
            place = one.set_name, one.scale, method
            found += [Line(*place, image.name, image.bicubic if plain else image.model) for image in one.images]
            mean, printed = one.mean_model, one.printed_model
            if plain:
                mean, printed = one.mean_bicubic, one.printed_bicubic
            found.append(Line(*place, MEAN, mean, printed))
    return found


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
    told = [_row_of_means(line, "−") for line in lines(evaluations) if line.picture == MEAN]
    told = [[_plain(cell) for cell in row] for row in told]
    parts = [_markdown_table(_MEANS, told, 3)]
    for group in _groups(evaluations):
        parts.append(f"### {_plain(group[0].set_name)} ×{group[0].scale}")
        titles, rows = _by_picture(group)
        parts.append(_markdown_table([_plain(title) for title in titles], [[*map(_plain, row)] for row in rows], 1))
    return "\n\n".join([*parts, f"{CONVENTION} {SOURCES}"]) + "\n"


def _latex(evaluations: Sequence[Evaluation]) -> str:
    told = [_row_of_means(line, "-") for line in lines(evaluations) if line.picture == MEAN]
    parts = [_latex_table(_MEANS, told, 3)]
    for group in _groups(evaluations):
        titles, rows = _by_picture(group)
        parts.append(_escaped(f"% {group[0].set_name} x{group[0].scale}").replace(r"\%", "%", 1))
        parts.append(_latex_table(titles, rows, 1))
    return "\n".join([r"% needs \usepackage{booktabs}", *parts, _escaped(f"{CONVENTION} {SOURCES}")]) + "\n"


_MEANS = ("Set", "Scale", "Method", "PSNR paper", "PSNR here", "Difference", "SSIM paper", "SSIM here", "Paper")


def _row_of_means(line: Line, minus: str) -> list[str]:
    """A mean as cells, beside what was printed."""
    psnr, ssim = _cells(line.score)
    printed, to_paper = line.printed, line.to_paper_db
    place = [line.set_name, f"×{line.scale}", line.method]
    if printed is None or to_paper is None:
        return [*place, "", psnr, "", "", ssim, ""]
    paper_ssim = "" if printed.ssim is None else f"{printed.ssim:.4f}"
    apart = f"{to_paper:+.2f}".replace("-0.00", "0.00").replace("+0.00", "0.00").replace("-", minus)
    return [*place, f"{printed.psnr_db:.2f}", psnr, apart, paper_ssim, ssim, f"{printed.method}, {printed.source}"]


def _by_picture(group: Sequence[Evaluation]) -> tuple[list[str], list[list[str]]]:
    """The pictures of a set as rows, its methods as pairs of columns, the mean at the foot."""
    told = lines(group)
    methods = list(dict.fromkeys(line.method for line in told))
    names = list(dict.fromkeys(line.picture for line in told if line.picture != MEAN))
    scores = {(line.method, line.picture): _cells(line.score) for line in told}
    titles = ["Picture", *(f"{method} {unit}" for method in methods for unit in ("PSNR", "SSIM"))]
    rows = [
        [name, *(cell for method in methods for cell in scores.get((method, name), ("", "")))]
        for name in [*names, MEAN]
    ]
    return titles, rows


def _cells(score: Score) -> tuple[str, str]:
    return (f"{score.psnr_db:.2f}" if isfinite(score.psnr_db) else "∞"), f"{score.ssim:.4f}"


def _groups(evaluations: Sequence[Evaluation]) -> list[list[Evaluation]]:
    """Those of the same set and scale together, in the order in which they first come."""
    groups: dict[tuple[str, int], list[Evaluation]] = {}
    for evaluation in evaluations:
        groups.setdefault((evaluation.set_name, evaluation.scale), []).append(evaluation)
    return list(groups.values())


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
