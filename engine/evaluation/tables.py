"""Tables of scores in CSV, Markdown or LaTeX, which compare mean scores with published scores."""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO
from math import isfinite
from pathlib import Path

from engine.errors import N_, LazyMessage, TableUnwritable, check
from engine.evaluation import published
from engine.evaluation.events import Evaluation
from engine.evaluation.published import PublishedScore
from engine.imaging.metrics import Score
from engine.system.files import os_error_reason, write_atomically

# Names of the table formats, and their file extensions.
FORMATS = {"csv": ".csv", "markdown": ".md", "latex": ".tex"}
SCORING_NOTE = N_(
    "Scores are computed on the 8-bit Y channel (BT.601), or on the gray levels of a gray image. The "
    "width of the cropped border in px equals the scale factor. SSIM uses an 11 × 11 Gaussian window "
    "with σ = 1.5."
)
SOURCES_NOTE = N_(
    "Published scores are from TPAMI 2015 for bicubic and 9-5-5, from ECCV 2014 for 9-1-5, and from "
    "ECCV 2016 for FSRCNN. Scores that differ by up to 0.01 dB count as equal."
)
MEAN = "mean"  # replaces the name of the image in the rows of means


@dataclass(frozen=True)
class ScoreRow:
    """Score of a method for one image, or its mean score on a test set.

    Attributes
    ----------
    set_name, scale : test set, with its degradation such as "Set5, jpeg:75", and scale factor
    method : name of the model, or "bicubic"
    image : file name of the image, or MEAN
    score : PSNR and SSIM
    published_mean : published mean score, or None if there is none or if the row is not a mean
    is_mean : whether the row is a mean
    """

    set_name: str
    scale: int
    method: str
    image: str
    score: Score
    published_mean: PublishedScore | None = None
    is_mean: bool = False

    @property
    def difference_db(self) -> float | None:
        """Mean PSNR minus published mean PSNR in dB, or None if there is no published mean."""
        return None if self.published_mean is None else self.score.psnr_db - self.published_mean.psnr_db


@dataclass(frozen=True)
class _Column:
    """Scores of a method by file name, and their mean."""

    method: str
    images: dict[str, Score]
    mean: Score
    published_mean: PublishedScore | None


@dataclass(frozen=True)
class _Group:
    """All scores on a test set for one scale factor. The first column is bicubic, followed by the models."""

    set_name: str
    scale: int
    columns: tuple[_Column, ...]


def score_rows(evaluations: Sequence[Evaluation]) -> list[ScoreRow]:
    """Return the rows of a table of scores, grouped by test set and scale factor.

    Each group contains the rows of bicubic, then the rows of each model. The last row of each method is its mean.
    """
    rows = []
    for group in _groups(evaluations):
        for column in group.columns:
            key = group.set_name, group.scale, column.method
            rows += [ScoreRow(*key, name, score) for name, score in column.images.items()]
            rows.append(ScoreRow(*key, MEAN, column.mean, column.published_mean, is_mean=True))
    return rows


def collect_notes(evaluations: Sequence[Evaluation]) -> list[LazyMessage]:
    """Return `Evaluation.notes` of all evaluations, without duplicates."""
    return list(dict.fromkeys(note for evaluation in evaluations for note in evaluation.notes))


def method_name(evaluation: Evaluation) -> str:
    """Return the name of a model for a table, such as "SRCNN, 8 orientations" with self-ensemble."""
    return f"{evaluation.model}, 8 orientations" if evaluation.self_ensemble else evaluation.model


def resolve_format(name: str | None, path: Path | None) -> str:
    """Return the name of a table format: `name` if given, otherwise the format of the extension.

    Raises
    ------
    InvalidSetting
        The format or the file extension is not supported.
    """
    if name is None:
        suffix = path.suffix.lower() if path else ""
        name = next((known for known, extension in FORMATS.items() if extension == suffix), "")
        check(
            name != "",
            N_("The table can't be saved as {name}. Choose a name that ends with .csv, .md, or .tex."),
            name=path.name if path else "“”",
        )
    check(
        name in FORMATS,
        N_("Tables can't be saved in the format “{format}”. Choose one of these formats: {known}."),
        format=name,
        known=", ".join(FORMATS),
    )
    return name


def format_tables(evaluations: Sequence[Evaluation], name: str) -> str:
    """Return tables of the scores of all images, and of the means.

    Parameters
    ----------
    evaluations : the evaluations
    name : "csv" for a single table with one row for each score, "markdown", or "latex" for tables that use the package
        booktabs

    Raises
    ------
    InvalidSetting
        The format is not supported.
    """
    return {"csv": _csv, "markdown": _markdown, "latex": _latex}[resolve_format(name, None)](evaluations)


def write_tables(evaluations: Sequence[Evaluation], path: Path, name: str | None = None) -> Path:
    """Write tables of the scores to a file, and return the path of the file. See `format_tables`.

    Parameters
    ----------
    evaluations : the evaluations
    path : the file to write. An existing file is replaced
    name : name of the format. By default, the file extension selects the format

    Raises
    ------
    InvalidSetting, TableUnwritable
    """
    text = format_tables(evaluations, resolve_format(name, path))
    try:
        write_atomically(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise TableUnwritable(name=path.name, reason=os_error_reason(error)) from error
    return path


def _csv(evaluations: Sequence[Evaluation]) -> str:
    buffer = StringIO()
    buffer.write("\ufeff")  # for Excel to detect UTF-8
    table = csv.writer(buffer, lineterminator="\r\n")
    names = ("set", "scale", "method", "image", "psnr", "ssim", "paper_psnr", "paper_ssim", "to_paper", "paper")
    table.writerow(names)
    for line in score_rows(evaluations):
        row: list[object] = [line.set_name, line.scale, line.method, line.image]
        row += [round(line.score.psnr_db, 4), round(line.score.ssim, 6)]
        if line.published_mean is not None and line.difference_db is not None:
            published_mean = line.published_mean
            row += [published_mean.psnr_db, "" if published_mean.ssim is None else published_mean.ssim]
            row += [round(line.difference_db, 4), f"{published_mean.method}, {published_mean.source}"]
        table.writerow(row + [""] * (len(names) - len(row)))
    return buffer.getvalue()


def _markdown(evaluations: Sequence[Evaluation]) -> str:
    mean_rows = [_mean_row(line, "−") for line in score_rows(evaluations) if line.is_mean]
    mean_rows = [[_escape_markdown(cell) for cell in row] for row in mean_rows]
    parts = [_markdown_table(_MEANS, mean_rows, 3)]
    for group in _groups(evaluations):
        parts.append(f"### {_escape_markdown(group.set_name)} ×{group.scale}")
        titles, rows = _image_rows(group)
        parts.append(
            _markdown_table(
                [_escape_markdown(title) for title in titles], [[*map(_escape_markdown, row)] for row in rows], 1
            )
        )
    footnotes = [_escape_markdown(note) for note in collect_notes(evaluations)]
    return "\n\n".join([*parts, *footnotes, f"{SCORING_NOTE} {SOURCES_NOTE}"]) + "\n"


def _latex(evaluations: Sequence[Evaluation]) -> str:
    mean_rows = [_mean_row(line, "-") for line in score_rows(evaluations) if line.is_mean]
    parts = [_latex_table(_MEANS, mean_rows, 3)]
    for group in _groups(evaluations):
        titles, rows = _image_rows(group)
        parts.append(_escape_latex(f"% {group.set_name} x{group.scale}").replace(r"\%", "%", 1))
        parts.append(_latex_table(titles, rows, 1))
    footnotes = [_escape_latex(text) for text in (*collect_notes(evaluations), f"{SCORING_NOTE} {SOURCES_NOTE}")]
    return "\n".join([r"% needs \usepackage{booktabs}", *parts, "\n\n".join(footnotes)]) + "\n"


_MEANS = ("Set", "Scale", "Method", "PSNR paper", "PSNR here", "Difference", "SSIM paper", "SSIM here", "Paper")


def _mean_row(line: ScoreRow, minus: str) -> list[str]:
    """Return the table cells for a mean score and the published score.

    `minus` is the sign of negative differences.
    """
    psnr, ssim = _cells(line.score)
    published_mean, difference_db = line.published_mean, line.difference_db
    key = [line.set_name, f"×{line.scale}", line.method]
    if published_mean is None or difference_db is None:
        return [*key, "", psnr, "", "", ssim, ""]
    paper_ssim = "" if published_mean.ssim is None else f"{published_mean.ssim:.4f}"
    difference = f"{difference_db:+z.2f}".replace("+0.00", "0.00").replace("-", minus).replace("inf", "∞")
    return [
        *key,
        f"{published_mean.psnr_db:.2f}",
        psnr,
        difference,
        paper_ssim,
        ssim,
        f"{published_mean.method}, {published_mean.source}",
    ]


def _image_rows(group: _Group) -> tuple[list[str], list[list[str]]]:
    """Return the column titles, a row for each image, and a row for the mean."""
    titles = ["Image", *(f"{column.method} {unit}" for column in group.columns for unit in ("PSNR", "SSIM"))]
    rows = []
    for name in dict.fromkeys(name for column in group.columns for name in column.images):
        scores = [column.images.get(name) for column in group.columns]
        rows.append([name, *(cell for score in scores for cell in (_cells(score) if score else ("", "")))])
    rows.append([MEAN, *(cell for column in group.columns for cell in _cells(column.mean))])
    return titles, rows


def _cells(score: Score) -> tuple[str, str]:
    return (f"{score.psnr_db:.2f}" if isfinite(score.psnr_db) else "∞"), f"{score.ssim:.4f}"


def _groups(evaluations: Sequence[Evaluation]) -> list[_Group]:
    """Group evaluations by test set, degradation and scale factor, in order of appearance."""
    set_names = _disambiguate([(evaluation.set_name, evaluation.set_folder) for evaluation in evaluations])
    groups: dict[tuple[str, int], list[Evaluation]] = {}
    for set_name, evaluation in zip(set_names, evaluations, strict=True):
        degraded = f"{set_name}, {evaluation.degradation}" if evaluation.degradation else set_name
        groups.setdefault((degraded, evaluation.scale), []).append(evaluation)
    return [_Group(*key, _columns(group)) for key, group in groups.items()]


def _columns(group: Sequence[Evaluation]) -> tuple[_Column, ...]:
    """Return a column for bicubic, and one for each model.

    The column for bicubic is taken from the evaluation with the most images.
    """
    largest = max(group, key=lambda evaluation: len(evaluation.images))
    methods = _disambiguate([(method_name(evaluation), evaluation.model_path) for evaluation in group])
    bicubic = {image.name: image.bicubic for image in largest.images}
    return (
        _Column(published.BICUBIC, bicubic, largest.mean_bicubic, largest.published_bicubic),
        *(
            _Column(
                method,
                {image.name: image.model for image in evaluation.images},
                evaluation.mean_model,
                evaluation.published_model,
            )
            for evaluation, method in zip(group, methods, strict=True)
        ),
    )


def _disambiguate(names: Sequence[tuple[str, Path | None]]) -> list[str]:
    """Return names that are unique for each pair of a name and a path.

    If several paths have the same name, the name of the parent folder is put before each name. If the result is still
    not unique, the whole path is appended to the name instead.
    """
    distinct_names = set(names)

    def is_shared(name: str, label: Callable[[str, Path | None], str]) -> bool:
        return sum(label(*item) == name for item in distinct_names) > 1

    def with_parent(name: str, path: Path | None) -> str:
        return name if path is None else f"{path.parent.name}/{name}"

    def label(name: str, path: Path | None) -> str:
        if path is None or not is_shared(name, lambda other, _path: other):
            return name
        longer = with_parent(name, path)
        return f"{name} ({path})" if is_shared(longer, with_parent) else longer

    return [label(*item) for item in names]


def _markdown_table(titles: Sequence[str], rows: Sequence[Sequence[str]], text_columns: int) -> str:
    """Return a Markdown table. The first `text_columns` columns are left-aligned, the rest right-aligned."""
    line = ["---"] * text_columns + ["---:"] * (len(titles) - text_columns)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (titles, line, *rows))


def _latex_table(titles: Sequence[str], rows: Sequence[Sequence[str]], text_columns: int) -> str:
    body = [" & ".join(map(_escape_latex, cells)) + r" \\" for cells in (titles, *rows)]
    begin = r"\begin{tabular}{" + "l" * text_columns + "r" * (len(titles) - text_columns) + "}"
    return "\n".join([begin, r"\toprule", body[0], r"\midrule", *body[1:], r"\bottomrule", r"\end{tabular}", ""])


def _escape_markdown(text: str) -> str:
    """Escape a name for a Markdown table."""
    return re.sub(r"([\\|*_`<\[\]])", r"\\\1", " ".join(text.split()))


def _escape_latex(text: str) -> str:
    r"""Escape text for LaTeX, and use a minus sign for negative numbers."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    special |= {"×": r"$\times$", "∞": r"$\infty$", "σ": r"$\sigma$", "“": "``", "”": "''"}
    escaped = "".join(special.get(sign, rf"\{sign}" if sign in "&%$#_{}" else sign) for sign in text)
    return re.sub(r"^-(\d)", r"$-$\1", escaped)
