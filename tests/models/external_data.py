"""Models whose one weight, a bias of four numbers, lies in a file of its own."""

import numpy as np
from onnx import TensorProto, helper

import onnx_graph

BIAS = np.array([0.5, -1.5, 2.25, 8.0], dtype="<f4")


def model(location):
    """y = x + bias over [batch, 4]; the bias is read from the given location."""
    bias = TensorProto(name="bias", data_type=TensorProto.FLOAT, dims=BIAS.shape)
    bias.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, "offset": 0, "length": BIAS.nbytes}.items():
        bias.external_data.add(key=key, value=str(value))
    return onnx_graph.build(
        "add_external_bias",
        [helper.make_node("Add", ["x", "bias"], ["y"])],
        [onnx_graph.floats("x", "batch", 4)],
        [onnx_graph.floats("y", "batch", 4)],
        [bias])


def write_bias(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(BIAS.tobytes())
