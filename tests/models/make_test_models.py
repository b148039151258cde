"""Makes tests/models/repository: tiny models for tests of the wire and of the session pool."""

import numpy as np
from onnx import TensorProto, helper

import external_data
import onnx_graph
import slow_model
from onnx_graph import floats, tensor
from paths import REPOSITORY

node = helper.make_node
IDENTITY_TYPES = {
    "bool": TensorProto.BOOL, "uint8": TensorProto.UINT8, "uint16": TensorProto.UINT16,
    "uint32": TensorProto.UINT32, "uint64": TensorProto.UINT64, "int8": TensorProto.INT8,
    "int16": TensorProto.INT16, "int32": TensorProto.INT32, "int64": TensorProto.INT64,
    "fp16": TensorProto.FLOAT16, "bf16": TensorProto.BFLOAT16, "fp32": TensorProto.FLOAT,
    "fp64": TensorProto.DOUBLE, "string": TensorProto.STRING,
}


def save(name, nodes, inputs, outputs, weights=()):
    onnx_graph.save(onnx_graph.build(name, nodes, inputs, outputs, weights), REPOSITORY / name / "1")


for type_name, element_type in IDENTITY_TYPES.items():
    save(f"identity_{type_name}", [node("Identity", ["x"], ["y"])],
         [tensor("x", element_type, "batch", "n")], [tensor("y", element_type, "batch", "n")])

save("scalar", [node("Mul", ["x", "two"], ["doubled"]), node("Add", ["doubled", "one"], ["y"])],
     [floats("x")], [floats("y")],
     [helper.make_tensor(name, TensorProto.FLOAT, [], [value]) for name, value in (("two", 2.0), ("one", 1.0))])

save("sum_product", [node("Add", ["a", "b"], ["sum"]), node("Mul", ["a", "b"], ["product"])],
     [floats("a", "batch", 3), floats("b", "batch", 3)], [floats("sum", "batch", 3), floats("product", "batch", 3)])

save("fixed", [node("Neg", ["x"], ["y"])], [floats("x", 2, 3)], [floats("y", 2, 3)])

mixed = {"numbers": (TensorProto.FLOAT, "batch", 3), "counts": (TensorProto.INT64, "batch"),
         "words": (TensorProto.STRING, "batch", 2, 2)}
save("mixed", [node("Identity", [name], [name + "_out"]) for name in mixed],
     [tensor(name, *description) for name, description in mixed.items()],
     [tensor(name + "_out", *description) for name, description in mixed.items()])

random = np.random.default_rng(0)
save("dense",
     [node("Gemm", ["x", "weights1", "bias1"], ["hidden"]), node("Relu", ["hidden"], ["activated"]),
      node("Gemm", ["activated", "weights2", "bias2"], ["y"])],
     [floats("x", "batch", 32)], [floats("y", "batch", 4)],
     [onnx_graph.weight("weights1", random.normal(0, 32 ** -0.5, (32, 16))),
      onnx_graph.weight("bias1", random.normal(0, 0.1, 16)),
      onnx_graph.weight("weights2", random.normal(0, 16 ** -0.5, (16, 4))),
      onnx_graph.weight("bias2", random.normal(0, 0.1, 4))])

# y = table[index]: an index outside -4..3 fails when the model runs, not when it loads.
save("conditional_failure", [node("Gather", ["table", "index"], ["y"])],
     [tensor("index", TensorProto.INT64, "batch")], [floats("y", "batch")],
     [onnx_graph.weight("table", [10, 20, 30, 40])])

# The first axis looks like rows to share runs, but each answer depends on all of them.
save("softmax_over_rows", [node("Softmax", ["x"], ["y"], axis=0)], [floats("x", "batch", 3)], [floats("y", "batch", 3)])

onnx_graph.save(slow_model.build(), REPOSITORY / "slow" / "1")

external_data.write_bias(REPOSITORY / "external_data" / "1" / "weights.bin")
onnx_graph.save(external_data.model("weights.bin"), REPOSITORY / "external_data" / "1")
