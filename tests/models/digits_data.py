"""UCI digits, split once: both versions of the digits model are measured on the same held-out rows."""

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import heldout

LABELS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
LARGEST_PIXEL = 16


def split():
    """Training and held-out images [rows, 8, 8] with pixels 0..16, and their digits."""
    digits = load_digits()
    return train_test_split(
        digits.images, digits.target, test_size=300, random_state=0, stratify=digits.target)


def write_heldout(version, images, truth, probabilities):
    accuracy = (probabilities.argmax(axis=1) == truth).mean()
    heldout.write(
        "digits", version,
        [heldout.entry("image", "FP32", images)],
        heldout.top_k(probabilities, LABELS, 3),
        [LABELS[digit] for digit in truth], "accuracy", accuracy)
