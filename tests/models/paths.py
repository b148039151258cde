"""Where the scripts of this folder put what they make."""

from pathlib import Path

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parents[1] / "deploy" / "models"
HELDOUT = HERE / "heldout"
REPOSITORY = HERE / "repository"
BROKEN = HERE / "broken"
TRITON = HERE / "triton"
