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


EVERY = "Run every round up to the bound"


def test_a_number_of_tries_bounds_a_loop_whose_gradient_is_kept() -> None:
    before = (
        "scale = 1.0\ntries = 0\ne = torch.exp(x * scale)\n"
        "while not $torch.isfinite(e).all()$ and tries < self.most:\n"
        "    scale *= 0.5\n    tries += 1\n    e = torch.exp(x * scale)\nreturn e, torch.tensor(scale)"
    )
    exact, plain = offered(before, EVERY)
    assert exact == (
        "scale = torch.tensor(1.0, dtype=torch.float64)\ntries = 0\ne = torch.exp(x * scale)\n"
        "done = torch.tensor(False, device=e.device)\nwhile tries < self.most:\n"
        "    done = done | torch.isfinite(e).all()\n    scale = torch.where(done, scale, scale * 0.5)\n"
        "    tries += 1\n    e = torch.exp(x * scale)\nreturn e, scale.to(torch.get_default_dtype())"
    )
    assert plain.startswith("scale = 1.0\n")
    # What the loop makes is kept where it is not what stood above it.
    kept = "    e = torch.where(done, e, "
    for other in (
        before.replace("e = torch.exp(x * scale)\nwhile", "e = x\nwhile"),
        before.replace("    scale *= 0.5\n", "").replace("\nreturn", "\n    scale *= 0.5\nreturn"),
        before.replace("torch.exp(x * scale)", "self.f(x * scale)"),
        before.replace("x * scale)\nwhile", "x * scale)\nx = x + 1\nwhile"),
    ):
        assert kept in offered(other, EVERY)[0]


def test_a_loop_that_only_a_break_bounds_has_that_bound_left() -> None:
    before = (
        "i = 0\nwhile $x.sum() > 1$:\n    x = x - 1\n    i += 1\n    if i >= 4:\n        break\nreturn x, i"
    )
    (after,) = offered(before, EVERY)
    assert "while True:\n    done = done | ~(x.sum() > 1)\n" in after
    assert "    if i >= 4:\n        break\n" in after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            (
                "i = 0\nwhile True:\n    y = x / 2\n    i += 1\n    if $(y - x).norm() < 1$ or i >= 8:\n"
                "        break\n    x = y\nreturn y, i"
            ),
            (
                "i = 0\ndone = torch.tensor(False, device=x.device)\n"
                "rounds = torch.full_like(done, i, dtype=torch.int64)\nwhile True:\n    y = x / 2\n    i += 1\n"
                "    rounds = torch.where(done, rounds, i)\n    done = done | ((y - x).norm() < 1)\n"
                "    if i >= 8:\n        break\n    x = torch.where(done, x, y)\ni = rounds\nreturn y, i"
            ),
        ),
        (
            (
                "i = 0\nwhile True:\n    x = x / 2\n    if $x.norm() < 1$:\n        break\n    i = i + 1\n"
                "    if 5 <= i:\n        break\nreturn x"
            ),
            (
                "i = 0\ndone = torch.tensor(False, device=x.device)\nwhile True:\n"
                "    x = torch.where(done, x, x / 2)\n    done = done | (x.norm() < 1)\n    i = i + 1\n"
                "    if 5 <= i:\n        break\nreturn x"
            ),
        ),
        (
            (
                'err = float("inf")\ni = 0\nwhile $err > 0.1$ and 5 > i:\n'
                "    new = torch.tanh(x)\n    err = (new - x).norm()\n    x = new\n    i += 1\nreturn x"
            ),
            (
                'err = torch.tensor(float("inf"))\ni = 0\ndone = torch.tensor(False, device=x.device)\n'
                "while 5 > i:\n    done = done | ~(err > 0.1)\n    new = torch.tanh(x)\n"
                "    err = torch.where(done, err, (new - x).norm())\n    x = torch.where(done, x, new)\n"
                "    i += 1\nreturn x"
            ),
        ),
    ],
)
def test_every_round_up_to_a_bound(before: str, after: str) -> None:
    assert offered(before, EVERY)[-1] == after


@pytest.mark.parametrize(
    ("bound", "step"),
    [
        ("i < 500", "i += 1"),
        ("i < self.n", "i -= 1"),
        ("i < n", "n = n + 1\n    i += 1"),
        ("i < 5", "i += 1\n    i += 1"),
        ("i < 5", "i += int(x[0, 0])"),
        ("i < 5", "i += 1\n    print(x)"),
        ("self.go", "i += 1"),
        ("i < 5", "i += 1\n    y = x.mul_(2)"),
        ("len(x) > 2", "i += 1"),
        ("i < 5", "i += 1\n    last = x"),  # is read below, where no round may have run
    ],
)
def test_what_no_small_number_bounds_is_not_run_up_to_it(bound: str, step: str) -> None:
    before = f"i = 0\nwhile $x.norm() > 1$ and {bound}:\n    x = x / 2\n    {step}\nreturn x"
    assert offered(before + (", last" if "last" in step else ""), EVERY) == []


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


def test_a_tuple_that_a_loop_returns_is_kept_part_by_part() -> None:
    before = (
        "for i, f in enumerate(self.fs):\n    x = f(x)\n    if $x.norm() < 1$:\n"
        "        return x, torch.tensor(i)\nreturn x, n"
    )
    (after,) = offered(before, "Run every iteration", "if")
    assert after == (
        "early_0 = None\nearly_1 = None\ndone = torch.tensor(False, device=x.device)\n"
        "for i, f in enumerate(self.fs):\n    x = f(x)\n"
        "    early_0 = x if early_0 is None else torch.where(done, early_0, x)\n"
        "    early_1 = torch.tensor(i) if early_1 is None else torch.where(done, early_1, torch.tensor(i))\n"
        "    done = done | (x.norm() < 1)\n"
        "return torch.where(done, early_0, x), torch.where(done, early_1, n)"
    )


@pytest.mark.parametrize(
    ("given", "last"),
    [
        ("x, i", "x, n"),  # a number of Python's
        ("x, 1", "x, n"),
        ("x, n", "x"),
        ("x", "x, n"),
        ("x, n", "x, n, n"),
        ("()", "()"),
        ("y", "x"),  # the next round writes to it
    ],
)
def test_what_is_no_tensor_or_another_number_of_them_is_not_masked(given: str, last: str) -> None:
    before = (
        f"y = x\nfor i in range(3):\n    x = x / 2\n    y += 1\n    if $x.norm() < 1$:\n"
        f"        return {given}\nreturn {last}"
    )
    assert not offered(before, "Run every iteration", "if")


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
        "for f in self.fs:\n    x = f(x)\n    if $x.norm() < 1$:\n        return x, 1\nreturn x, x",
        "for f in self.fs:\n    x = f(x)\n    if $x.norm() < 1$:\n        return x\nelse:\n    x = n\nreturn x",
    ],
)
def test_exits_that_more_depends_on_are_not_offered(before: str) -> None:
    assert offered(before, "Run every iteration", "if") == []


CUT = "cut off"
DECODED = (
    "out = []\nfor _ in range(4):\n    x = x / 2\n    out.append(x)\n    if $x.sum() < n$:\n        break\n"
)


def test_what_was_collected_is_cut_where_the_loop_was_left() -> None:
    (after,) = offered(f"{DECODED}return torch.stack(out, dim=1)", CUT, "if")
    assert after == (
        "out = []\ndone = torch.tensor(False, device=x.device)\nlength = torch.tensor(len(out), device=x.device)\n"
        "for _ in range(4):\n    x = x / 2\n    out.append(x)\n    length = torch.where(done, length, len(out))\n"
        "    done = done | (x.sum() < n)\nsteps = length.item()\ntorch._check(steps <= len(out))\n"
        "return torch.stack(out, dim=1)[:, :steps]"
    )


def test_a_number_that_was_read_for_the_exit_is_a_tensor_again() -> None:
    before = DECODED.replace("x.sum() < n", "x.sum().item() < 3")
    (after,) = offered(f"{before}return torch.cat(out, 0), x", CUT, "if")
    assert "done = done | (x.sum() < 3)\n" in after
    assert "x = torch.where(done, x, x / 2)\n" in after  # read below the loop
    assert "sum(each.shape[0] for each in out)" in after


@pytest.mark.parametrize(
    "before",
    [
        f"{DECODED}return out",  # the caller gets a list, whose length no program can choose
        f"{DECODED}return torch.stack(out), len(out)",
        f"{DECODED}return torch.stack(out, dim=d)",
        DECODED.replace("for _ in range(4)", "while True") + "return torch.stack(out)",
        DECODED.replace("    x = x", "    self.calls.append(1)\n    x = x") + "return torch.stack(out)",
        DECODED.replace("    x = x", "    self.x = x\n    x = x") + "return torch.stack(out)",
        DECODED.replace("for _", "for t") + "return torch.stack(out), t",
        DECODED.replace("    x = x", "    y = x\n    x = x") + "return torch.stack(out), y",  # of no round
        DECODED.replace("out.append(x)", "x = torch.cat([n, x])") + "return x",  # in front
        DECODED.replace("        break", "        x = x + 1\n        break") + "return torch.stack(out)",
    ],
)
def test_what_more_rounds_would_change_is_not_cut(before: str) -> None:
    assert not offered(before, CUT, "if")


SIZED = "for t in $range(int(n.max()))$:\n    h = self.cell(x[:, t], h)\nreturn h"


def sized(loop: str) -> list[str]:
    return offered(f"h = x[:, 0]\n{loop}", "Bound the loop", "for")


def test_a_loop_to_the_longest_row_is_bounded_by_the_size() -> None:
    (after,) = sized(SIZED)
    assert after == (
        "h = x[:, 0]\nlongest = n.max()\n"
        'torch._assert_async(longest <= x.shape[1], "`x` has fewer steps")\n'
        "for t in range(x.shape[1]):\n    done = t >= longest\n"
        "    h = torch.where(done, h, self.cell(x[:, t], h))\nreturn h"
    )


@pytest.mark.parametrize("mask", ["t < n", "(n > t)[:, None]", "(t < n).unsqueeze(1)"])
def test_what_the_lengths_mask_is_not_masked_twice(mask: str) -> None:
    value = f"torch.where({mask}, self.cell(x[:, t], h), h)"
    (after,) = sized(SIZED.replace("self.cell(x[:, t], h)", value))
    assert "done" not in after
    assert f"    h = {value}\n" in after


@pytest.mark.parametrize("mask", ["t < k", "t <= n", "(t < n) | k", "n < t"])
def test_another_mask_is_none_for_further_rounds(mask: str) -> None:
    (after,) = sized(SIZED.replace("self.cell(x[:, t], h)", f"torch.where({mask}, self.cell(x[:, t], h), h)"))
    assert "torch.where(done, h, " in after


@pytest.mark.parametrize(
    "loop",
    [
        SIZED.replace("x[:, t]", "x"),  # nothing says how far it may go
        SIZED.replace("return h", "return h, t"),
        SIZED.replace("    h =", "    x = x + h\n    if h:\n        break\n    h ="),
        SIZED.replace("int(n.max())", "len(n)"),
    ],
)
def test_what_no_size_bounds_is_not_offered(loop: str) -> None:
    assert not sized(loop)


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


@pytest.mark.parametrize(
    "write",
    [
        "row = x[i]\n    row[0] = 1.0",
        "row = x[i]\n    row += 1",
        "row = x[i].view(-1)\n    row *= 2",
        "row = x[i]\n    other = row.add_(1)",
        "row = torch.relu(x[i])\n    other = F.relu(x, inplace=True)",
        "row = torch.relu(x[i])\n    other = torch.add(row, 1, out=x[i])",
    ],
)
def test_a_round_that_writes_to_what_it_did_not_make_is_not_run_on(write: str) -> None:
    """A further round would write once more, and `torch.where` keeps it only from giving names values."""
    loop = "out = []\nfor i in range(4):\n    {}\n    out.append(row * 2)\n    if $(row > 1).all()$:\n        break\n"
    ends = "return torch.stack(out), x"
    made = loop.format("row = x[i] + 1\n    row += 1") + ends
    assert offered(made, "Run every step", "if")
    assert offered(loop.format(write) + ends, "Run every step", "if") == []


def test_a_round_that_adds_to_a_part_of_a_tensor_is_not_masked() -> None:
    loop = (
        "for i in range(4):\n    row = n[i]\n    row += x[i]\n    x = x + row.sum()\n"
        "    if $(x > 1).all()$:\n        break\nreturn x, n"
    )
    assert offered(loop, "Run every iteration", "if") == []
    assert offered(loop.replace("row = n[i]", "row = n * 1"), "Run every iteration", "if")
