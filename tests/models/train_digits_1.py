"""digits 1: multinomial logistic regression on the 64 pixels, as Gemm and Softmax. digits-each 1 has the same artefact."""

import shutil

from onnx import helper
from sklearn.linear_model import LogisticRegression

import digits_data
import onnx_graph
from paths import SAMPLES

train_images, test_images, train_digits, test_digits = digits_data.split()


def rows(images):
    return images.reshape(len(images), -1) / digits_data.LARGEST_PIXEL


classifier = LogisticRegression(max_iter=2000).fit(rows(train_images), train_digits)
onnx_graph.save(onnx_graph.build(
    "digits_logistic_regression",
    [
        helper.make_node("Gemm", ["pixels", "weights", "bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=-1),
    ],
    [onnx_graph.floats("pixels", "batch", 64)],
    [onnx_graph.floats("probabilities", "batch", 10)],
    [onnx_graph.weight("weights", classifier.coef_.T), onnx_graph.weight("bias", classifier.intercept_)],
), SAMPLES / "digits" / "1")
shutil.copy(SAMPLES / "digits" / "1" / "model.onnx", SAMPLES / "digits-each" / "1" / "model.onnx")
digits_data.write_heldout("1", test_images, test_digits, classifier.predict_proba(rows(test_images)))
