"""Exported ONNX files, compared with the networks in ONNX Runtime and ONNX's reference."""

import builtins

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.errors import ExtraMissing
from engine.models import registry
from engine.models.formats import onnx_file
from engine.models.network import Network

ALL_KINDS = [
    *[("5-1-3", scale) for scale in (2, 3)],
    *[("fsrcnn-6-3-2", scale) for scale in range(1, 9)],
    *[("compact-6-2", scale) for scale in range(1, 9)],
    *[("compact-6-0-y", scale) for scale in (1, 3)],
]


def network_for(arch, scale):
    """Return a network with random parameters, so that no term vanishes."""
    network = Network(registry.parse(arch, scale))
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.2)
    return network


def runtime(content):
    """Return a function that runs a model in ONNX Runtime, and the metadata of the model."""
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return (lambda feed: session.run(None, feed)), session.get_modelmeta().custom_metadata_map


def reference(content):
    """Return a function that runs a model in the reference implementation, and the metadata of the model."""
    onnx = pytest.importorskip("onnx")
    evaluator = pytest.importorskip("onnx.reference").ReferenceEvaluator(onnx.load_from_string(content))
    metadata = {entry.key: entry.value for entry in onnx.load_from_string(content).metadata_props}
    return (lambda feed: evaluator.run(None, feed)), metadata


@pytest.mark.parametrize(("arch", "scale"), ALL_KINDS)
@pytest.mark.parametrize("load", [runtime, reference])
def test_output_equals_network_output_at_any_size(load, arch, scale):
    pytest.importorskip("onnx")
    network = network_for(arch, scale)
    info = network.info
    run, metadata = load(onnx_file.to_onnx(network))
    sizes = ((2, 9, 11), (1, 4, 3)) if load is runtime else ((1, 4, 5),)  # the reference implementation is slow
    for count, height, width in sizes:
        image = torch.rand(count, info.channels, height, width, generator=torch.Generator().manual_seed(1))
        (result,) = run({"rgb" if info.channels == 3 else "luma": image.numpy()})
        with torch.no_grad():
            expected = network(functional.pad(image, [info.halo_px] * 4, mode="replicate")).numpy()
        assert result.shape == (count, info.channels, height * info.upsampling, width * info.upsampling)
        np.testing.assert_allclose(result, expected, atol=1e-4)
    assert (metadata["arch"], metadata["scale"]) == (info.label, str(scale))


@pytest.mark.parametrize(
    ("arch", "names", "described"),
    [
        ("5-1-3", ("luma", "sharp"), "bicubic luma from 0 to 1"),
        ("fsrcnn-6-3-2", ("luma", "upscaled"), "luma from 0 to 1"),
        ("compact-6-2", ("rgb", "upscaled"), "rgb from 0 to 1"),
    ],
)
def test_inputs_and_outputs_are_named_after_their_content(arch, names, described):
    onnx = pytest.importorskip("onnx")
    model = onnx.load_from_string(onnx_file.to_onnx(network_for(arch, 2)))
    onnx.checker.check_model(model, full_check=True)  # with shape inference
    assert (model.graph.input[0].name, model.graph.output[0].name) == names
    assert {entry.key: entry.value for entry in model.metadata_props}["input"] == described


def test_missing_onnx_package_raises(monkeypatch, plain_sentence):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name == "onnx":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ExtraMissing) as refused:
        onnx_file.to_onnx(network_for("fsrcnn-6-3-2", 2))
    plain_sentence(refused.value, "onnx", 'pip install "srcnn-studio[onnx]"')
