"""A part of any level of precedence is in a rewritten text what it was in the original: one operand.

Each form is rewritten twice, with a name in a place of it and with an expression there. What the second gives has to
be what the first gives, with the expression in the name's place in the tree.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import Any

import pytest
from fullgraph.model import DataDependent, Failure
from fullgraph.python.syntax.precedence import Binds, text_binds

from tests.python.expressions_by_level import BY_LEVEL
from tests.rewrites.proposing import frame, mending

HEAD = (
    "import copy\n\nimport torch\nfrom torch import nn\n\n\n# fullgraph: args=(torch.randn(4, 8),)\n"
    "class Model(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    '        self.register_buffer("mean", torch.zeros(8))\n\n'
    "    def forward(self, x, _, a, b, c, k, p, q, r):\n"
)

CONDITIONS = (
    *("_ > b", "b == _", "_ != b and b > c", "not _ < b", "not _ == b", "_ < b < c", "not (_ > b and b > c)"),
    *("_.any()", "not _.any()", "_.any() or b > c", "_.sum() and b", "_.sum()", "b > c or not _.sum()"),
    *("_.item() > b", "k * _.item() > b", "k - _.item() == 0", "not _.item()", "bool(_.any()) and b > c"),
    *("torch.sum(_) > 0 and b > c", "torch.any(_)", "float(_) > b", "2 ** int(_) > b", "(_ == b).all()"),
)

STATEMENTS = (
    "if $?$:\n    x = x * 2\nreturn x",
    "if $?$:\n    return a\nreturn x",
    "if $?$:\n    self.mean.mul_(0.9)\nreturn x",
    "if $?$:\n    self.mean[0] = 1\nelse:\n    self.mean[1] = 2\nreturn x",
    "if $?$:\n    print(x)\nreturn x",
    "if $?$:\n    raise ValueError('no')\nreturn x",
    "if k is None or $?$:\n    raise ValueError('no')\nreturn x",
    "assert $?$\nreturn x",
    "while $?$:\n    x = x / 2\nreturn x",
    "while x.sum() > 0:\n    x = x / 2\n    if $?$:\n        break\nreturn x",
    "for i in range(3):\n    x = x + i\n    if $?$:\n        return x\nreturn x - 1",
    "for i in range(3):\n    x = x + i\n    if $?$:\n        break\nreturn x",
    "return 1 + (x if $?$ else b)",
    "return x.new_ones(2) if $?$ else b",
)

VALUES = (
    *("return k * $_.item()$", "return k ** $float(_)$", "return k - $int(_)$", "return x[$int(_)$]"),
    *("return x[:, $int(_)$]", "return k - $len(_)$", "return k * $round(_)$ + 1", "return $max(_, 0)$ ** k"),
    *("return $any(_)$", "return k - $sum(v * 2 for v in _)$", "return $torch.equal(_, b)$ == k"),
    *("return $copy.deepcopy(_)$.sum()", "return $_.equal(b)$ is k"),
    "for t in range(4):\n    if $x[t] > _$:\n        x[t] = _\nreturn x",
    "for row in _.tolist():\n    if $row > 0$:\n        x = x + 1\nreturn x",
    "kept = []\nfor row in x:\n    if $row.sum() > _$:\n        kept.append(_ * row)\nreturn torch.stack(kept)",
    "if $x.sum() > 0$:\n    x = _ * 2\nelse:\n    x = _ - 1\nreturn x",
    "if $x.sum() > 0$:\n    x -= _\nreturn x",
    "for i in range(3):\n    if $x.sum() > 0$:\n        return x - _\n    x *= _\nreturn x - 1",
)

FORMS = (
    *(STATEMENTS[i % 5].replace("?", condition) for i, condition in enumerate(CONDITIONS)),
    *(each.replace("?", condition) for each in STATEMENTS for condition in CONDITIONS[2:21:6]),
    *VALUES,
)

ONE_OF_EACH = tuple(texts[0] for level, texts in BY_LEVEL.items() if level is not Binds.NAMED)

LIFTED = ("Compute it with tensors", "Compute it with float64 tensors")
"""It takes apart what decides in Python, and knows a number: it gives something else than for a name."""

TAKEN_APART = (Binds.CHOICE, Binds.OR, Binds.AND, Binds.NOT, Binds.COMPARED, Binds.NUMBER)


def written(form: str, text: str) -> str:
    """The form with an expression in its place, in brackets of the user's own."""
    return re.sub(r"\b_\b", f"({text})", form)


class _Put(ast.NodeTransformer):
    def __init__(self, new: ast.expr) -> None:
        self._new = new

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._new if node.id == "_" else node


def put(text: str, expression: str) -> str:
    return ast.dump(_Put(ast.parse(f"({expression})", mode="eval").body).visit(ast.parse(text)))


def failure(text: str) -> Failure:
    plain, start = text.replace("$", ""), text.index("$")
    words = plain[plain.rindex("\n", 0, start) : start].split()
    construct: Any = {"while": "while", "assert": "assert", "if": "if"}.get(words[0] if words else "", "call")
    return DataDependent(replace(frame(text), construct=construct), "u0 > 0", "bool")


def rewritten(body: str) -> dict[str, str]:
    text = HEAD + "".join(f"        {line}\n" for line in body.split("\n"))
    return mending(text, failure(text))


@pytest.mark.parametrize("form", FORMS)
def test_a_part_stays_one_operand(form: str) -> None:
    by_name = rewritten(form)
    for expression in ONE_OF_EACH:
        for title, new in rewritten(written(form, expression)).items():
            if title in by_name and not (title.startswith(LIFTED) and text_binds(expression) in TAKEN_APART):
                assert ast.dump(ast.parse(new)) == put(by_name[title], expression), (
                    f"{expression}: {title}\n{new}"
                )


def test_most_forms_are_rewritten() -> None:
    assert sum(bool(rewritten(form)) for form in FORMS) > 0.8 * len(FORMS)
