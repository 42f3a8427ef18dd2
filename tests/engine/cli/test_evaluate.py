"""`srcnn evaluate` with several test sets and models gives the same scores in every format."""

import csv
import json
import shutil
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.models.catalog import read_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Create two small images."""
    path = tmp_path_factory.mktemp("a set")
    rows, columns = np.mgrid[:36, :42]
    for index in range(2):
        waves = 127 + 90 * np.sin(rows / (3.0 + index)) * np.cos(columns / 5.0)
        image_files.write(Image(waves[:, :, None].astype(np.uint8)), path / f"{index}.png")
    return path


def test_several_scales_give_the_same_scores_in_json_and_csv(srcnn, folder, tmp_path):
    output = tmp_path / "table.csv"
    arguments = ("evaluate", folder, "--scale", 2, "--scale", 3, "--model", "9-1-5", "--json", "--output", output)
    status, out, err = srcnn(*arguments)
    assert status == 0, err
    documents = json.loads(out)
    assert [(document["scale"], document["model"]) for document in documents] == [
        (2, "srcnn-9-1-5-x2"),
        (3, "srcnn-9-1-5-x3"),
    ]
    table = list(csv.DictReader(StringIO(output.read_text(encoding="utf-8-sig"))))
    for document in documents:
        of_scale = [row for row in table if row["scale"] == str(document["scale"])]
        for method, key in (("bicubic", "bicubic"), (document["model"], "model")):
            psnr_by_image = {row["image"]: float(row["psnr"]) for row in of_scale if row["method"] == method}
            assert psnr_by_image == {
                image["name"]: image[key]["psnr"] for image in [*document["images"], _mean(document)]
            }


def _mean(document):
    return {"name": "mean"} | document["mean"]


def test_table_without_output_file_is_printed(srcnn, folder):
    status, out, err = srcnn("evaluate", folder, "--format", "markdown")
    assert status == 0, err
    assert out.startswith("| Set | Scale | Method |")
    assert "| mean |" in out


def test_failed_evaluation_is_reported(srcnn, folder, tmp_path):
    status, out, err = srcnn("evaluate", folder, tmp_path / "nowhere", "--json")
    assert status == 1
    document, failed = json.loads(out)
    assert (document["set"], failed["set"], failed["scale"], failed["model"]) == (
        folder.name,
        "nowhere",
        3,
        document["model"],
    )
    assert failed["error"] == err.strip()
    assert "nowhere" in err
    assert len(err.strip().splitlines()) == 1


def test_update_card_stores_the_scores_of_each_model(srcnn, folder, tiny_model, tmp_path):
    files = []
    for seed in (1, 2):  # two models of one name and scale
        (tmp_path / str(seed)).mkdir()
        files.append(Path(shutil.copy(tiny_model(seed=seed).path, tmp_path / str(seed) / "own.safetensors")))
    status, out, err = srcnn("evaluate", folder, "--model", files[0], "--model", files[1], "--update-card", "--json")
    assert status == 0, err
    measured = [round(document["mean"]["model"]["psnr"], 4) for document in json.loads(out)]
    assert measured[0] != measured[1]
    assert [read_model(file).record["figures"][folder.name]["psnr"] for file in files] == measured


def test_unknown_table_format_is_an_error(srcnn, folder, tmp_path):
    status, out, err = srcnn("evaluate", folder, "--output", tmp_path / "table.pdf")
    assert (status, out) == (1, "")
    assert ".csv, .md, or .tex" in err
    assert not list(tmp_path.iterdir())


@pytest.fixture
def folder_with_flat_image(folder, tmp_path):
    """Create two small images, and one that bicubic reproduces exactly."""
    path = tmp_path / "a set"
    shutil.copytree(folder, path)
    image_files.write(Image(np.full((36, 42, 1), 77, np.uint8)), path / "flat.png")
    return path


NOTE = "a set, scale factor 3: bicubic reproduces flat.png exactly. The mean PSNR is therefore infinite."


def test_flat_image_is_noted(srcnn, folder_with_flat_image):
    status, out, err = srcnn("evaluate", folder_with_flat_image)
    assert status == 0, err
    assert NOTE in out
    assert "nan" not in out
    _, out, err = srcnn("evaluate", folder_with_flat_image, "--format", "csv")
    assert NOTE in err
    assert "inf" in out


def test_infinite_psnr_is_a_string_in_json(srcnn, folder_with_flat_image):
    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    status, out, err = srcnn("evaluate", folder_with_flat_image, "--json")
    assert status == 0, err
    document = json.loads(out, parse_constant=refuse)
    assert document["mean"]["bicubic"]["psnr"] == "inf"
    assert document["images"][2]["bicubic"]["psnr"] == "inf"
    assert isinstance(document["images"][0]["bicubic"]["psnr"], float)
    assert NOTE in document["notes"]


def test_infinite_psnr_is_stored_in_card(srcnn, folder_with_flat_image, tiny_model, tmp_path):
    file = shutil.copy(tiny_model(seed=5).path, tmp_path / "own.safetensors")
    status, _out, err = srcnn("evaluate", folder_with_flat_image, "--model", file, "--update-card", "--json")
    assert status == 0, err
    assert read_model(Path(file)).record["figures"]["a set"]["bicubic_psnr"] == "inf"


def test_published_scores_are_in_table_and_json(srcnn, tmp_path):
    """Five images named as Set5 count as the whole set.

    Scores: Dong et al. 2015, table 3, and 2014, table 1.
    """
    rows, columns = np.mgrid[:36, :42]
    for index in range(5):
        waves = 127 + 90 * np.sin(rows / (3.0 + index)) * np.cos(columns / 5.0)
        (tmp_path / "Set5").mkdir(exist_ok=True)
        image_files.write(Image(waves[:, :, None].astype(np.uint8)), tmp_path / "Set5" / f"{index}.png")
    arguments = ("evaluate", tmp_path / "Set5", "--model", "9-1-5", "--scale", 3)
    status, out, err = srcnn(*arguments)
    assert status == 0, err
    (row,) = [line for line in out.splitlines() if "Published " in line]
    assert [cell.strip() for cell in row.strip("│ ").split("│")][:4] == ["Published", "30.39", "0.8682", "32.39"]
    assert "Published: bicubic, TPAMI 2015; 9-1-5(91 images), ECCV 2014." in " ".join(out.split())
    document = json.loads(srcnn(*arguments, "--json")[1])
    assert document["published"]["model"]["psnr"] == 32.39
    assert document["published"]["bicubic"] == {
        "psnr": 30.39,
        "ssim": 0.8682,
        "method": "bicubic",
        "source": "TPAMI 2015",
    }


def test_error_for_unavailable_scale_lists_scales_of_official_model(srcnn, folder):
    status, out, err = srcnn("evaluate", folder, "--model", "9-1-5(ImageNet)", "--scale", 2)
    assert (status, out) == (1, "")
    assert err.strip() == (
        "There is no 9-1-5(ImageNet) model for a scale factor of 2. Choose one of these scale factors: 3."
    )


def test_error_for_missing_official_weights_names_the_download_command(srcnn, folder, monkeypatch, tmp_path):
    monkeypatch.setattr("engine.system.paths.data_folder", lambda: tmp_path)
    status, out, err = srcnn("evaluate", folder, "--model", "9-1-5(ImageNet)")
    assert (status, out) == (1, "")
    assert "run: srcnn data fetch official-weights" in err
