"""Export of models to the ONNX format. The exported graph pads its input, so that it needs no halo."""

from typing import Any

from torch import Tensor

from engine.errors import ExtraMissing
from engine.models.info import Convolution
from engine.models.network import Network, deconvolution_cuts

SUFFIX = ".onnx"
# Supported by all current runtimes. Pad has an input for its widths since opset 11.
_OPSET, _IR_VERSION = 13, 8


def to_onnx(network: Network) -> bytes:
    """Convert a network to the content of an ONNX file.

    The input is named `luma` (Y channel) or `rgb`. It has values in [0, 1] and the shape (N, C, H, W), where N, H and
    W are dynamic. The input of an SRCNN is a bicubic result, and its output `sharp` has the same shape. The output of
    the other architectures is `upscaled`, of shape (N, C, H * scale, W * scale).

    Raises
    ------
    ExtraMissing
        The package onnx is not installed.
    """
    try:
        import onnx  # noqa: PLC0415 - an optional dependency
    except ImportError as error:
        raise ExtraMissing(package="onnx", extra="onnx") from error
    helper, info, upsampling = onnx.helper, network.info, network.info.upsampling
    input_name = "luma" if info.channels == 1 else "rgb"
    output_name = "upscaled" if info.has_low_res_input else "sharp"
    input_kind = input_name if info.has_low_res_input else f"bicubic {input_name}"
    graph = _Graph(onnx, network)
    graph.add_layers(input_name)
    if info.architecture.skip_connection == "nearest":
        graph.add_skip_connection(input_name)
    graph.nodes[-1].output[0] = output_name
    sizes: list[list[str | int | None]] = [
        ["N", info.channels, "H", "W"],
        ["N", info.channels, *(f"{upsampling}*{side}" if upsampling > 1 else side for side in ("H", "W"))],
    ]
    endpoints = [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, size)
        for name, size in zip((input_name, output_name), sizes, strict=True)
    ]
    key = info.architecture.key
    name = f"{key}-{info.label.removeprefix(f'{key}-')}-x{info.scale}"
    made = helper.make_graph(graph.nodes, name, endpoints[:1], endpoints[1:], graph.constants)
    opsets = [helper.make_opsetid("", _OPSET)]
    model = helper.make_model(made, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="srcnn-studio")
    properties = {"arch": info.label, "scale": str(info.scale), "input": f"{input_kind} from 0 to 1"}
    helper.set_model_props(model, properties)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


class _Graph:
    """ONNX nodes and constants of a network."""

    def __init__(self, onnx: Any, network: Network) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._onnx = onnx
        self._network = network
        self._last = ""  # name of the output of the last node

    def add_layers(self, input_name: str) -> None:
        """Add the nodes for padding, convolutions, activations and pixel shuffle."""
        info, halo = self._network.info, self._network.info.halo_px
        self._add_constant("widths", self._onnx.TensorProto.INT64, [0, 0, halo, halo] * 2)
        self._last = input_name
        self._add("Pad", "padded", "widths", mode="edge")
        for number, layer in enumerate(info.layers, start=1):
            self._add_layer(number, layer)
        if info.layers[-1].out_channels != info.channels:
            self._add("DepthToSpace", "shuffled", blocksize=info.upsampling, mode="CRD")

    def add_skip_connection(self, input_name: str) -> None:
        """Add the nodes of the skip connection: add the input, upscaled with nearest neighbor."""
        features, upsampling, base = self._last, self._network.info.upsampling, input_name
        if upsampling > 1:
            self._add_constant(
                "scales", self._onnx.TensorProto.FLOAT, [1.0, 1.0, float(upsampling), float(upsampling)]
            )
            self._last, base = input_name, "base"
            nearest = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
            self._add("Resize", base, "", "scales", **nearest)
        self._last = features
        self._add("Add", "sum", base)

    def _add_layer(self, number: int, layer: Convolution) -> None:
        """Add the nodes for a convolution and its activation."""
        names = [f"{layer.name}.weight", f"{layer.name}.bias"]
        for name in names:
            self._add_tensor(name, self._network.get_parameter(name))
        sums = f"sums{number}"
        if layer.upsampling > 1:
            before, after = deconvolution_cuts(layer.size, layer.upsampling, layer.halo_px)
            strides, pads = [layer.upsampling] * 2, [before, before, after, after]
            self._add("ConvTranspose", sums, *names, strides=strides, pads=pads)
        else:
            self._add("Conv", sums, *names)
        if layer.activation == "relu":
            self._add("Relu", f"features{number}")
        elif layer.activation == "prelu":
            name = f"{layer.activation_name}.weight"
            self._add_tensor(name, self._network.get_parameter(name)[:, None, None])
            self._add("PRelu", f"features{number}", name)

    def _add(self, kind: str, output: str, *inputs: str, **attributes: object) -> None:
        """Append a node whose first input is the output of the previous node."""
        self.nodes.append(self._onnx.helper.make_node(kind, [self._last, *inputs], [output], **attributes))
        self._last = output

    def _add_constant(self, name: str, kind: int, values: list[Any]) -> None:
        self.constants.append(self._onnx.helper.make_tensor(name, kind, [len(values)], values))

    def _add_tensor(self, name: str, tensor: Tensor) -> None:
        array = tensor.detach().cpu().contiguous().numpy()
        self.constants.append(self._onnx.numpy_helper.from_array(array, name))
