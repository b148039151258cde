"""digits 2: a small convolutional network; its weights are written into a graph of the same layers."""

import numpy as np
import torch
from onnx import helper
from torch import nn

import digits_data
import onnx_graph
from paths import SAMPLES

EPOCHS = 40
BATCH = 64

torch.manual_seed(0)
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
train_images, test_images, train_digits, test_digits = digits_data.split()


def planes(images):
    return torch.tensor(images[:, None] / digits_data.LARGEST_PIXEL, dtype=torch.float32)


network = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(),
    nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Dropout(0.3), nn.Linear(32 * 4 * 4, 10))
optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-2)
inputs, targets = planes(train_images), torch.tensor(train_digits)
for epoch in range(EPOCHS):
    for chosen in torch.randperm(len(inputs)).split(BATCH):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(inputs[chosen]), targets[chosen]).backward()
        optimizer.step()

network.eval()
with torch.no_grad():
    probabilities = network(planes(test_images)).softmax(dim=1).numpy()

first, second, linear = network[0], network[2], network[7]
parameters = {"filters1": first.weight, "bias1": first.bias, "filters2": second.weight, "bias2": second.bias,
              "weights": linear.weight, "bias": linear.bias}
onnx_graph.save(onnx_graph.build(
    "digits_convolutional_network",
    [
        helper.make_node("Conv", ["image", "filters1", "bias1"], ["c1"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c1"], ["r1"]),
        helper.make_node("Conv", ["r1", "filters2", "bias2"], ["c2"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c2"], ["r2"]),
        helper.make_node("MaxPool", ["r2"], ["pooled"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["pooled"], ["features"], axis=1),
        helper.make_node("Gemm", ["features", "weights", "bias"], ["logits"], transB=1),
    ],
    [onnx_graph.floats("image", "batch", 1, 8, 8)],
    [onnx_graph.floats("logits", "batch", 10)],
    [onnx_graph.weight(name, value.detach().numpy().astype(np.float32)) for name, value in parameters.items()],
), SAMPLES / "digits" / "2")
digits_data.write_heldout("2", test_images, test_digits, probabilities)
