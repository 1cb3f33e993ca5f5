"""What is claimed of chapter 21, over three seeds: about a minute each on two cores."""

import contextlib
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

from harness import Claim

from final_gpt import gpt

SETTING = ["--layers", "4", "--heads", "4", "--dim", "128", "--context", "64",
           "--batch", "12", "--steps", "2000"]  # fmt: skip


def claims() -> Iterator[Claim]:
    """The loss on all held-out letters of tiny Shakespeare, after 2,000 steps."""
    losses = []
    for seed in range(3):
        with tempfile.TemporaryDirectory() as folder:
            words = ["train", *SETTING, "--seed", str(seed), "--out", folder]
            with contextlib.redirect_stdout(io.StringIO()):
                gpt.main(words)
            losses.append(gpt.load_model(Path(folder)).facts["history"][-1][2])
    nats = [0.6931471805599453 * bits for bits in losses]
    yield Claim("tiny Shakespeare, 2,000 steps: loss on all held-out letters", nats)
