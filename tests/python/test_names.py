"""What an expression is called: dotted names, and what a call calls."""

from __future__ import annotations

import ast

import pytest
from fullgraph.python.binding.imports import absolute, imported_as, imports_of
from fullgraph.python.syntax.names import call_name, dotted_name, last_name, method_name
from fullgraph.python.syntax.nodes import Nodes

from tests.python.marked import expression


@pytest.mark.parametrize(
    ("text", "dotted", "called", "last", "method"),
    [
        ("x", "x", "x", "x", ""),
        ("torch.nn.Module", "torch.nn.Module", "torch.nn.Module", "Module", ""),
        ("torch.any(x)", "", "torch.any", "any", "any"),
        ("any(x)", "", "any", "any", ""),
        ("(x + y).any()", "", "", "any", "any"),
        ("x.gt(0).any()", "", "", "any", "any"),
        ("f(x).weight", "", "", "weight", ""),
        ("rows[0].item()", "", "", "item", "item"),
        ("f()(x)", "", "", "", ""),
        ("x + y", "", "", "", ""),
        ("'a'.join", "", "", "join", ""),
    ],
)
def test_names(text: str, dotted: str, called: str, last: str, method: str) -> None:
    node = expression(text)
    assert (dotted_name(node), call_name(node), last_name(node), method_name(node)) == (
        dotted,
        called,
        last,
        method,
    )


@pytest.mark.parametrize(
    ("text", "name", "full"),
    [
        ("import torch.nn as nn", "nn.Linear", "torch.nn.Linear"),
        ("import torch.nn", "torch.nn.Linear", "torch.nn.Linear"),
        ("from torch.export import export as ex", "ex", "torch.export.export"),
        ("from .parts import Down", "Down", ".parts.Down"),
        ("import torch", "numpy.array", "numpy.array"),
        ("import torch", "f(x).y", ""),
    ],
)
def test_full_names(text: str, name: str, full: str) -> None:
    assert imports_of(Nodes(ast.parse(text))).dotted(expression(name)) == full


@pytest.mark.parametrize(
    ("text", "module", "name"),
    [
        ("import numpy as np", "numpy", "np"),
        ("import numpy", "numpy", "numpy"),
        ("import torch.nn", "torch", "torch"),
        ("import torch.nn as nn", "torch", None),
        ("import torch.nn as nn", "torch.nn", "nn"),
        ("def f():\n    import torch", "torch", None),
        ("from torch import nn", "torch", None),
    ],
)
def test_what_a_module_is_called(text: str, module: str, name: str | None) -> None:
    assert imported_as(ast.parse(text), module) == name


@pytest.mark.parametrize(
    ("module", "file", "level", "name", "full"),
    [
        ("a.b.c", "/a/b/c.py", 1, "d", "a.b.d"),
        ("a.b.c", "/a/b/c.py", 2, "d", "a.d"),
        ("a.b", "/a/b/__init__.py", 1, "d", "a.b.d"),
        ("a.b", "C:\\a\\b\\__init__.py", 1, None, "a.b"),
        ("a.b", "/a/b/not__init__.py", 1, "d", "a.d"),
        ("a.b.c", "/a/b/c.py", 0, "torch", "torch"),
    ],
)
def test_relative_imports(module: str, file: str, level: int, name: str | None, full: str) -> None:
    assert absolute(module, file, level, name) == full
