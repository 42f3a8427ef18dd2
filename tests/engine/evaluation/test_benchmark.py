"""Several evaluations in one job, and identification of official weights."""

import pytest

from engine.evaluation import benchmark
from engine.evaluation import job as evaluate
from engine.evaluation.events import EvaluationDone, EvaluationFailed, EvaluationStarted
from engine.evaluation.request import EvaluateRequest
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.models import official
from engine.models.catalog import Model
from engine.models.library import import_model
from engine.models.weights import resolve
from engine.system import paths

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def folder(texture, tmp_path):
    path = tmp_path / "set"
    path.mkdir()
    for number in range(2):
        image_files.write(Image(texture(36, 40, 3, number)), path / f"{number}.png")
    return path


def test_evaluations_are_independent_and_failures_do_not_stop_others(folder, tmp_path, tiny_model, drive):
    requests = [
        EvaluateRequest(folder, tiny_model(scale=2), "cpu"),
        EvaluateRequest(tmp_path / "nowhere", tiny_model(scale=2), "cpu"),
        EvaluateRequest(folder, tiny_model(scale=3), "cpu", self_ensemble=True),
    ]
    events, path = drive(benchmark.run(requests))
    alone = [drive(evaluate.run(requests[index]))[1] for index in (0, 2)]
    assert list(path) == alone
    assert [event.index for event in events if isinstance(event, EvaluationStarted)] == [0, 1, 2]
    assert [event.evaluation for event in events if isinstance(event, EvaluationDone)] == alone
    (failed,) = [event for event in events if isinstance(event, EvaluationFailed)]
    assert (failed.index, "nowhere" in str(failed.error)) == (1, True)
    assert [one.self_ensemble for one in path] == [False, True]
    assert path[0].arch == tiny_model(scale=2).info.label


def test_closing_stops_current_evaluation(folder, tiny_model):
    job = benchmark.run([EvaluateRequest(folder, tiny_model(scale=2), "cpu")])
    next(job)
    next(job)
    job.close()
    assert list(job) == []


def test_official_weights_are_identified_by_content(reference_folder, monkeypatch, tmp_path, tiny_model):
    network = "9-1-5(91 images)"
    path = reference_folder / "official_weights" / network / "x3.mat"
    assert official.identify_network(resolve(str(path), 3)) == network
    assert official.identify_network(import_model(path)) == network, "an import remembers where it is from"
    assert official.identify_network(tiny_model()) == ""
    monkeypatch.setattr(paths, "data_folder", lambda: reference_folder)
    model = official.find(network, 3)
    assert isinstance(model, Model)
    assert (model.path, model.info) == (path, resolve(str(path), 3).info)
    monkeypatch.setattr(paths, "data_folder", lambda: tmp_path)
    assert official.find(network, 3) is None


def test_published_scales_are_those_of_the_papers():
    assert official.published_scales() == {
        "9-1-5(91 images)": (2, 3, 4),
        "9-1-5(ImageNet)": (3,),
        "9-3-5(ImageNet)": (3,),
        "9-5-5(ImageNet)": (2, 3, 4),
    }
