#!/usr/bin/python3
"""Writes one ModelInfer request as a gRPC frame: make_frame.py FILE MODEL VERSION ROWS COLUMNS

The file is the body of an HTTP/2 POST: a flag byte, the length of the message, the message. The message asks MODEL for
one inference with the input x, FP32 [ROWS, COLUMNS], raw: 1024 numbers drawn from one seed, repeated. Standard
library only, so that a load never depends on a generated client.
"""
import array
import random
import struct
import sys

SEED, PERIOD = 1, 1024
MODEL_NAME, MODEL_VERSION, INPUTS, RAW_INPUT_CONTENTS = 1, 2, 5, 7
NAME, DATATYPE, SHAPE = 1, 2, 3


def varint(number):
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def field(number, content):
    """A length-delimited field: text, bytes, a message or packed numbers."""
    length_delimited = 2
    return varint(number << 3 | length_delimited) + varint(len(content)) + content


def data(count):
    normal = random.Random(SEED)
    period = array.array("f", (normal.gauss(0, 1) for _ in range(PERIOD)))
    if sys.byteorder != "little":
        period.byteswap()
    repeats = -(-count // PERIOD)
    return (period * repeats)[:count].tobytes()


def message(model, version, rows, columns):
    tensor = field(NAME, b"x") + field(DATATYPE, b"FP32") + field(SHAPE, varint(rows) + varint(columns))
    return b"".join([
        field(MODEL_NAME, model.encode()),
        field(MODEL_VERSION, version.encode()),
        field(INPUTS, tensor),
        field(RAW_INPUT_CONTENTS, data(rows * columns)),
    ])


def main(path, model, version, rows, columns):
    content = message(model, version, int(rows), int(columns))
    with open(path, "wb") as file:
        file.write(struct.pack(">BI", 0, len(content)) + content)


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    main(*sys.argv[1:])
