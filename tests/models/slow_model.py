"""A model that runs as long as its caller asks, with no weights in the file.

Each iteration multiplies the rows by the 256 x 256 DCT-IV matrix, which the graph computes. That matrix is its own
inverse: after an even number of iterations y is x again, after an odd number it is the transform of x.
"""

import math

import numpy as np
from onnx import TensorProto, helper

import onnx_graph

WIDTH = 256


def build():
    node, weight = helper.make_node, onnx_graph.weight
    body = helper.make_graph(
        [
            node("Identity", ["keep_going"], ["keep_going_out"]),
            node("MatMul", ["state", "matrix"], ["state_out"]),
        ],
        "iteration",
        [onnx_graph.tensor("iteration", TensorProto.INT64),
         onnx_graph.tensor("keep_going", TensorProto.BOOL),
         onnx_graph.floats("state", "batch", WIDTH)],
        [onnx_graph.tensor("keep_going_out", TensorProto.BOOL),
         onnx_graph.floats("state_out", "batch", WIDTH)])
    # sqrt(2/n) cos(pi/n (i + 1/2)(j + 1/2)), in double precision until the end: the angles are large.
    matrix = [
        node("Range", ["half", "end", "one"], ["row"]),
        node("Unsqueeze", ["row", "last"], ["column"]),
        node("Mul", ["row", "column"], ["products"]),
        node("Mul", ["products", "pi_over_n"], ["angles"]),
        node("Add", ["angles", "quarter_turn"], ["shifted_angles"]),
        node("Sin", ["shifted_angles"], ["cosines"]),
        node("Mul", ["cosines", "norm"], ["exact_matrix"]),
        node("Cast", ["exact_matrix"], ["matrix"], to=TensorProto.FLOAT),
    ]
    doubles = {"half": 0.5, "end": WIDTH, "one": 1.0, "pi_over_n": math.pi / WIDTH,
               "quarter_turn": math.pi / 2, "norm": math.sqrt(2 / WIDTH)}
    return onnx_graph.build(
        "repeated_matrix_product",
        [*matrix, node("Loop", ["iterations", "", "x"], ["y"], body=body)],
        [onnx_graph.floats("x", "batch", WIDTH), onnx_graph.tensor("iterations", TensorProto.INT64, 1)],
        [onnx_graph.floats("y", "batch", WIDTH)],
        # Not ascontiguousarray: it would turn the rank-0 arguments of Range into rank 1.
        [helper.make_tensor(name, TensorProto.DOUBLE, [], [value]) for name, value in doubles.items()]
        + [weight("last", [-1], np.int64)])
