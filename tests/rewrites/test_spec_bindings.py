"""A spec in each way to bind it: the edit is made where the Dim is made, and is the smallest that is right.

`y` is one longer than `x`, and each text calls their dimensions `n` and `m`.
"""

from __future__ import annotations

import pytest
from fullgraph.model import DimContradicted

from tests.rewrites.proposing import changed, frame

HEAD = """
import torch
from torch import nn
from torch.export import Dim, dims


class Shift(nn.Module):
    def forward(self, x, y):
        return $x + y[1:]$


"""
CALL = "torch.export.export(Shift(), (torch.randn(4), torch.randn(5)), dynamic_shapes="

N = '{"x": {0: n}, "y": {0: m}}'
MOVED = ['n = Dim("n")', "m = n + 1"]


def first(text: str, spec: str) -> list[str]:
    """The lines of the first proposal, with the call's own shortened to its spec."""
    marked = f"{HEAD}{text}{CALL}{spec})\n"
    fact = DimContradicted("m", "y.shape[0]", "relation", "n + 1", "named", frame(marked), example=5)
    found = changed(marked, fact)
    assert found, "nothing is proposed"
    return [line.removeprefix(CALL).removesuffix(")") if line.startswith(CALL) else line for line in found[0]]


@pytest.mark.parametrize(
    ("text", "spec", "lines"),
    [
        ('n, m = Dim("n"), Dim("m")\n', N, MOVED),
        ('m, n = Dim("m"), Dim("n")\n', N, MOVED),
        ('n, k, m = Dim("n"), Dim("k"), Dim("m")\n', N, ['n, k = Dim("n"), Dim("k")', "m = n + 1"]),
        ('n, m = [Dim(each) for each in "nm"]\n', N, MOVED),
        ('[n, m] = (Dim(each) for each in ("n", "m"))\n', N, MOVED),
        ('n, m = (torch.export.Dim(each) for each in "n m".split())\n', N,
         ['n = torch.export.Dim("n")', "m = n + 1"]),
        ('n, m = map(Dim, ("n", "m"))\n', N, MOVED),
        ('n, m = dims("n", "m", max=64)\n', N, ['n = Dim("n", max=64)', "m = n + 1"]),
        ('m = Dim("m")\nn = Dim("n")\n', N, ["m = n + 1"]),
        ('n: Dim = Dim("n")\nm: Dim = Dim("m")\n', N, ["m: Dim = n + 1"]),
        ("", '{k: {0: Dim(d)} for k, d in [("x", "n"), ("y", "m")]}',
         ['{"x": {0: Dim("n")}, "y": {0: Dim("n") + 1}}']),
        ("", '{k: {0: Dim(d)} for k, d in zip("xy", "nm")}',
         ['{"x": {0: Dim("n")}, "y": {0: Dim("n") + 1}}']),
        ('n = Dim("n")\n', 'dict(x={0: n}, y={0: Dim("m")})', ["dict(x={0: n}, y={0: n + 1})"]),
        ('n = Dim("n")\ncommon = {"x": {0: n}}\n', '{**common, "y": {0: Dim("m")}}',
         ['{**common, "y": {0: n + 1}}']),
        ('n = Dim("n")\ncommon = {"x": {0: n}}\n', 'common | {"y": {0: Dim("m")}}',
         ['common | {"y": {0: n + 1}}']),
        ('n = Dim("n")\nshapes = {"x": {0: n}}\nshapes["y"] = {0: Dim("m")}\n', "shapes",
         ['shapes["y"] = {0: n + 1}']),
        ('n = Dim("n")\nshapes = {"x": {0: n}}\nshapes.update(y={0: Dim("m")})\n', "shapes",
         ["shapes.update(y={0: n + 1})"]),
        ('n = Dim("n")\nshapes = {"x": {0: n}}\nshapes |= {"y": {0: Dim("m")}}\n', "shapes",
         ['shapes |= {"y": {0: n + 1}}']),
        ('def shapes():\n    n, m = Dim("n"), Dim("m")\n    return {"x": {0: n}, "y": {0: m}}\n\n\n', "shapes()",
         ['    n = Dim("n")', "    m = n + 1"]),
        ('def dyn(name):\n    return {0: Dim(name)}\n\n\n', '{"x": dyn("n"), "y": dyn("m")}',
         ['{"x": dyn("n"), "y": {0: Dim("n") + 1}}']),
        ('def dim(name, least=2):\n    return Dim(name, min=least)\n\n\n', '{"x": {0: dim("n")}, "y": {0: dim("m")}}',
         ['{"x": {0: dim("n")}, "y": {0: Dim("n", min=2) + 1}}']),
        ('class Config:\n    n = Dim("n")\n    shapes = {"x": {0: n}, "y": {0: Dim("m")}}\n\n\n', "Config.shapes",
         ['    shapes = {"x": {0: n}, "y": {0: n + 1}}']),
        ('class Given:\n    pass\n\n\ncfg = Given()\ncfg.shapes = {"x": {0: Dim("n")}, "y": {0: Dim("m")}}\n', "cfg.shapes",
         ['cfg.shapes = {"x": {0: Dim("n")}, "y": {0: Dim("n") + 1}}']),
        ('axes = {"n": Dim("n"), "m": Dim("m")}\n', '{"x": {0: axes["n"]}, "y": {0: axes["m"]}}',
         ['{"x": {0: axes["n"]}, "y": {0: axes["n"] + 1}}']),
        ('D = torch.export.Dim\n', '({0: D("n")}, [D("m")])', ['({0: D("n")}, [D("n") + 1])']),
    ],
)  # fmt: skip
def test_where_it_is_bound(text: str, spec: str, lines: list[str]) -> None:
    assert first(text, spec) == lines


def test_one_dim_of_a_loop_is_changed_in_the_loop() -> None:
    text = f"{HEAD}{CALL}" + '{each: {0: Dim("n")} for each in ("x", "y")})\n'
    fact = DimContradicted("n", "x.shape[0]", "range", "n <= 8", "named", frame(text), example=4)
    assert changed(text, fact)[0] == [CALL + '{each: {0: Dim("n", max=8)} for each in ("x", "y")})']


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ('n, m = Dim("n"), Dim("m")\nif n:\n    n, m = m, n\n', N),  # bound in two places
        ("def shapes(n, m):\n    return n or m\n\n\n", "shapes(1, 2)"),
        ("from elsewhere import SHAPES\n", "SHAPES"),
        ("", "{each: None for each in unknown}"),
    ],
)
def test_what_is_not_plainly_said_is_left_alone(text: str, spec: str) -> None:
    marked = f"{HEAD}{text}{CALL}{spec})\n"
    fact = DimContradicted("m", "y.shape[0]", "relation", "n + 1", "named", frame(marked), example=5)
    assert changed(marked, fact) == []
