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


def test_a_while_becomes_functions_of_what_it_carries() -> None:
    before = "while $x.norm() > 1$:  # until it is small\n    # halve it\n    x = x / 2\nreturn x"
    assert offered(before, "while_loop")[0] == (
        "def more(x):\n    return x.norm() > 1\n\ndef step(x):  # until it is small\n    # halve it\n"
        "    x = x / 2\n    return (x,)\n\n(x,) = torch.while_loop(more, step, (x,))\nreturn x"
    )


def test_what_is_changed_in_place_is_copied_and_what_is_aliased_too() -> None:
    before = "old = x\nwhile $x.norm() > 1$:\n    old = x\n    x = x / 2\n    n[0] = 1\nreturn x, old, n"
    (after, *_) = offered(before, "while_loop")
    assert "def step(x, old, n):\n    n = n.clone()\n    old = x\n" in after
    assert "    return x, old.clone(), n\n" in after


@pytest.mark.parametrize(
    "loop",
    [
        "while $x.norm() > 1$:\n    x = x / 2\n    if n > 3:\n        break\nreturn x",
        "while $x.norm() > 1$:\n    x = x / 2\nelse:\n    x = x + 1\nreturn x",
        "while $x.norm() > 1$:\n    self.x = x\n    x = x / 2\nreturn x",
        "seen = []\nwhile $x.norm() > 1$:\n    seen.append(x)\n    x = x / 2\nreturn seen",
        "while $x.norm() > 1$:\n    y = x\n    x = x / 2\nreturn y",  # not bound where no round runs
        "while $x.norm() > 1$: x = x / 2\nreturn x",
        "while (y := $x.norm() > 1$):\n    x = x / 2\nreturn x",
        "while $x.norm() > 1$:\n    print(x)\n    x = x / 2\nreturn x",
    ],
)
def test_a_loop_that_is_no_function_is_left_alone(loop: str) -> None:
    assert offered(loop, "while_loop") == []


def test_a_counted_loop_reads_by_a_tensor() -> None:
    before = "for t in $range(n.item())$:\n    x = x * x[:, t]\nreturn x"
    after, plain = offered(before, "while_loop", "for")
    assert plain.endswith("torch.while_loop(more, step, (0, x))\nreturn x")
    assert "    return t < n\n" in after
    assert "    x = x * x.index_select(1, t).squeeze(1)\n    return t + 1, x\n" in after
    assert after.endswith("_, x = torch.while_loop(more, step, (torch.tensor(0), x))\nreturn x")


def test_an_exit_is_a_mask() -> None:
    before = "for _ in range(3):\n    x = x / 2\n    if $x.norm() < 1$:\n        break\n    x += n\nreturn x"
    (after,) = offered(before, "Run all rounds", "if")
    assert after == (
        "done = torch.tensor(False, device=x.device)\nfor _ in range(3):\n    x = torch.where(done, x, x / 2)\n"
        "    done = done | (x.norm() < 1)\n    x = torch.where(done, x, x + n)\nreturn x"
    )


@pytest.mark.parametrize(
    ("statement", "after"),
    [
        ('assert $not x.isnan().any()$, "NaN"', 'torch._assert_async(~x.isnan().any(), "NaN")'),
        ("if $x.sum()$:\n    raise ValueError", "torch._assert_async(x.sum().logical_not())"),
        (
            'if $(x > 1).any()$:\n    raise ValueError(f"got {x}")',
            'torch._assert_async(~(x > 1).any(), "got")',
        ),
        # `x.max() <= 1` would let a NaN raise where it did not.
        ("if $x.max() > 1$:\n    raise ValueError", "torch._assert_async(~(x.max() > 1))"),
    ],
)
def test_a_check_keeps_its_meaning(statement: str, after: str) -> None:
    found = offered(f"{statement}\nreturn x", "_assert_async", "assert")
    assert found[0] == f"{after}\nreturn x"


def test_a_number_is_checked_as_one() -> None:
    before = 'size = n.item()\nif $size > 9$:\n    raise ValueError(f"{size} is too many")\nreturn x'
    found = offered(before, "_check", "if", "n.item()")
    assert found[0].splitlines()[1] == 'torch._check(size <= 9, lambda: f"{size} is too many")'


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


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("while $x.norm() > 1$:", f"while x.norm() > 1:  # {IGNORE}]"),
        ("while $x.norm() > 1$:  # slow", f"while x.norm() > 1:  # slow  # {IGNORE}]"),
        (
            "while $x.norm() > 1$:  # fullgraph: ignore[graph-break]",
            "ignore[graph-break, data-dependent-branch]",
        ),
        ("while $x.norm() \\\n        > 1$:", f"# {IGNORE}]\nwhile x.norm() \\"),
    ],
)
def test_a_finding_is_silenced_where_it_begins(line: str, after: str) -> None:
    (found,) = offered(f"{line}\n    x = x / 2\nreturn x", "Ignore")
    assert after in found


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
