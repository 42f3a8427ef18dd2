"""Loading and saving of weights: official filters, round trips, and errors."""

import json
import pickle
import struct
from io import BytesIO

import numpy as np
import pytest
import scipy.io
import torch
from safetensors.torch import save

from engine.errors import ModelScaleMismatch, ModelUnknown, ModelUnwritable, WeightsUnusable
from engine.models import catalog, weights
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.models.network import Network

OFFICIAL_MODELS = [
    ("9-1-5(91 images)", 2),
    ("9-1-5(91 images)", 3),
    ("9-1-5(91 images)", 4),
    ("9-1-5(ImageNet)", 3),
    ("9-3-5(ImageNet)", 3),
    ("9-5-5(ImageNet)", 2),
    ("9-5-5(ImageNet)", 3),
    ("9-5-5(ImageNet)", 4),
]


def mat_content(**changes):
    """Return an official .mat file of a 3-1-3 with 4 and 2 filters and increasing values."""
    shapes = {
        "weights_conv1": (9, 4),
        "weights_conv2": (4, 1, 2),
        "weights_conv3": (2, 9),
        "biases_conv1": (4, 1),
        "biases_conv2": (2, 1),
        "biases_conv3": (1, 1),
    }
    arrays = {name: np.arange(float(np.prod(shape))).reshape(shape) for name, shape in shapes.items()}
    arrays |= changes
    buffer = BytesIO()
    scipy.io.savemat(buffer, {name: array for name, array in arrays.items() if array is not None}, do_compression=True)
    return buffer.getvalue()


def header(text):
    """Return a safetensors file that consists of a header."""
    return struct.pack("<Q", len(text)) + text


def header_of_spec(**info):
    told = json.dumps({"spec": {"f1": 3, "f2": 1, "f3": 3, "scale": 2, "n1": 4, "n2": 2} | info, "record": {}})
    return header(json.dumps({"__metadata__": {catalog.HEADER_KEY: told}}).encode())


def assert_unusable(path, plain_sentence):
    with pytest.raises(WeightsUnusable) as refused:
        weights.load_network(path)
    plain_sentence(refused.value, path.name, "can't be used as a model")


@pytest.mark.parametrize(("name", "scale"), OFFICIAL_MODELS)
def test_official_filters_have_expected_values(name, scale, reference_folder):
    path = reference_folder / "official_weights" / name / f"x{scale}.mat"
    stored = scipy.io.loadmat(path)
    f1, f2, f3 = (int(size) for size in name[:5].split("-"))

    network = weights.load_network(path)

    assert network.info == ModelInfo(Srcnn(f1, f2, f3, 64, 32), scale)
    conv1, conv2, conv3 = (layer.weight.detach().numpy() for layer in (network.conv1, network.conv2, network.conv3))
    w1, w2, w3 = (np.float32(stored[f"weights_conv{layer}"]) for layer in (1, 2, 3))
    for row, column in np.ndindex(f1, f1):  # column-major
        np.testing.assert_array_equal(conv1[:, 0, row, column], w1[row + column * f1])
    for row, column in np.ndindex(f2, f2):
        np.testing.assert_array_equal(conv2[:, :, row, column].T, w2[:, row + column * f2])
    for row, column in np.ndindex(f3, f3):
        np.testing.assert_array_equal(conv3[0, :, row, column], w3[:, row + column * f3])
    for layer in (1, 2, 3):
        bias = network.state_dict()[f"conv{layer}.bias"].numpy()
        np.testing.assert_array_equal(bias, np.float32(stored[f"biases_conv{layer}"]).ravel())
    assert np.abs(conv1 - conv1.swapaxes(2, 3)).max() > 0.01  # so that a transposed filter is detected


def test_scale_argument_applies_to_mat_file_without_scale_in_name(tmp_path, plain_sentence):
    path = tmp_path / "weights.mat"
    path.write_bytes(mat_content())
    assert weights.load_network(path, 4).info == ModelInfo(Srcnn(3, 1, 3, 4, 2), 4)
    assert_unusable(path, plain_sentence)


def test_scale_in_mat_file_name_takes_precedence(tmp_path):
    path = tmp_path / "x2.mat"
    path.write_bytes(mat_content())
    assert weights.load_network(path).info.scale == 2


def test_save_and_load_round_trip_is_exact(tmp_path, tiny_network):
    network, path = tiny_network(arch="9-3-5", scale=4), tmp_path / "own.safetensors"
    record = {"seed": 7, "held_out": ["t1.bmp"], "note": "é"}

    model = weights.save_model(path, network, record)

    assert (model.name, model.info, model.path, model.record) == ("own", network.info, path, record)
    again = weights.load_network(path)
    assert again.info == network.info
    assert not again.training
    for name, tensor in network.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor)


def test_channels_last_network_round_trips(tmp_path, tiny_network):
    network, path = tiny_network().to(memory_format=torch.channels_last), tmp_path / "own.safetensors"
    weights.save_model(path, network, {})
    assert torch.equal(weights.load_network(path).conv2.weight, network.conv2.weight)


def test_saving_to_missing_folder_raises(tmp_path, tiny_network, plain_sentence):
    with pytest.raises(ModelUnwritable) as refused:
        weights.save_model(tmp_path / "nowhere" / "own.safetensors", tiny_network(), {})
    plain_sentence(refused.value, "own.safetensors")


NOT_SAFETENSORS = {
    "empty": b"",
    "seven bytes": b"1234567",
    "text": b"These are my weights: 1, 2, 3.\n" * 9,
    "a pickle": pickle.dumps({"conv1.weight": [1.0, 2.0]}),
    "a header of zero bytes": struct.pack("<Q", 0),
    "a header of 2**60 bytes": struct.pack("<Q", 2**60) + b"{}",
    "a header that ends early": struct.pack("<Q", 500) + b'{"__metadata__":',
    "a list": header(b"[]"),
    "no description": header(b"{}"),
    "nesting without end": header(b"[" * 200_000),
    "a description that is no JSON": header(json.dumps({"__metadata__": {catalog.HEADER_KEY: "{"}}).encode()),
    "an even filter": header_of_spec(f1=4),
    "an infinite filter": header_of_spec(f1=float("inf")),
    "a filter that is no number": header_of_spec(f1=float("nan")),
    "a filter in words": header_of_spec(f1="nine"),
    "a field too many": header_of_spec(f4=3),
    "a scale of 100": header_of_spec(scale=100),
    "no tensors": header_of_spec(),
}


@pytest.mark.parametrize("kind", NOT_SAFETENSORS)
def test_invalid_safetensors_file_raises(kind, tmp_path, plain_sentence):
    path = tmp_path / "broken.safetensors"
    path.write_bytes(NOT_SAFETENSORS[kind])
    assert_unusable(path, plain_sentence)


@pytest.mark.parametrize("fraction", [0.001, 0.1, 0.5, 0.99])
def test_truncated_model_raises(fraction, tmp_path, tiny_model, plain_sentence):
    content = tiny_model().path.read_bytes()
    path = tmp_path / "short.safetensors"
    path.write_bytes(content[: int(len(content) * fraction)])
    assert_unusable(path, plain_sentence)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_loading_non_finite_weights_raises(value, tmp_path, tiny_network, plain_sentence):
    network, path = tiny_network(), tmp_path / "nan.safetensors"
    with torch.no_grad():
        network.conv2.weight[0, 0, 0, 0] = value
    path.write_bytes(weights.to_safetensors(network, {}))
    assert_unusable(path, plain_sentence)


def test_saving_non_finite_weights_keeps_existing_file(tmp_path, tiny_network, plain_sentence):
    network, path = tiny_network(), tmp_path / "good.safetensors"
    weights.save_model(path, network, {})
    good = path.read_bytes()
    with torch.no_grad():
        network.conv3.bias[0] = float("nan")
    with pytest.raises(WeightsUnusable) as refused:
        weights.save_model(path, network, {})
    plain_sentence(refused.value, "good.safetensors")
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == {"good.safetensors": good}


def test_mismatched_tensor_shapes_raise(tmp_path, tiny_network, plain_sentence):
    network, path = tiny_network(n1=6), tmp_path / "shape.safetensors"
    told = catalog.to_metadata(ModelInfo(Srcnn(5, 3, 5, n1=7, n2=4), 2), {})
    path.write_bytes(save(dict(network.state_dict()), metadata=told))
    assert_unusable(path, plain_sentence)


def test_oversized_specification_raises_before_allocation(tmp_path, monkeypatch, plain_sentence):
    path = tmp_path / "huge.safetensors"
    path.write_bytes(header_of_spec(f1=31, f2=31, f3=31, n1=1024, n2=1024))
    monkeypatch.setattr(weights, "Network", lambda _: pytest.fail("a network of 4 GB was made"))
    assert_unusable(path, plain_sentence)


NOT_MAT = {
    "empty": b"",
    "text": b"These are my weights.\n" * 20,
    "a pickle": pickle.dumps([1.0, 2.0]),
    "cut at half": mat_content()[: len(mat_content()) // 2],
    "cut in the header": mat_content()[:100],
    "damaged": mat_content()[:300] + bytes(40) + mat_content()[340:],
    "a layer missing": mat_content(weights_conv2=None),
    "a bias missing": mat_content(biases_conv3=None),
    "no first layer": mat_content(weights_conv1=np.zeros((9, 0))),
    "no last layer": mat_content(weights_conv3=np.zeros((0, 9))),
    "an even filter": mat_content(weights_conv1=np.zeros((16, 4))),
    "a filter that is no square": mat_content(weights_conv1=np.zeros((8, 4))),
    "words": mat_content(weights_conv1=np.array(["nine"])),
    "values that are no numbers": mat_content(weights_conv1=np.full((9, 4), np.nan)),
}


@pytest.mark.parametrize("kind", NOT_MAT)
def test_invalid_mat_file_raises(kind, tmp_path, plain_sentence):
    path = tmp_path / "x3.mat"
    path.write_bytes(NOT_MAT[kind])
    assert_unusable(path, plain_sentence)


@pytest.mark.parametrize("name", ["gone.safetensors", "gone.mat", "gone.pth"])
def test_missing_file_raises(name, tmp_path, plain_sentence):
    assert_unusable(tmp_path / name, plain_sentence)


@pytest.mark.parametrize("name", ["folder.safetensors", "folder.mat"])
def test_folder_raises(name, tmp_path, plain_sentence):
    (tmp_path / name).mkdir()
    assert_unusable(tmp_path / name, plain_sentence)


def test_pickle_content_is_not_executed(tmp_path, plain_sentence):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("code from a weights file was run",))

    for name in ("trap.safetensors", "trap.pth", "x3.mat"):
        (tmp_path / name).write_bytes(pickle.dumps(Trap()))
        assert_unusable(tmp_path / name, plain_sentence)


def test_resolve_accepts_path(tiny_model):
    model = tiny_model(scale=3)
    assert weights.resolve(str(model.path), 3) == model
    assert weights.resolve(str(model.path), None).info.scale == 3


def test_mat_file_is_named_after_its_folder(reference_folder):
    path = reference_folder / "official_weights" / "9-5-5(ImageNet)" / "x2.mat"
    model = weights.resolve(str(path), 2)
    assert (model.name, model.info.label, model.info.scale) == ("9-5-5(ImageNet)/x2", "9-5-5", 2)


def test_model_for_other_scale_raises(tiny_model, plain_sentence):
    model = tiny_model(scale=3)
    with pytest.raises(ModelScaleMismatch) as refused:
        weights.resolve(str(model.path), 2)
    plain_sentence(refused.value, model.name)


def test_unknown_name_raises():
    with pytest.raises(ModelUnknown, match="no-such-model"):
        weights.resolve("no-such-model", 3)


def test_loaded_network_is_in_eval_mode(tiny_model):
    network = weights.load_network(tiny_model().path)
    assert isinstance(network, Network)
    assert not network.training
