"""Export to ONNX. The graph pads its input, so that input and output have the same size."""

from typing import Any

from engine.errors import ExtraMissing
from engine.models.network import Network

SUFFIX = ".onnx"
# Supported by all current runtimes. Pad has an input for its widths since opset 11.
_OPSET, _IR_VERSION = 13, 8


def to_onnx(network: Network) -> bytes:
    """Return the content of an ONNX file for a network.

    The input `luma` is the Y channel of a bicubic result in [0, 1], with the shape (N, 1, H, W). The output `sharp`
    has the same shape.

    Raises
    ------
    ExtraMissing
        The package onnx is not installed.
    """
    try:
        import onnx  # noqa: PLC0415 - an optional dependency
    except ImportError as error:
        raise ExtraMissing(package="onnx", extra="onnx") from error
    helper, info, float32 = onnx.helper, network.info, onnx.TensorProto.FLOAT
    halo = info.halo_px
    widths = helper.make_tensor("widths", onnx.TensorProto.INT64, [8], [0, 0, halo, halo] * 2)
    constants: list[Any] = [widths]
    for name, tensor in network.state_dict().items():
        constants.append(onnx.numpy_helper.from_array(tensor.detach().cpu().contiguous().numpy(), name))
    nodes = [helper.make_node("Pad", ["luma", "widths"], ["padded"], mode="edge")]
    input_name = "padded"
    for layer, output_name in ((1, "features1"), (2, "features2")):
        names = [input_name, f"conv{layer}.weight", f"conv{layer}.bias"]
        nodes.append(helper.make_node("Conv", names, [f"sums{layer}"]))
        nodes.append(helper.make_node("Relu", [f"sums{layer}"], [output_name]))
        input_name = output_name
    nodes.append(helper.make_node("Conv", [input_name, "conv3.weight", "conv3.bias"], ["sharp"]))
    size: list[str | int | None] = ["N", 1, "H", "W"]
    endpoints = [helper.make_tensor_value_info(name, float32, size) for name in ("luma", "sharp")]
    graph = helper.make_graph(nodes, f"srcnn-{info.label}-x{info.scale}", endpoints[:1], endpoints[1:], constants)
    opsets = [helper.make_opsetid("", _OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="srcnn-studio")
    helper.set_model_props(model, {"arch": info.label, "scale": str(info.scale), "input": "bicubic luma from 0 to 1"})
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content
