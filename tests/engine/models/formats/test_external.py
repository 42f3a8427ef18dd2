"""Weights in formats of other programs: round trips, compatibility with other readers, and errors."""

import pickle
import zipfile
from io import BytesIO

import numpy as np
import pytest
import scipy.io
import torch

from engine.errors import InvalidSetting, WeightsUnusable
from engine.models import registry, weights
from engine.models.formats import external
from engine.models.network import Network


def same_weights(one, other):
    """Return whether two networks have exactly the same weights."""
    mine, yours = one.state_dict(), other.state_dict()
    return mine.keys() == yours.keys() and all(torch.equal(mine[name], yours[name]) for name in mine)


def pickled(stored):
    buffer = BytesIO()
    torch.save(stored, buffer)
    return buffer.getvalue()


@pytest.fixture
def network(tiny_network):
    return tiny_network(arch="5-3-5", scale=3)


def test_mat_round_trip_is_exact(network):
    again = external.from_mat("x3.mat", external.to_mat(network), 3)
    assert again.info == network.info
    assert same_weights(again, network)


@pytest.mark.parametrize(("arch", "title"), [("fsrcnn-4-2-1", "FSRCNN"), ("compact-4-1", "Compact")])
def test_mat_export_of_other_architectures_raises(arch, title, plain_sentence):
    with pytest.raises(InvalidSetting) as refused:
        external.to_mat(Network(registry.parse(arch, 2)))
    plain_sentence(refused.value, title, ".mat")


def test_mat_file_has_official_layout(network):
    stored = scipy.io.loadmat(BytesIO(external.to_mat(network)))
    shapes = {name: array.shape for name, array in stored.items() if not name.startswith("__")}
    assert shapes == {
        "weights_conv1": (25, 6),
        "weights_conv2": (6, 9, 4),
        "weights_conv3": (4, 25),
        "biases_conv1": (6, 1),
        "biases_conv2": (4, 1),
        "biases_conv3": (1, 1),
    }
    assert {stored[name].dtype for name in shapes} == {np.dtype(np.float64)}
    row, column = 1, 2  # column-major
    assert stored["weights_conv1"][row + 5 * column, 3] == network.conv1.weight[3, 0, row, column].item()
    assert stored["weights_conv2"][3, row + 3 * column, 2] == network.conv2.weight[2, 3, row, column].item()
    assert stored["weights_conv3"][2, row + 5 * column] == network.conv3.weight[0, 2, row, column].item()


def test_official_mat_file_round_trips(reference_folder):
    content = (reference_folder / "official_weights" / "9-5-5(ImageNet)" / "x3.mat").read_bytes()
    written = scipy.io.loadmat(BytesIO(external.to_mat(external.from_mat("x3.mat", content, 3))))
    for name, array in scipy.io.loadmat(BytesIO(content)).items():
        if not name.startswith("__"):
            np.testing.assert_array_equal(written[name], np.float32(array))


def test_state_dict_round_trips_and_loads_into_plain_convolutions(network):
    content = external.to_state_dict(network)
    assert same_weights(external.from_state_dict("a.pth", content, 3), network)
    plain = torch.nn.Sequential()
    for name, channels, size in (("conv1", (1, 6), 5), ("conv2", (6, 4), 3), ("conv3", (4, 1), 5)):
        plain.add_module(name, torch.nn.Conv2d(*channels, size))
    plain.load_state_dict(torch.load(BytesIO(content), weights_only=True))
    assert torch.equal(plain.conv2.weight, network.conv2.weight)


OTHER_NAMES = {
    "ours": {},
    "features": {"conv1": "features.0", "conv2": "map.0", "conv3": "reconstruction"},
    "sequential": {"conv1": "0", "conv2": "2", "conv3": "4"},
}


@pytest.mark.parametrize("wrapper", [None, "state_dict", "model", "params_ema"])
@pytest.mark.parametrize("names", OTHER_NAMES.values(), ids=OTHER_NAMES)
@pytest.mark.parametrize("prefix", ["", "module.", "model.", "_orig_mod.module.", "layers.", "model.upscaler.body."])
def test_layer_names_of_reproductions_are_supported(wrapper, names, prefix, network):
    tensors = {}
    for key, tensor in network.state_dict().items():
        layer, kind = key.split(".")
        tensors[f"{prefix}{names.get(layer, layer)}.{kind}"] = tensor
    content = pickled({wrapper: tensors, "epoch": 7} if wrapper else tensors)
    assert same_weights(external.from_state_dict("a.pth", content, 3), network)


NUMPY_VALUES = [
    *(np.dtype(kind).type(1) for kind in ("?", "i1", "u2", "i4", "u8", "f2", "f4", "f8")),
    np.arange(5.0),
    np.zeros((2, 3), np.int64),
]


@pytest.mark.parametrize("value", NUMPY_VALUES, ids=repr)
def test_values_of_numpy_beside_the_tensors_are_ignored(value, network):
    content = pickled({"best": value, "state_dict": network.state_dict()})
    assert same_weights(external.from_state_dict("a.pth", content, 3), network)


class _Huge:
    """Array whose pickle requests more memory than the computer has."""

    def __reduce__(self):
        return np.zeros(0).__reduce__()[0], (np.ndarray, (1 << 50,), b"d")


def test_size_of_an_array_in_the_pickle_does_not_allocate_memory(network):
    content = pickled({"losses": _Huge(), "state_dict": network.state_dict()})
    assert same_weights(external.from_state_dict("a.pth", content, 3), network)


@pytest.mark.parametrize(
    ("ema", "is_used"), [({"params_ema": ...}, True), ({"ema_state_dict": ...}, True), ({"params_ema": {}}, False)]
)
def test_moving_average_is_preferred(ema, is_used, network):
    averages = {key: tensor + 1 for key, tensor in network.state_dict().items()}
    stored = {"params": network.state_dict()} | {
        key: averages if value is ... else value for key, value in ema.items()
    }
    loaded = external.from_state_dict("a.pth", pickled(stored), 3)
    assert torch.equal(loaded.conv3.bias, network.conv3.bias + (1 if is_used else 0))


@pytest.mark.parametrize(
    ("stem", "scale"),
    [("x3", 3), ("srcnn_x2", 2), ("srcnn_x4-T91-7d6e0623", 4), ("srcnnx8", 8), ("mine", None), ("x32", None)],
)
def test_parse_scale_from_file_name(stem, scale):
    assert external.parse_scale(stem) == scale


def tensors_of(**changes):
    """Return the state dict of a 3-1-3 with 4 and 2 filters."""
    shapes = {"conv1": (4, 1, 3, 3), "conv2": (2, 4, 1, 1), "conv3": (1, 2, 3, 3)}
    made = {f"{name}.weight": torch.zeros(shape) for name, shape in shapes.items()}
    made |= {f"{name}.bias": torch.zeros(shape[0]) for name, shape in shapes.items()}
    return {name: tensor for name, tensor in (made | changes).items() if tensor is not None}


def bomb():
    """Return a small archive that decompresses to more than the size limit."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data.pkl", bytes(external.MAX_BYTES + 1))
    return buffer.getvalue()


NOT_STATE_DICT = {
    "empty": lambda: b"",
    "text": lambda: b"These are my weights.\n" * 20,
    "a list": lambda: pickled([1, 2, 3]),
    "a number": lambda: pickled(3.0),
    "cut at half": lambda: pickled(tensors_of())[:400],
    "a whole module": lambda: pickled(torch.nn.Conv2d(1, 4, 3)),
    "a pickle": lambda: pickle.dumps({"conv1.weight": 1}),
    "a layer missing": lambda: pickled(tensors_of(**{"conv2.weight": None})),
    "a layer in words": lambda: pickled(tensors_of(**{"conv2.bias": "none"})),
    "three colours": lambda: pickled(tensors_of(**{"conv1.weight": torch.zeros(4, 3, 3, 3)})),
    "filters of even size": lambda: pickled(tensors_of(**{"conv1.weight": torch.zeros(4, 1, 4, 4)})),
    "filters that are not square": lambda: pickled(tensors_of(**{"conv1.weight": torch.zeros(4, 1, 3, 5)})),
    "a flat layer": lambda: pickled(tensors_of(**{"conv1.weight": torch.zeros(36)})),
    "layers that do not fit": lambda: pickled(tensors_of(**{"conv2.weight": torch.zeros(2, 5, 1, 1)})),
    "a shape without memory": lambda: pickled(
        tensors_of(
            **{
                "conv1.weight": torch.zeros(1).expand(1024, 1, 31, 31),
                "conv2.weight": torch.zeros(1).expand(1024, 1024, 31, 31),
            }
        )
    ),
    "values that are no numbers": lambda: pickled(tensors_of(**{"conv1.bias": torch.full((4,), float("nan"))})),
    "a bomb": bomb,
}


@pytest.mark.parametrize("kind", NOT_STATE_DICT)
def test_invalid_state_dict_raises(kind, tmp_path, plain_sentence):
    path = tmp_path / "srcnn_x3.pth"
    path.write_bytes(NOT_STATE_DICT[kind]())
    with pytest.raises(WeightsUnusable) as refused:
        weights.load_network(path)
    plain_sentence(refused.value, path.name, "can't be used as a model")
