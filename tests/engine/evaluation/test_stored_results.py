"""Results of evaluations that are kept between sessions."""

import json
from dataclasses import replace
from math import inf

import pytest

from engine.datasets.events import FileFailed
from engine.errors import ImageUnreadable
from engine.evaluation import stored_results
from engine.evaluation.events import Evaluation, ImageScored
from engine.evaluation.stored_results import StoredResult
from engine.imaging.degradation import Degradation
from engine.imaging.metrics import Score


@pytest.fixture
def result(tmp_path):
    """Return a result for two files that look like images, one of which has an infinite PSNR."""
    folder, model = tmp_path / "holiday", tmp_path / "mine.safetensors"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        (folder / name).write_bytes(b"image")
    model.write_bytes(b"model")
    scores = Score(30.25, 0.9), Score(inf, 1.0)
    images = tuple(ImageScored(name, *scores, number, 2) for number, name in enumerate(("a.png", "b.png"), 1))
    more = {"self_ensemble": True, "degradation": Degradation.parse("noise:5,jpeg:50")}
    evaluation = Evaluation(
        "holiday", 3, "mine", images, *scores, arch="9-1-5", set_folder=folder, model_path=model, **more
    )
    return StoredResult(folder, model, stored_results.file_state(folder, model), evaluation)


def test_results_are_kept(result, tmp_path):
    stored_results.save(tmp_path / "state" / "results.json", [result])
    assert stored_results.load(tmp_path / "state" / "results.json") == [result]


@pytest.mark.parametrize("name", ["holiday/a.png", "holiday/c.png", "mine.safetensors"])
def test_result_of_changed_files_is_dropped(result, tmp_path, name):
    stored_results.save(tmp_path / "results.json", [result])
    (tmp_path / name).write_bytes(b"other content")
    assert stored_results.load(tmp_path / "results.json") == []


@pytest.mark.parametrize("name", ["holiday/a.png", "mine.safetensors"])
def test_result_of_missing_files_is_dropped(result, tmp_path, name):
    stored_results.save(tmp_path / "results.json", [result])
    (tmp_path / name).unlink()
    assert stored_results.load(tmp_path / "results.json") == []
    assert stored_results.file_state(tmp_path / "none", result.model) == ""


def test_incomplete_result_is_not_kept(result, tmp_path):
    failed = FileFailed(tmp_path / "c.png", ImageUnreadable(name="c.png", reason="It is damaged."))
    incomplete = replace(result, evaluation=replace(result.evaluation, failed=(failed,)))
    stored_results.save(tmp_path / "results.json", [incomplete, replace(result, state="")])
    assert stored_results.load(tmp_path / "results.json") == []


@pytest.mark.parametrize("content", ["", "[]", '{"version": 1}', '{"version": 1, "results": [{}]}'])
def test_damaged_file_is_ignored(tmp_path, content):
    (tmp_path / "results.json").write_text(content)
    assert stored_results.load(tmp_path / "results.json") == []


def test_file_of_another_version_is_ignored(result, tmp_path):
    path = tmp_path / "results.json"
    stored_results.save(path, [result])
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 0}))
    assert stored_results.load(path) == []


def test_file_that_cannot_be_written_is_ignored(result, tmp_path):
    stored_results.save(tmp_path / "mine.safetensors" / "results.json", [result])
