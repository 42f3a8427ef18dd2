"""The command line in scripts: stdout, stderr and exit status."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.models import catalog

ROOT = Path(__file__).parents[3]


def run_in_subprocess(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `python -m engine` with arguments."""
    command = [sys.executable, "-m", "engine", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def parsed(ran: tuple[int, str, str]) -> tuple[Any, str]:
    """Return the JSON output and the stderr of a successful command."""
    status, out, err = ran
    assert status == 0, err
    return json.loads(out), err


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Create a folder of two small images with details."""
    path = tmp_path_factory.mktemp("bilder ü 图")
    rows, columns = np.mgrid[:66, :93]
    for index, period in enumerate((3.0, 7.0)):
        waves = 127 + 90 * np.sin(rows / period) * np.cos(columns / 5.0)
        pixels = np.repeat(waves[:, :, None], 3, axis=2).astype(np.uint8)
        image_files.write(Image(pixels), path / f"{index} #%.png")
    return path


def test_upscale_prints_size_and_scale_as_json(folder, tmp_path):
    output = tmp_path / "out – 1.png"
    ran = run_in_subprocess("upscale", folder / "0 #%.png", "-o", output, "--scale", 3, "--json")
    assert ran.returncode == 0, ran.stderr
    document = json.loads(ran.stdout)
    assert (document["width"], document["height"], document["scale"]) == (279, 198, 3)
    assert document["scores"] == {}
    assert image_files.read(output).pixels.shape == (198, 279, 3)


def test_gray_scores_are_labeled(srcnn, folder, tmp_path):
    source = tmp_path / "gray.png"
    image_files.write(Image(image_files.read(folder / "0 #%.png").pixels[:, :, :1]), source)
    document, _ = parsed(srcnn("upscale", source, "--simulate", "--json"))
    table, _ = parsed(srcnn("evaluate", tmp_path, "--scale", 3, "--json"))
    assert document["scores"] == {name: table["images"][0][name] for name in ("bicubic", "model")}
    assert document["scored_on"] == "gray"
    _, out, _ = srcnn("upscale", source, "--simulate")
    assert "8-bit gray levels, cropped border of 3 px." in out
    _, out, _ = srcnn("upscale", folder / "0 #%.png", "--simulate")
    assert "8-bit Y channel (BT.601), cropped border of 3 px." in out


def test_simulate_scores_equal_evaluation(srcnn, folder, tmp_path):
    comparison = tmp_path / "both.png"
    document, _ = parsed(srcnn("upscale", folder / "0 #%.png", "--simulate", "--comparison", comparison, "--json"))
    table, _ = parsed(srcnn("evaluate", folder, "--scale", 3, "--json"))
    assert table["set"] == folder.name
    assert [image["name"] for image in table["images"]] == ["0 #%.png", "1 #%.png"]
    assert document["scores"] == {key: table["images"][0][key] for key in ("bicubic", "model")}
    for method in ("bicubic", "model"):
        mean = sum(image[method]["psnr"] for image in table["images"]) / 2
        assert table["mean"][method]["psnr"] == pytest.approx(mean, abs=1e-3)
    assert image_files.read(comparison).width > 2 * 93


def test_self_ensemble_scores_equal_evaluation(srcnn, folder):
    one, _ = parsed(srcnn("upscale", folder / "0 #%.png", "--simulate", "--self-ensemble", "--json"))
    whole, _ = parsed(srcnn("evaluate", folder, "--scale", 3, "--self-ensemble", "--json"))
    usual, _ = parsed(srcnn("evaluate", folder, "--scale", 3, "--json"))
    first, plain = whole["images"][0], usual["images"][0]
    assert one["scores"]["model"] == first["model"] != plain["model"]
    assert first["bicubic"] == plain["bicubic"]


def test_a_model_is_selected_by_name_architecture_or_path(srcnn, folder):
    model = catalog.default_model(3)
    for name in (model.name, model.info.label, model.path):
        document, _ = parsed(srcnn("evaluate", folder, "--scale", 3, "--model", name, "--json"))
        assert document["model"] == model.name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("upscale", "missing.png", "-o", "{out}.png"), "missing.png"),
        (("upscale", "{in}", "-o", "{out}.xyz"), ".xyz"),
        (("upscale", "{in}", "-o", "{out}/no/such.png"), "such.png"),
        (("upscale", "{in}", "-o", "{out}.png", "--model", "nonsense"), "nonsense"),
        (("upscale", "{in}", "-o", "{out}.png", "--scale", "17"), "16"),
        (("upscale", "{in}", "-o", "{out}.png", "--device", "abacus"), "abacus"),
        (("upscale", "{in}", "-o", "{out}.png", "--tile", "0"), "tile"),
        (("evaluate", "{out}"), "folder"),
        (("train", "{out}", "--output", "{out}.safetensors", "--steps", "1"), "folder"),
        (("train", "{in}/..", "--output", "{out}.png", "--steps", "1"), ".safetensors"),
        (("train", "{in}/..", "--output", "{out}.safetensors", "--minutes", "-1"), "minutes"),
        (("train", "{in}/..", "--output", "{out}.safetensors", "--arch", "9-2-5"), "9-2-5"),
    ],
)
def test_error_is_one_line_and_leaves_no_file(srcnn, folder, tmp_path, arguments, message):
    places = {"{in}": str(folder / "0 #%.png"), "{out}": str(tmp_path / "out")}
    filled = []
    for argument in arguments:
        for place, path in places.items():
            argument = argument.replace(place, path)
        filled.append(argument)
    status, out, err = srcnn(*filled, "--json")
    assert (status, json.loads(out)["error"]) == (1, err.strip())
    assert message in err
    assert len(err.strip().splitlines()) == 1, err
    assert err.strip().endswith(".")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ("data", "fetch", "nonsense"),
        ("data", "export", "missing", "-o", "{out}.h5"),
        ("train", "{in}", "-o", "{out}.safetensors", "--resume"),
        ("batch", "{in}/missing", "{out}"),
        ("models", "export", "nonsense", "{out}.onnx"),
        ("models", "rename", "nonsense", "other"),
        ("models", "delete", "nonsense", "--yes"),
        ("upscale", "missing.png", "-o", "{out}.png"),
        ("evaluate", "set5", "--model", "nonsense"),
        ("evaluate", "{in}", "--scale", "many"),
        ("upscale", "{in}", "--nonsense"),
        ("train", "{in}", "-o", "{out}.safetensors", "--resume", "--overwrite"),
    ],
)
def test_each_command_reports_its_failure_as_json(srcnn, folder, tmp_path, arguments):
    filled = [argument.format(**{"in": folder, "out": tmp_path / "out"}) for argument in arguments]
    status, out, err = srcnn(*filled, "--json")
    assert status in (1, 2), err
    (line,) = out.splitlines()
    assert set(json.loads(line)) == {"error"}


def test_evaluations_that_all_fail_are_json(srcnn, tmp_path):
    (tmp_path / "empty").mkdir()
    status, out, err = srcnn("evaluate", tmp_path / "empty", tmp_path / "missing", "--json")
    assert status == 1
    assert [result["set"] for result in json.loads(out)] == ["empty", "missing"]
    assert all(result["error"] in err for result in json.loads(out))


def test_error_is_one_line_in_subprocess(tmp_path):
    ran = run_in_subprocess("models", "import", tmp_path / "missing.pth", "--json")
    assert (ran.returncode, json.loads(ran.stdout)) == (1, {"error": ran.stderr.strip()})
    assert (
        ran.stderr.strip() == "missing.pth can't be used as a model. The file or folder doesn't exist. Check the path."
    )


def test_input_is_never_overwritten(srcnn, folder, tmp_path):
    source = tmp_path / "only.png"
    source.write_bytes((folder / "0 #%.png").read_bytes())
    link = tmp_path / "link.png"
    link.symlink_to(source)
    for target in (source, link):
        before = source.read_bytes()
        assert srcnn("upscale", source, "-o", target)[0] != 0
        assert source.read_bytes() == before


def test_trained_model_can_be_used(srcnn, folder, tmp_path):
    model = tmp_path / "mine.safetensors"
    arguments = ("--arch", "9-1-5", "--scale", 3, "--steps", 12, "--validation", 1, "--output", model)
    document, _ = parsed(srcnn("train", folder, *arguments, "--json"))
    assert document["steps"] == 12
    assert document["sha256"] == catalog.read_model(model).sha256
    used, _ = parsed(srcnn("evaluate", folder, "--model", model, "--update-card", "--json"))
    card = catalog.read_model(model).record
    assert card["figures"][folder.name]["psnr"] == pytest.approx(used["mean"]["model"]["psnr"])


def test_exported_patch_file_can_be_used_for_training(srcnn, folder, tmp_path):
    file = tmp_path / "train.h5"
    document, _ = parsed(srcnn("data", "export", folder, "--output", file, "--arch", "9-5-5", "--json"))
    assert document == {"output": str(file), "patches": 2 * 3 * 5, "label": 17}
    arguments = ("--arch", "9-5-5", "--epochs", 2, "--batch-size", 8, "--output", tmp_path / "own.safetensors")
    trained, stderr = parsed(srcnn("train", file, *arguments, "--json"))
    assert "Training patches: 29. Validation patches: 1." in stderr
    assert trained["steps"] == 2 * (29 // 8)
    status, _, stderr = srcnn("train", file, "--scale", 2, "--steps", 1, "--output", tmp_path / "x.safetensors")
    assert status == 1
    assert stderr.strip() == (
        "train.h5 can't be used for training. The patches are for a scale factor of 3. "
        "Choose this scale factor or export the file again."
    )


def test_starter_set_trains_without_network(srcnn, one_thread, tmp_path, monkeypatch):
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # no server listens on this port
    output = tmp_path / "own.safetensors"
    options = ("--arch", "9-1-5", "--steps", 20, "--validation", 1, "--output", output)
    trained, _ = parsed(srcnn("train", "starter", *options, "--json"))
    assert trained["steps"] == 20
    assert trained["held_out_psnr"] > trained["held_out_bicubic_psnr"] - 1


def test_unreadable_image_is_reported_with_status(srcnn, folder, tmp_path):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "bad.png").write_text("no image")
    status, out, err = srcnn("evaluate", tmp_path, "--json")
    assert status == 1
    assert "bad.png" in err
    assert len(json.loads(out)["images"]) == 2


def test_models_lists_name_architecture_scale_path_and_checksum(srcnn):
    listed, _ = parsed(srcnn("models", "--json"))
    assert {"name", "arch", "scale", "path", "sha256"} <= set(listed[0])
    assert any(model["arch"] == "9-1-5" and model["scale"] == 3 for model in listed)
    assert all(Path(model["path"]).is_absolute() for model in listed)


def test_a_model_is_imported_renamed_exported_and_deleted(srcnn, tmp_path):
    given, written = tmp_path / "given_x3.pth", tmp_path / "x3.mat"
    assert srcnn("models", "export", "srcnn-9-1-5-x3", given)[0] == 0
    brought, _ = parsed(srcnn("models", "import", given, "--json"))
    assert (brought["name"], brought["arch"], brought["scale"]) == ("given_x3", "9-1-5", 3)
    assert srcnn("models", "rename", "given_x3", "mine")[0] == 0
    assert "mine" in [model["name"] for model in parsed(srcnn("models", "--json"))[0]]
    exported, _ = parsed(srcnn("models", "export", "mine", written, "--json"))
    assert (exported["path"], written.is_file()) == (str(written), True)
    assert srcnn("models", "delete", "mine", "--yes")[0] == 0
    assert "mine" not in [model["name"] for model in parsed(srcnn("models", "--json"))[0]]
    status, _, stderr = srcnn("models", "delete", "srcnn-9-1-5-x3", "--yes")
    assert (status, stderr.count("\n")) == (1, 1)


def test_catalogue_toml_is_up_to_date(srcnn):
    stored = (ROOT / "weights" / "catalogue.toml").read_text(encoding="utf-8")
    assert stored == srcnn("catalogue")[1], "run `make catalogue`"
    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    measured = (ROOT / "benchmarks" / "photos.md").read_text(encoding="utf-8")
    assert page == srcnn("catalogue", "--markdown")[1] + "\n" + measured, "run `make catalogue`"
    for name, entry in tomllib.loads(stored).items():
        assert catalog.find(name).sha256 == entry["sha256"]


def test_upscale_reports_metadata_that_is_not_kept(srcnn, tmp_path):
    source = tmp_path / "a.png"
    image_files.write(Image(np.full((20, 30, 3), 90, np.uint8), text=(("parameters", "steps: 20"),)), source)
    said = "This text metadata isn't kept: parameters."
    document, errors = parsed(srcnn("upscale", source, "-o", tmp_path / "a.gif", "--scale", "2", "--json"))
    assert document["warnings"] == [said]
    assert said in errors
    document, errors = parsed(srcnn("upscale", source, "-o", tmp_path / "a.jpg", "--scale", "2", "--json"))
    assert (document["warnings"], errors) == ([], "")


def test_error_for_unsupported_format_suggests_valid_options(srcnn, tmp_path, texture):
    source, alpha = tmp_path / "a.png", np.zeros((20, 30), np.uint8)
    image_files.write(Image(texture(20, 30, 3), alpha), source)
    status, _, errors = srcnn("upscale", source, "-o", tmp_path / "b.jpg", "--scale", 2)
    assert status == 1
    assert " ".join(errors.split()).endswith("Use --background white, or -o FILE.png.")
    for arguments in (("-o", tmp_path / "b.jpg", "--background", "white"), ("-o", tmp_path / "b.png")):
        assert srcnn("upscale", source, *arguments, "--scale", 2)[0] == 0
