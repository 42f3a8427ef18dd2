"""An SRCNN as an ONNX file, for other runtimes: luma in, luma of the same size out, the border repeated within."""

from typing import Any

from engine.errors import ExtraMissing
from engine.models.architectures.srcnn import SRCNN

SUFFIX = ".onnx"
# Old enough for every runtime still in use; Pad takes its widths as an input since opset 11.
_OPSET, _IR_VERSION = 13, 8


def to_onnx(network: SRCNN) -> bytes:
    """Write the network as a graph from `luma` (N, 1, H, W), a bicubic enlargement in [0, 1], to `sharp` of that size.

    Raises
    ------
    ExtraMissing
        If the package onnx is not installed.
    """
    try:
        import onnx  # noqa: PLC0415 - an extra: few need it
    except ImportError as error:
        raise ExtraMissing(package="onnx", extra="onnx") from error
    helper, spec, float32 = onnx.helper, network.spec, onnx.TensorProto.FLOAT
    margin = spec.margin_px
    widths = helper.make_tensor("widths", onnx.TensorProto.INT64, [8], [0, 0, margin, margin] * 2)
    constants: list[Any] = [widths]
    for name, tensor in network.state_dict().items():
        constants.append(onnx.numpy_helper.from_array(tensor.detach().cpu().contiguous().numpy(), name))
    nodes = [helper.make_node("Pad", ["luma", "widths"], ["padded"], mode="edge")]
    before = "padded"
    for layer, after in ((1, "features1"), (2, "features2")):
        names = [before, f"conv{layer}.weight", f"conv{layer}.bias"]
        nodes.append(helper.make_node("Conv", names, [f"sums{layer}"]))
        nodes.append(helper.make_node("Relu", [f"sums{layer}"], [after]))
        before = after
    nodes.append(helper.make_node("Conv", [before, "conv3.weight", "conv3.bias"], ["sharp"]))
    size: list[str | int | None] = ["N", 1, "H", "W"]
    ends = [helper.make_tensor_value_info(name, float32, size) for name in ("luma", "sharp")]
    graph = helper.make_graph(nodes, f"srcnn-{spec.arch}-x{spec.scale}", ends[:1], ends[1:], constants)
    opsets = [helper.make_opsetid("", _OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="srcnn-studio")
    helper.set_model_props(model, {"arch": spec.arch, "scale": str(spec.scale), "input": "bicubic luma from 0 to 1"})
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content
