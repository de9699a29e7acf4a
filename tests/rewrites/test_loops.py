"""Loops, assertions and ignore comments tried on text that nothing runs: done right, or not offered."""

from __future__ import annotations

import ast

import pytest
from fullgraph.model import Construct, DataDependent, Symbol
from hypothesis import given, settings
from hypothesis import strategies as st
from proposing import frame, proposed

HEAD = "import torch\nfrom torch import nn\n\n\n"


def model(forward: str) -> str:
    lines = "".join(f"        {line}\n" if line else "\n" for line in forward.splitlines())
    return (
        f"{HEAD}# fullgraph: args=(torch.randn(4, 8), torch.tensor(3))\nclass Model(nn.Module):\n"
        f"    def forward(self, x, n):\n{lines}"
    )


def offered(forward: str, title: str, construct: Construct = "while", made_by: str = "") -> list[str]:
    """The bodies of forward that proposals with such a title give."""
    text = model(forward)
    where = frame(text, "range" if construct == "for" else None)
    object.__setattr__(where, "construct", construct)
    symbols = (Symbol("u0", "u0", made_at=where.place, made_by=made_by),) if made_by else ()
    texts = proposed(text, DataDependent(where, "u0", "bool", symbols=symbols))
    return [_body(after) for name, after in texts.items() if title in name]


def _body(text: str) -> str:
    body = text.partition("def forward(self, x, n):\n")[2]
    return "\n".join(line.removeprefix("        ") for line in body.splitlines())


def test_an_exit_is_a_mask() -> None:
    before = "for _ in range(3):\n    x = x / 2\n    if $x.norm() < 1$:\n        break\n    x += n\nreturn x"
    (after,) = offered(before, "Run all rounds", "if")
    assert after == (
        "done = torch.tensor(False, device=x.device)\nfor _ in range(3):\n    x = torch.where(done, x, x / 2)\n"
        "    done = done | (x.norm() < 1)\n    x = torch.where(done, x, x + n)\nreturn x"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("$any(v > 0 for v in x[0])$", "(x[0] > 0).any()"),
        ("$sum(v for v in x[0] if v > 0)$", "x[0][x[0] > 0].sum(0)"),
        ("$all(row.isfinite().all() for row in x)$", "torch.vmap(lambda row: row.isfinite().all())(x).all()"),
        ("torch.stack($[self.f(row) for row in x]$)", "torch.vmap(self.f)(x)"),
        ("$max(x[0])$", "x[0].max()"),
    ],
)
def test_a_comprehension_is_computed_at_once(before: str, after: str) -> None:
    assert offered(f"return {before}", "whole tensor", "call") == [f"return {after}"]


IGNORE = "fullgraph: ignore[data-dependent-branch"


_CONDITIONS = st.recursive(
    st.sampled_from(["x.any()", "x.sum() > 1", "(x == 0).all()", "n", "x.max()", "0 < n < 3", "bool(n)"]),
    lambda inner: st.one_of(
        st.builds("not ({})".format, inner),
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
    ),
    max_leaves=4,
)
_LINES = st.lists(
    st.sampled_from(
        [
            "x = x / 2",
            "n += 1",
            "x -= n * 2",
            "x[0] = n",
            "y = x",
            "x, n = n, x",
            "# so",
            "x = (x +\n  1)",
            "n = n; x = n",
        ]
    ),
    min_size=1,
    max_size=4,
)


@settings(deadline=None)
@given(_CONDITIONS, _LINES, st.sampled_from(["while", "assert", "raise", "break", "for"]))
def test_whatever_is_proposed_parses(condition: str, lines: list[str], kind: str) -> None:
    body = "\n".join(f"    {line}" for line in (*lines, "x = x + 1"))
    text = {
        "while": f"while ${condition}$:\n{body}",
        "for": f"for i in $range(({condition}).item())$:\n{body}",
        "assert": f"assert ${condition}$, 'no'",
        "raise": f"if ${condition}$:\n    raise ValueError('no')",
        "break": f"for _ in range(3):\n{body}\n    if ${condition}$:\n        break",
    }[kind]
    for after in offered(f"{text}\nreturn x", "", "for" if kind == "for" else "while"):
        ast.parse(after.replace("return x", "x"))
