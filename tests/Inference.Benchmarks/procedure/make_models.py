#!/usr/bin/python3
"""Writes the models that the procedure measures: make_models.py REPOSITORY

Each becomes REPOSITORY/<model>/1/model.onnx, FP32, input x, output y, with a free batch axis b. The weights are
random, but drawn from one seed in one order, so that every machine measures the same files. Needs Debian's
python3-onnx and python3-numpy.

  identity  [b,n] -> [b,n]      no arithmetic: what it costs to move a tensor
  small     [b,32] -> [b,2]     a few microseconds: what it costs to take a request
  wide      [b,512] -> [b,10]   5 million weights to read for one row or for many: what batching gains
  slow      [b,512] -> [b,512]  milliseconds: long enough to be cancelled, to expire, or to queue up
"""
import pathlib
import sys

import numpy
from onnx import TensorProto, checker, helper, numpy_helper, save

SEED = 20261123
OPSET, IR_VERSION = 15, 8

# model: widths of its layers, scale of its weights, last operation
NETWORKS = {
    "small": ([32, 64, 2], 0.1, "Softmax"),
    "wide": ([512, 2048, 2048, 10], 0.02, "Softmax"),
    "slow": ([512, 3072, 3072, 3072, 3072, 3072, 3072, 512], 0.02, "Tanh"),
}


def graph(name, columns, nodes, weights=()):
    x, y = (
        helper.make_tensor_value_info(tensor, TensorProto.FLOAT, ["b", width])
        for tensor, width in zip("xy", columns)
    )
    return helper.make_graph(list(nodes), name, [x], [y], list(weights))


def network(name, widths, scale, last, random):
    """Fully connected layers with Relu between them; the weights of layer i are w<i>, its biases b<i>."""
    nodes, weights, tensor = [], [], "x"
    layers = len(widths) - 1
    for i in range(layers):
        matrix = random.standard_normal((widths[i], widths[i + 1])) * scale
        weights.append(numpy_helper.from_array(matrix.astype(numpy.float32), f"w{i}"))
        weights.append(numpy_helper.from_array(numpy.zeros(widths[i + 1], numpy.float32), f"b{i}"))
        nodes.append(helper.make_node("Gemm", [tensor, f"w{i}", f"b{i}"], [f"g{i}"]))
        end = i == layers - 1
        tensor = "y" if end else f"r{i}"
        nodes.append(helper.make_node(last if end else "Relu", [f"g{i}"], [tensor]))
    return graph(name, (widths[0], widths[-1]), nodes, weights)


def write(repository, content):
    model = helper.make_model(content, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR_VERSION
    checker.check_model(model)
    folder = pathlib.Path(repository, content.name, "1")
    folder.mkdir(parents=True, exist_ok=True)
    save(model, str(folder / "model.onnx"))


def main(repository):
    write(repository, graph("identity", ("n", "n"), [helper.make_node("Identity", ["x"], ["y"])]))
    random = numpy.random.default_rng(SEED)
    for name, (widths, scale, last) in NETWORKS.items():
        write(repository, network(name, widths, scale, last, random))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
