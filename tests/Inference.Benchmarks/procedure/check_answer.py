#!/usr/bin/python3
"""Checks an answer: check_answer.py MODEL_FILE FRAME BODY

Computes with numpy what the model answers to the frame and compares it with the raw output in the body, so that no
server is measured that answers fast and wrong. Needs Debian's python3-onnx and python3-numpy.
"""
import struct
import sys

import numpy
import onnx
from onnx import numpy_helper

REQUEST_RAW, RESPONSE_RAW = 7, 6
FRAME_HEADER = 5
RELATIVE, ABSOLUTE = 1e-3, 1e-5


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def raw_contents(path, number):
    """The one raw tensor of a framed message, as floats."""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < FRAME_HEADER or data[0] or struct.unpack(">I", data[1:FRAME_HEADER])[0] != len(data) - FRAME_HEADER:
        sys.exit(f"check_answer.py: {path} is not one uncompressed gRPC frame ({len(data)} bytes)")
    found, at = [], FRAME_HEADER
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 != 2:
            sys.exit(f"check_answer.py: {path} holds a field of wire type {tag & 7}, expected length-delimited ones only")
        length, at = varint(data, at)
        if tag >> 3 == number:
            found.append(numpy.frombuffer(data, "<f4", length // 4, at))
        at += length
    if len(found) != 1:
        sys.exit(f"check_answer.py: {path} holds {len(found)} raw tensors, expected 1")
    return found[0]


def softmax(x):
    e = numpy.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def expected(model_file, x):
    graph = onnx.load(model_file).graph
    weights = {w.name: numpy_helper.to_array(w) for w in graph.initializer}
    run = {
        "Identity": lambda t: t,
        "Gemm": lambda t, w, b: t @ weights[w] + weights[b],
        "Relu": lambda t: numpy.maximum(t, 0),
        "Softmax": softmax,
        "Tanh": numpy.tanh,
    }
    columns = graph.input[0].type.tensor_type.shape.dim[1].dim_value or x.size
    tensor = x.reshape(-1, columns)
    for node in graph.node:
        tensor = run[node.op_type](tensor, *node.input[1:])
    return tensor.reshape(-1)


def main(model_file, frame, body):
    want, got = expected(model_file, raw_contents(frame, REQUEST_RAW)), raw_contents(body, RESPONSE_RAW)
    if want.shape != got.shape or not numpy.allclose(got, want, RELATIVE, ABSOLUTE):
        sys.exit(f"check_answer.py: wrong answer {got[:4]}... of {got.size} numbers, expected {want[:4]}... of {want.size}")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
