"""Tables of evaluation scores as CSV, Markdown and LaTeX."""

import csv
from dataclasses import replace
from io import StringIO
from math import inf
from pathlib import Path

import pytest

from engine.datasets.events import FileFailed
from engine.errors import ImageUnreadable, InvalidSetting, TableUnwritable
from engine.evaluation import published, tables
from engine.evaluation.events import Evaluation, ImageScored
from engine.imaging.degradation import Degradation
from engine.imaging.metrics import Score


def evaluation(set_name="Set5", scale=3, model="mine_x3", psnr_db=32.62, count=5, **more):
    """Return an evaluation whose images all have the same scores."""
    bicubic, own = Score(30.3922, 0.86821), Score(psnr_db, 0.9084)
    images = tuple(ImageScored(f"{number}_a|b.png", bicubic, own, number + 1, count) for number in range(count))
    return Evaluation(set_name, scale, model, images, bicubic, own, **({"arch": "9-1-5"} | more))


def rows(evaluations):
    """Return the rows of the CSV."""
    return list(csv.DictReader(StringIO(tables.format_tables(evaluations, "csv").removeprefix("\ufeff"))))


def mean_of(evaluations, method):
    (row,) = [row for row in rows(evaluations) if (row["method"], row["image"]) == (method, "mean")]
    return row


def test_csv_has_row_per_score_and_published_mean():
    table_rows = rows([evaluation()])
    assert [row["method"] for row in table_rows] == ["bicubic"] * 6 + ["mine_x3"] * 6
    assert (table_rows[0]["image"], table_rows[0]["psnr"], table_rows[0]["ssim"]) == (
        "0_a|b.png",
        "30.3922",
        "0.86821",
    )
    bicubic, mine = mean_of([evaluation()], "bicubic"), mean_of([evaluation()], "mine_x3")
    assert (bicubic["paper_psnr"], bicubic["paper_ssim"], bicubic["to_paper"]) == ("30.39", "0.8682", "0.0022")
    assert bicubic["paper"] == "bicubic, TPAMI 2015"
    assert (mine["paper_psnr"], mine["paper_ssim"], mine["to_paper"]) == ("32.39", "", "0.23")
    assert mine["paper"] == "9-1-5(91 images), ECCV 2014"


def test_models_share_bicubic_rows():
    table_rows = rows([evaluation(), evaluation(model="other", arch="9-5-5")])
    assert [row["method"] for row in table_rows] == ["bicubic"] * 6 + ["mine_x3"] * 6 + ["other"] * 6
    assert table_rows[-1]["paper"] == "9-5-5(ImageNet), TPAMI 2015"


@pytest.mark.parametrize(
    ("more", "printed"),
    [
        ({"arch": "9-5-5"}, 32.75),
        ({"arch": "3-1-3"}, 32.39),  # not in the papers
        ({"arch": "fsrcnn-56-12-4", "scale": 2}, 36.94),
        ({"arch": "fsrcnn-56-12-4"}, 33.06),
        ({"arch": "fsrcnn-56-12-4", "scale": 4}, 30.55),
        ({"arch": "fsrcnn-56-12-4", "scale": 8}, None),
        ({"arch": "fsrcnn-56-12-4", "count": 4}, None),
        ({"arch": "fsrcnn-56-12-4", "set_name": "Set14", "count": 14}, 29.00),  # of 9-1-5
        ({"arch": "fsrcnn-32-5-1"}, 32.39),  # smaller than the published one
        ({"arch": "compact-24-7-y"}, 32.39),
        ({"official_network": "9-1-5(ImageNet)"}, 32.52),
        ({"official_network": "9-3-5(ImageNet)"}, None),
        ({"set_name": "holiday"}, None),
        ({"count": 4}, None),
        ({"failed": (FileFailed(None, ImageUnreadable()),)}, None),
        ({"scale": 4}, 30.09),
    ],
)
def test_published_score_depends_on_model_set_and_scale(more, printed):
    evaluations = evaluation(**more).published_model
    assert (evaluations.psnr_db if evaluations else None) == printed


def test_fsrcnn_is_compared_with_its_paper():
    """Dong, Loy, Tang 2016: 33.06 dB on Set5 for x3, trained on T91 alone."""
    fsrcnn = mean_of([evaluation(model="fsrcnn-x3", arch="fsrcnn-56-12-4", psnr_db=33.1)], "fsrcnn-x3")
    assert (fsrcnn["paper_psnr"], fsrcnn["paper_ssim"], fsrcnn["to_paper"]) == ("33.06", "", "0.04")
    assert fsrcnn["paper"] == "FSRCNN(91 images), ECCV 2016"


def test_fsrcnn_is_not_an_official_model():
    assert published.FSRCNN not in published.OFFICIAL_NETWORKS


def test_measured_official_scores_match_published_scores():
    networks = {"9-1-5": published.OFFICIAL_NETWORKS[0], "9-5-5": published.OFFICIAL_NETWORKS[3]}
    assert len(published.OFFICIAL_WEIGHTS_SCORES) == 12
    for (set_name, arch, scale), (psnr_db, ssim) in published.OFFICIAL_WEIGHTS_SCORES.items():
        printed = published.published_score(set_name, networks[arch], scale)
        assert abs(round(psnr_db - printed.psnr_db, 2)) <= published.TOLERANCE_DB
        assert printed.ssim is None or ssim == pytest.approx(printed.ssim, abs=1e-4)


def test_markdown_has_means_and_images_and_escapes_names():
    text = tables.format_tables([evaluation(psnr_db=32.1), evaluation("my_set", self_ensemble=True)], "markdown")
    lines = text.splitlines()
    expected = "| Set5 | ×3 | mine\\_x3 | 32.39 | 32.10 | −0.29 |  | 0.9084 | 9-1-5(91 images), ECCV 2014 |"
    assert expected in lines
    assert "| my\\_set | ×3 | mine\\_x3, 8 orientations |  | 32.62 |  |  | 0.9084 |  |" in lines
    assert "### Set5 ×3" in lines
    assert "| 0\\_a\\|b.png | 30.39 | 0.8682 | 32.10 | 0.9084 |" in lines
    assert "| mean | 30.39 | 0.8682 | 32.10 | 0.9084 |" in lines
    assert "BT.601" in lines[-1]


def test_latex_escapes_names_and_keeps_sign():
    text = tables.format_tables(
        [evaluation("50 % & more"), evaluation(psnr_db=inf), evaluation(psnr_db=32.0)], "latex"
    )
    assert r"50 \% \& more & $\times$3 & bicubic" in text
    assert r"& 32.39 & 32.00 & $-$0.39 &" in text
    assert r"$\infty$" in text
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 3
    body = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert len(body) >= 3
    assert all("_" not in line.replace(r"\_", "") for line in body)


def test_equal_names_are_disambiguated():
    places = [Path("/a/photos"), Path("/b/photos"), Path("/c/b/photos")]
    evaluations = [
        evaluation("photos", psnr_db=30.0 + number, set_folder=place) for number, place in enumerate(places[:2])
    ]
    table_rows = {
        (row["set"], row["psnr"]) for row in rows(evaluations) if row["method"] == "mine_x3" and row["image"] == "mean"
    }
    assert table_rows == {("a/photos", "30.0"), ("b/photos", "31.0")}
    evaluations.append(evaluation("photos", psnr_db=32.0, set_folder=places[2]))
    assert {row["set"] for row in rows(evaluations)} == {"a/photos", f"photos ({places[1]})", f"photos ({places[2]})"}
    files = [Path("/one/mine_x3.safetensors"), Path("/two/mine_x3.safetensors")]
    text = tables.format_tables(
        [evaluation(psnr_db=31.0 + number, model_path=file) for number, file in enumerate(files)], "markdown"
    )
    assert "| Image | bicubic PSNR | bicubic SSIM | one/mine\\_x3 PSNR | one/mine\\_x3 SSIM | two/mine" in text
    assert "| 0\\_a\\|b.png | 30.39 | 0.8682 | 31.00 | 0.9084 | 32.00 | 0.9084 |" in text


def test_network_has_same_name_at_all_scales():
    evaluations = [evaluation(scale=scale, model_path=Path(f"/x{scale}/mine_x3.mat")) for scale in (2, 3)]
    assert {row["method"] for row in rows(evaluations)} == {"bicubic", "mine_x3"}


def test_names_mean_and_bicubic_do_not_merge_rows():
    image = ImageScored("mean", Score(20.0, 0.5), Score(25.0, 0.6), 1, 1)
    evaluations = Evaluation("odd", 3, "bicubic", (image,), Score(30.0, 0.8), Score(35.0, 0.9))
    assert [row["psnr"] for row in rows([evaluations])] == ["20.0", "30.0", "25.0", "35.0"]
    text = tables.format_tables([evaluations], "markdown").splitlines()
    assert [line for line in text if line.startswith("| mean")] == [
        "| mean | 20.00 | 0.5000 | 25.00 | 0.6000 |",
        "| mean | 30.00 | 0.8000 | 35.00 | 0.9000 |",
    ]
    assert sum(line.startswith("| odd") for line in text) == 2


@pytest.mark.parametrize("name", ["means.csv", "means.md", "means.tex"])
def test_format_follows_file_extension(tmp_path, name):
    path = tables.write_tables([evaluation()], tmp_path / name)
    expected = tables.format_tables([evaluation()], tables.resolve_format(None, path))
    assert path.read_bytes() == expected.encode()


def test_unwritable_table_raises(tmp_path, plain_sentence):
    with pytest.raises(InvalidSetting) as refused:
        tables.write_tables([evaluation()], tmp_path / "table.xyz")
    plain_sentence(refused.value, ".xyz")
    with pytest.raises(InvalidSetting):
        tables.format_tables([evaluation()], "html")
    with pytest.raises(TableUnwritable) as refused:
        tables.write_tables([evaluation()], tmp_path / "no" / "table.csv")
    plain_sentence(refused.value, "table.csv")


def evaluation_with_flat_image(**more):
    """Return an evaluation whose last image has an infinite bicubic PSNR, and model PSNR if requested."""
    changed_evaluation = evaluation(set_name="photos", **more)
    *others, last = changed_evaluation.images
    flat = replace(last, name="flat_1.png", bicubic=Score(inf, 1.0))
    return replace(changed_evaluation, images=(*others, flat), mean_bicubic=Score(inf, 0.9))


def test_notes_name_images_with_infinite_psnr():
    both = [evaluation_with_flat_image(), evaluation_with_flat_image(model="other", psnr_db=inf)]
    names = "0_a|b.png, 1_a|b.png, 2_a|b.png, 3_a|b.png, flat_1.png"
    assert tables.collect_notes(both) == [
        "photos, scale factor 3: bicubic reproduces flat_1.png exactly. The mean PSNR is therefore infinite.",
        f"photos, scale factor 3: other reproduces {names} exactly. The mean PSNR is therefore infinite.",
    ]
    assert tables.collect_notes([evaluation()]) == []
    assert both[0].infinite_psnr_images == {"bicubic": ("flat_1.png",), "model": ()}


def test_note_lists_limited_number_of_names():
    many = evaluation(psnr_db=inf, count=200)
    assert tables.collect_notes([many])[0].count("_a|b.png") == 20
    assert len(many.infinite_psnr_images["model"]) == 200


def test_infinite_psnr_is_written_in_all_formats():
    table_rows = [evaluation_with_flat_image(psnr_db=inf)]
    markdown, latex = (tables.format_tables(table_rows, name) for name in ("markdown", "latex"))
    assert "flat\\_1.png exactly" in markdown
    assert r"flat\_1.png exactly" in latex
    assert "nan" not in markdown + latex
    assert {row["psnr"] for row in rows(table_rows)} == {"30.3922", "inf"}


def test_difference_of_infinite_mean_is_infinite():
    changed_evaluation = replace(evaluation(), mean_model=Score(inf, 1.0))
    assert "| ∞ | +∞ |" in tables.format_tables([changed_evaluation], "markdown")


def test_degraded_sets_are_not_merged_with_clean_ones():
    degraded = evaluation(psnr_db=29, degradation=Degradation.parse("jpeg:75"))
    names = [row.set_name for row in tables.score_rows([evaluation(), degraded]) if row.is_mean]
    assert names == ["Set5", "Set5", "Set5, jpeg:75", "Set5, jpeg:75"]
    assert "### Set5, jpeg:75 ×3" in tables.format_tables([evaluation(), degraded], "markdown")
