"""For models in the styles that people publish them in, the inputs are found that each was made for."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from fullgraph.tracing.input_inference.search import Found, search

from tests.tracing.expected_inputs import leaves, problem

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "inferred_inputs"

SECONDS = 60.0
"""Far more than is needed, so that a busy machine fails no test."""


def _module(path: Path) -> ModuleType:
    name = f"inferred_inputs_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _cases() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("[!h]*.py")):
        module = _module(path)
        for name, (kind, expected) in module.MODELS.items():
            yield pytest.param(module, kind, expected, id=f"{path.stem}: {name}")


def _given(model: torch.nn.Module, found: Found, module: ModuleType) -> dict[str, Any]:
    scope = {"torch": torch, **vars(module)}
    return leaves(model, eval(found.args, scope), eval(found.kwargs or "{}", scope))


@pytest.mark.parametrize(("module", "kind", "expected"), _cases())
def test_the_inputs_are_those_it_was_made_for(module: ModuleType, kind: Any, expected: str) -> None:
    torch.manual_seed(0)
    model = kind().eval()
    found = search(model, SECONDS)
    assert isinstance(found, Found), found
    assert not problem(expected, _given(model, found, module)), found.args
