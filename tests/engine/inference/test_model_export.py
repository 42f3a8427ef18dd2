"""Export of models for ncnn, which are run before they are written."""

import importlib.util

import pytest

from engine.errors import ModelUnwritable
from engine.inference.model_export import export_model
from engine.models.formats import ncnn_file
from engine.models.weights import load_network

pytestmark = pytest.mark.usefixtures("own_vulkan_state")


@pytest.mark.parametrize("shape", [{}, {"arch": "fsrcnn-8-4-1"}, {"arch": "compact-8-2", "scale": 4}])
def test_model_that_gives_the_result_of_pytorch_is_written(shape, tiny_model, tmp_path):
    model = tiny_model(**shape)
    path = export_model(model, tmp_path / "mine.param")
    assert (path.read_bytes(), path.with_suffix(".bin").read_bytes()) == ncnn_file.to_ncnn(load_network(model.path))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda param, weights: (param, weights[:-4] + b"\x00\x00\x80\x3f"), "differs from that of the model by"),
        (lambda param, _weights: (param, b""), "doesn't work. ncnn failed with this error"),
    ],
    ids=["another bias", "no weights"],
)
def test_model_that_gives_another_result_is_not_written(damage, reason, tiny_model, tmp_path, monkeypatch):
    to_ncnn = ncnn_file.to_ncnn
    monkeypatch.setattr(ncnn_file, "to_ncnn", lambda network: damage(*to_ncnn(network)))
    with pytest.raises(ModelUnwritable, match=reason) as raised:
        export_model(tiny_model(), tmp_path / "mine.param")
    assert "mine.param" in str(raised.value)
    assert not list(tmp_path.iterdir())


def test_model_is_written_without_the_package_ncnn(tiny_model, tmp_path, monkeypatch, caplog):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ncnn" else find_spec(name))
    assert export_model(tiny_model(), tmp_path / "mine.param").is_file()
    assert "not checked" in caplog.text
