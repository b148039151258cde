"""Number columns of a tabular.columns pipeline: learned mean and scale, rounded to what the manifest says."""

from typing import NamedTuple

import numpy as np


class NumberColumn(NamedTuple):
    name: str
    mean: float
    scale: float


def number_columns(names, rows):
    """Mean and standard deviation of the training rows, to six digits, so that manifest and trainer agree."""
    return [
        NumberColumn(name, float(f"{values.mean():.6g}"), float(f"{values.std():.6g}"))
        for name, values in zip(names, np.asarray(rows).T)
    ]


def standardise(columns, rows):
    means = np.array([column.mean for column in columns])
    scales = np.array([column.scale for column in columns])
    return (rows - means) / scales


def column_lines(columns):
    return "\n".join(
        f"      - {{ name: {column.name}, type: number, mean: {column.mean}, scale: {column.scale} }}"
        for column in columns)
