"""breast-cancer-anomaly 1: squared Mahalanobis distance from benign samples; no malignant row is used to fit it."""

import numpy as np
from onnx import helper
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

import heldout
import onnx_graph
import tabular
from paths import SAMPLES

FEATURES = 10  # the "mean" columns come first
BENIGN = 1
PERCENTILE = 95

cancer = load_breast_cancer()
names = [str(name).replace(" ", "_") for name in cancer.feature_names[:FEATURES]]
rows = cancer.data[:, :FEATURES]
benign, malignant = rows[cancer.target == BENIGN], rows[cancer.target != BENIGN]
train, test_benign = train_test_split(benign, test_size=100, random_state=0)
_, test_malignant = train_test_split(malignant, test_size=100, random_state=0)

columns = tabular.number_columns(names, train)
standard = tabular.standardise(columns, train)
centre = standard.mean(axis=0)
covariance = np.cov(standard - centre, rowvar=False)
# With precision = L L', the squared distance is the squared length of L' (x - centre).
whitening = np.linalg.cholesky(np.linalg.inv(covariance))


def score(raw):
    whitened = (tabular.standardise(columns, raw) - centre) @ whitening
    return (whitened ** 2).sum(axis=1)


threshold = float(f"{np.percentile(score(train), PERCENTILE):.5g}")

folder = SAMPLES / "breast-cancer-anomaly" / "1"
onnx_graph.save(onnx_graph.build(
    "benign_squared_mahalanobis_distance",
    [
        helper.make_node("Sub", ["features", "centre"], ["centred"]),
        helper.make_node("MatMul", ["centred", "whitening"], ["whitened"]),
        helper.make_node("Mul", ["whitened", "whitened"], ["squared"]),
        helper.make_node("ReduceSum", ["squared", "axes"], ["score"], keepdims=1),
    ],
    [onnx_graph.floats("features", "batch", FEATURES)],
    [onnx_graph.floats("score", "batch", 1)],
    [onnx_graph.weight("centre", centre), onnx_graph.weight("whitening", whitening),
     onnx_graph.weight("axes", [1], np.int64)],
), folder)
(folder / "pipeline.yaml").write_text(f"""\
# Ten measurements of cell nuclei; the score is the squared distance from benign samples, and the threshold
# is the {PERCENTILE}th percentile of the score over the benign training rows.
preprocessor:
  name: tabular.columns
  options:
    output: features
    columns:
{tabular.column_lines(columns)}
postprocessor:
  name: anomaly.threshold
  options:
    scores: score
    threshold: {threshold}
    direction: above
""")
test = np.vstack([test_benign, test_malignant])
is_malignant = np.repeat([False, True], [len(test_benign), len(test_malignant)])
test_score = score(test)
is_anomaly = test_score > threshold
print(f"benign flagged {is_anomaly[~is_malignant].mean():.2f}, malignant flagged {is_anomaly[is_malignant].mean():.2f}")
heldout.write(
    "breast-cancer-anomaly", "1",
    [heldout.entry(name, "FP32", values) for name, values in zip(names, test.T)],
    [heldout.entry("score", "FP32", test_score), heldout.entry("is_anomaly", "BOOL", is_anomaly)],
    is_malignant, "accuracy", (is_anomaly == is_malignant).mean())
