"""Writes rows that no training saw, with the answers the trainer's own framework gives for them."""

import json

import numpy as np

from paths import HELDOUT


def entry(name, datatype, values):
    """One external tensor in the JSON form of the protocol."""
    values = np.asarray(values)
    data = values.ravel().tolist()
    if datatype.startswith("FP"):
        data = [shortest(value) for value in values.ravel()]
    return {"name": name, "datatype": datatype, "shape": list(values.shape), "data": data}


def shortest(value):
    """The shortest decimal number that reads back as the same 32-bit float."""
    value = float(np.format_float_scientific(np.float32(value), unique=True))
    return int(value) if value.is_integer() and abs(value) < 1e6 else value


def top_k(scores, labels, k):
    """Best classes first, ties to the lower index: the outputs of classification.top_k."""
    scores = np.asarray(scores, dtype=np.float32)
    index = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return [
        entry("label", "BYTES", np.asarray(labels, dtype=object)[index]),
        entry("score", "FP32", np.take_along_axis(scores, index, axis=1)),
        entry("index", "INT64", index),
    ]


def write(model, version, inputs, outputs, truth, metric, value):
    document = {
        "model": model, "version": version, "inputs": inputs, "outputs": outputs,
        "truth": np.asarray(truth).tolist(), "metric": metric, "trainer_metric": float(value),
    }
    HELDOUT.mkdir(exist_ok=True)
    path = HELDOUT / f"{model}-{version}.json"
    path.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{model} {version}: {metric} {value:.4f} on {len(truth)} held-out rows")
