"""Each private name of torch taken away in turn: the worker starts, checks, and says what it lost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.tracing.test_torch_private_names import declared

pytest.importorskip("torch")

HERE = Path(__file__).parent
SAMPLE = (
    "ShapeEnv._log_guard",
    "torch._subclasses.fake_tensor.FakeTensor",
    "torch.utils._pytree.tree_flatten",
)


def observed(names: Sequence[str]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, str(HERE / "without_names.py"), *names],
        capture_output=True,
        text=True,
        check=True,
        cwd=HERE,
    )
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(found) == len(names), done.stderr[-4000:]
    return found


def check(names: Sequence[str]) -> None:
    whole, *without = observed(("none", *names))
    assert whole["lost"] == []
    for name, each in zip(names, without, strict=True):
        assert each.get("lost") == [name], (name, each)
        assert len(each["exported"]) == len(whole["exported"])
        # Only what torch itself says of the untouched model may be called exported, whatever is lost.
        assert not any(
            now and not before for now, before in zip(each["exported"], whole["exported"], strict=True)
        )


def test_a_name_that_is_gone_costs_what_is_observed_through_it() -> None:
    check(SAMPLE)


@pytest.mark.slow
def test_each_name_can_be_gone() -> None:
    check(sorted(declared()))
