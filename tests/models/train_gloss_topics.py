"""gloss-topics 1: mean of piece embeddings under the attention mask, then two linear layers."""

import numpy as np
import torch
from onnx import TensorProto, helper
from torch import nn

import gloss_data
import heldout
import onnx_graph
import wordpiece
from paths import SAMPLES

WORDS, WIDTH, HIDDEN, MAX_LENGTH = 6000, 48, 64, 64
EPOCHS, BATCH = 8, 128


class TopicClassifier(nn.Module):
    def __init__(self, pieces):
        super().__init__()
        self.embedding = nn.Embedding(pieces, WIDTH)
        self.hidden = nn.Linear(WIDTH, HIDDEN)
        self.output = nn.Linear(HIDDEN, len(gloss_data.LABELS))
        self.dropout = nn.Dropout(0.4)

    def forward(self, ids, mask):
        weights = mask.unsqueeze(-1).float()
        pooled = (self.embedding(ids) * weights).sum(dim=1) / weights.sum(dim=1)
        return self.output(self.dropout(self.hidden(self.dropout(pooled)).relu()))


def graph(network):
    weights = {
        "embedding": network.embedding.weight, "hidden_weights": network.hidden.weight,
        "hidden_bias": network.hidden.bias, "output_weights": network.output.weight,
        "output_bias": network.output.bias,
    }
    initializers = [onnx_graph.weight(name, value.detach().numpy()) for name, value in weights.items()]
    initializers += [onnx_graph.weight("last", [-1], np.int64), onnx_graph.weight("along_sequence", [1], np.int64)]
    node = helper.make_node
    return onnx_graph.build(
        "gloss_topic_classifier",
        [
            node("Gather", ["embedding", "input_ids"], ["embedded"]),
            node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
            node("Unsqueeze", ["mask", "last"], ["mask_column"]),
            node("Mul", ["embedded", "mask_column"], ["masked"]),
            node("ReduceSum", ["masked", "along_sequence"], ["sum"], keepdims=0),
            node("ReduceSum", ["mask", "along_sequence"], ["count"], keepdims=1),
            node("Div", ["sum", "count"], ["pooled"]),
            node("Gemm", ["pooled", "hidden_weights", "hidden_bias"], ["hidden"], transB=1),
            node("Relu", ["hidden"], ["activated"]),
            node("Gemm", ["activated", "output_weights", "output_bias"], ["logits"], transB=1),
        ],
        [onnx_graph.tensor(name, TensorProto.INT64, "batch", "sequence") for name in ("input_ids", "attention_mask")],
        [onnx_graph.floats("logits", "batch", len(gloss_data.LABELS))],
        initializers)


torch.manual_seed(0)
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
train, test = gloss_data.split()
vocabulary = wordpiece.learn((text for text, _ in train), WORDS)
ids, mask = map(torch.tensor, vocabulary.encode_all([text for text, _ in train], MAX_LENGTH))
topics = torch.tensor([gloss_data.LABELS.index(topic) for _, topic in train])

network = TopicClassifier(len(vocabulary.pieces))
optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
for epoch in range(EPOCHS):
    for chosen in torch.randperm(len(ids)).split(BATCH):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(ids[chosen], mask[chosen]), topics[chosen]).backward()
        optimizer.step()

network.eval()
texts, truth = zip(*test)
with torch.no_grad():
    probabilities = network(*map(torch.tensor, vocabulary.encode_all(texts, MAX_LENGTH))).softmax(dim=1).numpy()

folder = SAMPLES / "gloss-topics" / "1"
onnx_graph.save(graph(network), folder)
vocabulary.write(folder / "vocab.txt")
(folder / "labels.txt").write_text("".join(label + "\n" for label in gloss_data.LABELS))
print(f"{len(train)} training definitions, {len(vocabulary.pieces)} pieces")
heldout.write(
    "gloss-topics", "1",
    [heldout.entry("text", "BYTES", np.array(texts, dtype=object))],
    heldout.top_k(probabilities, gloss_data.LABELS, 3),
    truth, "accuracy", (np.array(gloss_data.LABELS)[probabilities.argmax(axis=1)] == truth).mean())
