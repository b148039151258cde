"""Builds small ONNX models by hand: one opset and IR version for all, checked before they are written."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper, shape_inference

OPSET = 15
IR_VERSION = 8


def tensor(name, element_type, *shape):
    """Describes a graph input or output; a string in the shape is a symbolic axis."""
    return helper.make_tensor_value_info(name, element_type, list(shape))


def floats(name, *shape):
    return tensor(name, TensorProto.FLOAT, *shape)


def weight(name, values, dtype=np.float32):
    return numpy_helper.from_array(np.ascontiguousarray(values, dtype=dtype), name)


def build(name, nodes, inputs, outputs, weights=()):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(weights))
    model = helper.make_model(
        graph, producer_name="tests/models", opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR_VERSION
    return model


def save(model, folder):
    """Writes the model to folder/model.onnx and checks what it wrote, external data included."""
    shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    path = write(model.SerializeToString(deterministic=True), folder)
    onnx.checker.check_model(str(path))  # full_check would write inferred shapes into the file


def write(content, folder):
    """Writes bytes as folder/model.onnx unchecked: the way to a model that is meant to be broken."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"
    path.write_bytes(content)
    return path
