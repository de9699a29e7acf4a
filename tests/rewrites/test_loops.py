"""Loops, assertions and ignore comments tried on text that nothing runs: done right, or not offered."""

from __future__ import annotations

import ast

import pytest
from fullgraph.model import Construct, DataDependent, DimContradicted, Symbol
from hypothesis import given
from hypothesis import strategies as st

from tests.rewrites.proposing import frame, proposed

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
    (after,) = offered(before, "Run every iteration", "if")
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


# -- exits and state ---------------------------------------------------------------------------------


def test_a_return_in_a_loop_is_kept_until_the_end() -> None:
    before = (
        "for _ in range(3):\n    x = x / 2\n    if $x.norm() < 1$:  # small\n        return x\nreturn x * n"
    )
    (after,) = offered(before, "Run every iteration", "if")
    assert after == (
        "early = None\ndone = torch.tensor(False, device=x.device)\nfor _ in range(3):\n    x = x / 2\n"
        "    # small\n    early = x if early is None else torch.where(done, early, x)\n"
        "    done = done | (x.norm() < 1)\nreturn torch.where(done, early, x * n)"
    )


def test_what_the_exit_is_told_by_stands_where_a_tensor_does() -> None:
    before = "for f in self.fs:\n    y = f(x)\n    if $y.norm() < 1$:\n        return y\nreturn x * n"
    (after,) = offered(before, "Run every iteration", "if")
    assert after.split("\n")[1] == "done = torch.tensor(False, device=x.device)"


def test_a_name_of_a_lambda_above_is_not_there_before_the_loop() -> None:
    before = (
        "f = lambda acc: acc + 1\nfor _ in range(3):\n    x = x / 2\n    acc = f(n)\n"
        "    if $x.norm() < 1$:\n        break\n    x = x * acc\nreturn x"
    )
    (after,) = offered(before, "Run every iteration", "if")
    assert "\n    acc = f(n)\n" in after


def test_what_is_asked_before_the_data_is_asked_first() -> None:
    before = (
        "for i, f in enumerate(self.fs):\n    x = f(x)\n"
        "    if i < len(self.limits) and $x.norm() < self.limits[i]$:\n        break\nreturn x"
    )
    (after,) = offered(before, "Run every iteration", "if")
    assert "\n    if i < len(self.limits):\n        done = done | (x.norm() < self.limits[i])\n" in after


def test_what_nobody_reads_later_may_change_its_size() -> None:
    before = (
        "for f, head in zip(self.fs, self.heads):\n    x = f(x)\n    y = head(x)\n"
        "    if $y.norm() < 1$:\n        break\nreturn y"
    )
    kept, going_on = offered(before, "Run every iteration", "if")
    assert "    x = torch.where(done, x, f(x))\n" in kept
    assert "    x = f(x)\n    new_y = head(x)\n" in going_on
    assert "    y = new_y if y is None else torch.where(done, y, new_y)\n" in going_on


@pytest.mark.parametrize(
    "before",
    [
        "for f in self.fs:\n    y = f(x)\n    y = y * f.scale\n    if $y.norm() < 1$:\n        break\nreturn y",
        "for f in self.fs:\n    rows.append(x)\n    if $x.norm() < 1$:\n        break\nreturn rows",
        "for f in self.fs:\n    x = f(x)\n    if $x.norm() < 1$:\n        return x, n\nreturn x, x",
        "for f in self.fs:\n    x = f(x)\n    if $x.norm() < 1$:\n        return x\nelse:\n    x = n\nreturn x",
    ],
)
def test_exits_that_more_depends_on_are_not_offered(before: str) -> None:
    assert offered(before, "Run every iteration", "if") == []


def test_a_break_is_handed_on() -> None:
    before = "while True:\n    y = x / 2\n    if $y.norm() < n$:\n        break\n    x = y\nreturn x"
    (after,) = offered(before, "while_loop", "if")
    assert after.split("\n")[2:] == [
        "def keep_going(x, done):",
        "    return ~done",
        "",
        "def one_round(x, done):",
        "    y = x / 2",
        "    done = y.norm() < n",
        "    x = torch.where(done, x, y)",
        "    return x, done",
        "",
        "x, done = torch.while_loop(keep_going, one_round, (x, done))",
        "return x",
    ]


def scanned(forward: str) -> list[str]:
    text = model(forward)
    fact = DimContradicted("time", "x.shape[0]", "specialized", "5", "named", frame(text))
    return [_body(after) for name, after in proposed(text, fact).items() if ".scan" in name]


def test_state_and_what_is_collected_become_a_scan() -> None:
    before = "h = n\nrows = []\nfor t in $range(x.shape[0])$:\n    h = h + x[t]  # add\n    rows.append(h)\nreturn torch.cat(rows, 1), h"
    (after,) = scanned(before)
    assert after == (
        "h = n\n\ndef one_step(h, x_t):\n    h = h + x_t  # add\n    return h, h.clone()\n\n"
        "h, rows = torch._higher_order_ops.scan(one_step, h, x)\n"
        "return rows.movedim(0, 1).flatten(1, 2), h"
    )


@pytest.mark.parametrize(
    "before",
    [
        "h = n\nfor t in $range(x.shape[0])$:\n    h = h + x[t] * t\nreturn h",
        "h = n\nfor t in $range(x.shape[0])$:\n    h = h + x[t - 1]\nreturn h",
        "for row in $x$:\n    h = row\nreturn h",
        "h = n\nrows = []\nfor row in $x$:\n    h = h + row\n    rows.append(h)\nreturn rows, h",
        "h = n\nrows = []\nfor row in $x$:\n    rows.append(h)\n    h = h + row\nreturn torch.stack(rows), h",
        "h = n\nfor row in $x$:\n    h = h + row\n    self.last = h\nreturn h",
    ],
)
def test_what_is_no_scan_is_not_offered(before: str) -> None:
    assert scanned(before) == []
