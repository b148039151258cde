"""Makes tests/models/broken: a repository in which every model has one thing wrong, named by its folder."""

from onnx import helper

import external_data
import onnx_graph
from paths import BROKEN

good = onnx_graph.build(
    "negate", [helper.make_node("Neg", ["x"], ["y"])],
    [onnx_graph.floats("x", "batch", 4)], [onnx_graph.floats("y", "batch", 4)])
good_bytes = good.SerializeToString(deterministic=True)
unknown_operator = onnx_graph.build(
    "unknown_operator", [helper.make_node("NoSuchOperator", ["x"], ["y"])],
    [onnx_graph.floats("x", "batch", 4)], [onnx_graph.floats("y", "batch", 4)])

contents = {
    "truncated/1": good_bytes[:len(good_bytes) * 2 // 3],
    "text_file/1": b"This file has the name of a model and the content of a letter.\n",
    "empty_file/1": b"",
    "unknown_operator/1": unknown_operator.SerializeToString(deterministic=True),
    "version_not_a_number/v1": good_bytes,
    # The first file exists and holds a fitting weight; the second exists on every Linux and is long enough.
    # So a load that succeeds has read outside the version folder.
    "external_data_outside/1": external_data.model("../outside.bin").SerializeToString(deterministic=True),
    "external_data_absolute/1": external_data.model("/etc/passwd").SerializeToString(deterministic=True),
}
for folder, content in contents.items():
    onnx_graph.write(content, BROKEN / folder)
external_data.write_bias(BROKEN / "external_data_outside" / "outside.bin")

no_model_file = BROKEN / "no_model_file" / "1"
no_model_file.mkdir(parents=True, exist_ok=True)
(no_model_file / "labels.txt").write_text("only\nlabels\n")
