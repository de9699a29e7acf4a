"""Loops over rows, lengths and candidates, tried on text that nothing runs: done right, or not offered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fullgraph.model import Construct, DataDependent, Tensor

from tests.rewrites.proposing import frame, proposed

HEAD = "import torch\nfrom torch import nn\nfrom torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence\n\n\n"


def offered(
    forward: str,
    title: str,
    construct: Construct = "if",
    init: str = "self.k = 1",
    dtypes: tuple[str, str] = ("float32", "int64"),
) -> list[str]:
    """The bodies of forward that proposals with such a title give. `dtypes` are those of `x` and `n`."""
    lines = "".join(f"        {line}\n" for line in forward.splitlines())
    text = (
        f"{HEAD}# fullgraph: args=(torch.randn(4, 8), torch.tensor([1, 2, 3, 4]))\nclass Model(nn.Module):\n"
        f"    def __init__(self):\n        super().__init__()\n        {init}\n\n    def forward(self, x, n):\n{lines}"
    )
    where = replace(frame(text), construct=construct)
    inputs = (Tensor("x", dtypes[0], (4, 8)), Tensor("n", dtypes[1], (4,)))
    texts = proposed(text, DataDependent(where, "u0", "bool"), inputs=inputs)
    return [_body(after) for name, after in texts.items() if title in name]


def _body(text: str) -> str:
    body = text.partition("def forward(self, x, n):\n")[2]
    return "\n".join(line.removeprefix("        ") for line in body.splitlines())


# -- rows --------------------------------------------------------------------------------------------


def test_one_thing_or_another_is_chosen_by_where() -> None:
    before = (
        "rows = []\nfor row, k in zip(x, n):\n    if $k > 2$:\n        rows.append(row * 2)\n"
        "        continue\n    rows.append(row)\nreturn torch.stack(rows, 1)"
    )
    assert offered(before, "torch.vmap over the rows") == [
        (
            "def of_row(row, k):\n    return torch.where(k > 2, row * 2, row)\n\n"
            "rows = torch.vmap(of_row)(x, n)\nreturn rows.movedim(0, 1)"
        )
    ]


def test_the_round_that_ends_a_loop_may_add_a_row() -> None:
    before = (
        "rows = []\nfor row in x:\n    rows.append(row)\n    if $row.sum() > 1$:\n        break\n"
        "return torch.stack(rows)"
    )
    (after,) = offered(before, "boolean mask")
    assert "    return row.sum() > 1, row\n" in after
    assert "chosen = ends.cumsum(0) <= ends\n" in after


KEEPING = "rows = []\nfor row in x:\n    if $row.sum() > 1$:\n        rows.append(row)\n{}"


@pytest.mark.parametrize(
    "before",
    [
        KEEPING.format("return rows"),  # a list is what is returned
        KEEPING.format("if len(rows) > 2:\n    return x\nreturn torch.stack(rows)"),  # it is counted
        KEEPING.format("    last = row\nreturn torch.stack(rows) + last"),  # a round leaves something
        KEEPING.format("        rows.append(row * 2)\nreturn torch.stack(rows)"),  # two of one row
        KEEPING.format("    x[0] = 1\nreturn torch.stack(rows)"),  # it writes
        (
            "h = x[0]\nrows = []\nfor row in x:\n    if $row.sum() > 1$:\n        h = h + row\n        rows.append(h)\n"
            "return torch.stack(rows)"
        ),  # it goes on from the last round
        (
            "rows = [x[0]]\nfor row in x:\n    if $row.sum() > 1$:\n        rows.append(row)\n"
            "return torch.stack(rows)"
        ),  # the list has something already
        (
            "rows = []\nfor row in x:\n    y = row\n    if $y.sum() > 1$:\n        continue\n    y = y * 2\n"
            "    rows.append(y)\nreturn torch.stack(rows)"
        ),  # the condition is of what the name was before
    ],
)
def test_other_loops_keep_their_rows(before: str) -> None:
    assert offered(before, "boolean mask") == []


def test_rows_of_different_lengths_are_not_mapped() -> None:
    before = "return torch.stack([x[i, :k].softmax(0) for i, k in $enumerate(n)$])"
    assert offered(before, "vmap", "for") == []


# -- places ------------------------------------------------------------------------------------------


def test_a_set_of_places_is_assigned_at_once() -> None:
    before = "for t in $set(n.tolist())$:\n    x[0, t] /= 2\nreturn x"
    assert offered(before, "at once", "for") == ["x[0, n] = x[0, n] / 2\nreturn x"]


@pytest.mark.parametrize(
    "body",
    [
        "x[0, t] /= 2",  # twice, where a place comes twice
        "x[0, t] = x[0, t] + 1",
        "x[0, t] = t",  # the place itself is the value
        "x[0, t:] = 1",
        "self.log(t)",
    ],
)
def test_other_loops_over_places_stay(body: str) -> None:
    assert offered(f"for t in $n.tolist()$:\n    {body}\nreturn x", "at once", "for") == []


# -- lengths -----------------------------------------------------------------------------------------


def test_a_slice_from_the_length_on_is_the_other_comparison() -> None:
    before = "mask = torch.ones(4, 8)\nfor i, k in enumerate(n):\n    $mask[i, k:]$ = 0\nreturn x * mask"
    (after,) = offered(before, "Compare places", "call")
    assert ">= (n + mask.shape[1] * (n < 0))[:, None]\nmask[valid] = 0\n" in after


@pytest.mark.parametrize(
    ("lengths", "bound"),
    [
        ("(x > 0).sum(1)", "n[:, None]"),
        ("n.clamp(min=0)", "n[:, None]"),
        ("torch.clamp(n, 1, 8)", "n[:, None]"),
        ("(x > 0).sum(1) + 1", "n[:, None]"),
        ("(x > 0).sum(1) - 1", "(n + x.shape[1] * (n < 0))[:, None]"),
        ("n.clamp(max=8)", "(n + x.shape[1] * (n < 0))[:, None]"),
        ("(x > 0).sum(1)\nn[0] = -1", "(n + x.shape[1] * (n < 0))[:, None]"),
        ("(x > 0).sum(1)\nn -= 1", "(n + x.shape[1] * (n < 0))[:, None]"),
        ("(x > 0).sum(1)\nn.sub_(1)", "(n + x.shape[1] * (n < 0))[:, None]"),
    ],
)
def test_what_may_be_below_0_counts_from_the_end(lengths: str, bound: str) -> None:
    """As the bounds of Python's slices do; what can only be 0 or more is left alone."""
    loop = "return torch.stack([x[i, :k].sum(0) for i, k in enumerate($n$)])"
    (after, *_) = _reduced(f"n = {lengths}\n{loop}")
    assert f"valid = torch.arange(x.shape[1], device=x.device) < {bound}\n" in after


@pytest.mark.parametrize(
    "body",
    [
        "$x[k, :i]$ = 1",  # the row is not the one that is counted
        "$x[i, :k]$ = k",  # another value in each row
        "$x[i, :k]$ = 1\n    self.log(i)",
        "$x[i, k]$ = 1",
    ],
)
def test_other_assignments_to_rows_stay(body: str) -> None:
    assert offered(f"for i, k in enumerate(n):\n    {body}\nreturn x", "Compare places", "call") == []


def test_what_is_left_of_a_row_is_not_reduced() -> None:
    before = "return torch.stack([x[i, :k].{} for i, k in $enumerate(n)$])"
    assert offered(before.format("sum(0)"), "under a mask", "for")
    for other in ("sum(1)", "median(0).values", "max(0).indices", "norm()", "sum(0, keepdim=True) + x[i, 0]"):
        assert offered(before.format(other), "under a mask", "for") == []


PACKED = (
    "out, {} = $self.rnn(pack_padded_sequence(x, n, batch_first=True))$\n"
    "out, _ = pad_packed_sequence(out, batch_first=True)\nreturn {}"
)


def test_a_packed_sequence_is_run_padded() -> None:
    gru = "self.rnn = nn.GRU(8, 4, batch_first=True)"
    first, second = offered(PACKED.format("h", "out, h"), "on the padded sequence", "call", gru)
    assert "torch._check(longest <= x.shape[1])\n" in first
    assert "longest" not in second


@pytest.mark.parametrize(
    ("init", "state", "result"),
    [
        ("nn.GRU(8, 4, 2, batch_first=True)", "h", "out, h"),  # the states of the first layer
        ("nn.GRU(8, 4, 2, batch_first=True, bidirectional=True)", "_", "out"),
        ("nn.GRU(8, 4)", "h", "out, h"),  # the batch stands elsewhere
        ("nn.LSTM(8, 4, batch_first=True)", "(h, c)", "out, c"),  # the cells are no output
        ("nn.LSTM(8, 4, batch_first=True, bidirectional=self.two)", "_", "out"),
        ("make_rnn()", "h", "out, h"),
    ],
)
def test_what_no_output_has_stays_packed(init: str, state: str, result: str) -> None:
    before = PACKED.format(state, result)
    assert offered(before, "on the padded sequence", "call", f"self.rnn = {init}") == []


# -- candidates --------------------------------------------------------------------------------------

NMS = (
    "order = n.argsort()\nkeep = []\nwhile $order.numel() > 0$:\n    i = order[0]\n    keep.append(i)\n"
    "    near = self.f(x[i], x[order[1:]])\n    order = {}\n{}"
)


def test_candidates_are_scanned() -> None:
    (after,) = offered(NMS.format("order[1:][near < 1]", "return torch.stack(keep)"), "Scan all", "while")
    assert "def stays_beside(x_i):\n    near = self.f(x_i, x[order])\n    return near < 1\n" in after
    assert after.endswith("keep = order[kept]\nreturn keep")


@pytest.mark.parametrize(
    ("left", "rest"),
    [
        ("order[1:][near < 1]", "return keep"),
        ("order[1:][near < 1]", "return torch.stack(keep), order"),
        ("order[1:][near < 1]", "return torch.stack(keep), near"),
        ("order[1:]", "return torch.stack(keep)"),
        ("order[1:].sort().values", "return torch.stack(keep)"),
    ],
)
def test_other_loops_over_candidates_stay(left: str, rest: str) -> None:
    assert offered(NMS.format(left, rest), "Scan all", "while") == []


# -- parts of rows -----------------------------------------------------------------------------------


def _reduced(forward: str) -> list[str]:
    return offered(forward, "Reduce the padded tensor")


def test_a_part_begins_where_the_data_says() -> None:
    before = (
        "rows = []\nfor i in range(x.shape[0]):\n    s, e = int(n[i]), int($n[i]$) + self.k\n"
        "    rows.append(x[i, s:e].sum(0))\nreturn torch.stack(rows)"
    )
    (after,) = _reduced(before)
    assert "first, last = n[:, None], (n + self.k)[:, None]\n" in after
    assert "last = torch.where(last < 0, last + x.shape[1], last)\n" in after
    assert "rows = x.masked_fill(~valid.unsqueeze(-1), 0).sum(1)\n" in after


@pytest.mark.parametrize(("dtype", "count"), [("float16", 0), ("bfloat16", 0), ("float32", 1)])
def test_a_mean_of_half_precision_stays_as_its_sum_may_be_infinite(dtype: str, count: int) -> None:
    before = "return torch.stack([x[i, : int($n[i]$)].mean(0) for i in range(x.shape[0])])"
    assert len(offered(before, "Reduce the padded tensor", dtypes=(dtype, "int64"))) == count


@pytest.mark.parametrize(("dtype", "count"), [("int8", 0), ("uint8", 0), ("int32", 1), ("int64", 1)])
def test_offsets_that_would_wrap_are_left(dtype: str, count: int) -> None:
    before = "return torch.stack([x[n[i] : n[i + 1]].sum(0) for i in range($len(n)$ - 1)])"
    assert len(offered(before, "Reduce the padded tensor", dtypes=("float32", dtype))) == count


def test_a_number_that_is_computed_loses_its_fraction() -> None:
    before = (
        "rows = []\nfor i in range(x.shape[0]):\n    e = int($n[i]$ * 0.5)\n    rows.append(x[i, :e].sum(0))\n"
        "return torch.stack(rows)"
    )
    assert "< ((n * 0.5).long() + x.shape[1] * ((n * 0.5).long() < 0))[:, None]\n" in _reduced(before)[0]


def test_parts_lie_between_offsets() -> None:
    before = "return torch.stack([x[n[i] : n[i + 1]].mean(0) for i in range($len(n)$ - 1)])"
    (after,) = _reduced(before)
    assert "first, last = n[:-1][:, None], n[1:][:, None]\n" in after
    assert "places = torch.arange(x.shape[0], device=x.device)\n" in after


@pytest.mark.parametrize(
    "part",
    [
        "x[i, s : s + 2 : 2].sum(0)",  # every other place
        "x[i, s:].sum(0)",  # to the end
        "x[i, s : s + 2]",  # not reduced
        "x[i, s : s + 2].sum(0) + x[i, s : s + 3].sum(0)",  # parts of two kinds
        "x[i, s : s + 2].sum(0) * x[i, 0]",  # the row itself
        "x[i, s : s + t].sum(0)",  # a number that nobody knows
    ],
)
def test_what_is_no_such_part_stays(part: str) -> None:
    before = (
        f"rows = []\nfor i in range(x.shape[0]):\n    s = int($n[i]$)\n    t = hash(s)\n    rows.append({part})\n"
        "return torch.stack(rows)"
    )
    assert _reduced(before) == []


def test_an_offset_is_what_the_rows_before_took() -> None:
    before = (
        "rows = []\nat = 0\nfor i in range($len(n)$):\n    to = at + int(n[i])\n    rows.append(x[at:to].sum(0))\n    at = to\n"
        "return torch.stack(rows)"
    )
    (after,) = _reduced(before)
    assert after.startswith("first, last = (n.cumsum(0) - n)[:, None], (n.cumsum(0) - n + n)[:, None]\n")


def test_parts_of_a_split_are_checked_as_the_split_does() -> None:
    (after,) = _reduced("return torch.stack([part.mean(0) for part in x.split($n.tolist()$)])")
    assert after.startswith("torch._assert_async((n.sum() == x.shape[0]) & (n >= 0).all(), ")
    assert "first, last = (n.cumsum(0) - n)[:, None], n.cumsum(0)[:, None]\n" in after


@pytest.mark.parametrize(
    "body",
    [
        # The offset begins elsewhere, is read later, moves within the round, or by something else.
        "at = 1\nfor k in $n$.tolist():\n    rows.append(x[at : at + k].sum(0))\n    at += k\nreturn torch.stack(rows)",
        "at = 0\nfor k in $n$.tolist():\n    rows.append(x[at : at + k].sum(0))\n    at += k\nreturn torch.stack(rows), at",
        "at = 0\nfor k in $n$.tolist():\n    at += k\n    rows.append(x[at : at + k].sum(0))\nreturn torch.stack(rows)",
        "at = 0\nfor k in $n$.tolist():\n    rows.append(x[at : at + k].sum(0))\n    at += hash(k)\nreturn torch.stack(rows)",
        # Parts along another dimension, and parts that are used again.
        "for part in torch.split(x, $n$.tolist(), 1):\n    rows.append(part.sum(0))\nreturn torch.stack(rows)",
        "parts = torch.split(x, $n$.tolist())\nfor part in parts:\n    rows.append(part.sum(0))\nreturn torch.stack(rows), parts",
    ],
)
def test_other_parts_stay(body: str) -> None:
    assert _reduced(f"rows = []\n{body}") == []


# -- tables by place ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "after"),
    [
        ("abs(i - j)", "(torch.arange(k).unsqueeze(1) - torch.arange(k)).abs()"),
        ("0 if j > i else 1", "torch.where(torch.arange(k) > torch.arange(k).unsqueeze(1), 0, 1)"),
        ("i == j", "torch.arange(k).unsqueeze(1) == torch.arange(k)"),
        ("0.5 ** (i - j)", ""),  # Python has more digits
        ("(i - j) / 3", ""),
        ("0.1 * (i - j)", ""),
        ("i * 2", ""),  # it goes by one of them alone
        ("pick(i, j)", ""),
        ("x[i, j]", ""),
    ],
)
def test_a_table_by_place_is_made_of_ranges(entry: str, after: str) -> None:
    before = f"k = x.shape[0]\nreturn torch.tensor([[{entry} for j in range(k)] for i in $range(k)$])"
    found = offered(before, "Compute all entries from their places")
    assert found == ([f"k = x.shape[0]\nreturn {after}"] if after else [])


@pytest.mark.parametrize("inner", ["range(i)", "range(k) if j != i", "x"])
def test_other_tables_are_left(inner: str) -> None:
    before = f"k = x.shape[0]\nreturn torch.tensor([[i + j for j in {inner}] for i in $range(k)$])"
    assert offered(before, "Compute all entries from their places") == []


@pytest.mark.parametrize("taken", ["x[i, k - 1]", "x[i, : k - 1].sum(0)", "x[i, : k + 200].sum(0)"])
def test_lengths_that_would_wrap_are_not_computed(taken: str) -> None:
    """Python's `0 - 1` is -1, and that of an uint8 is 255."""
    before = f"return torch.stack([{taken} for i, k in enumerate($n.tolist()$)])"
    assert offered(before, "Reduce the padded", dtypes=("float32", "int64"))
    assert offered(before, "Reduce the padded", dtypes=("float32", "uint8")) == []


@pytest.mark.parametrize(
    ("taken", "stays"),
    [
        ("x[i, k - 1].sum()", True),
        ("x[i, k - 1].softmax(0)", True),
        ("x[i, :k].mean(0).norm()", True),
        ("x[i, :k].mean(0)[0]", True),
        ("x[i, k - 1].softmax(-1)", False),
        ("torch.relu(x[i, :k].mean(0)).float()", False),
        ("self.k(x[i, k - 1])", False),
    ],
)
def test_what_joins_the_places_of_a_row_joins_those_of_no_others(taken: str, stays: bool) -> None:
    before = f"return torch.stack([{taken} for i, k in enumerate($n.tolist()$)])"
    assert (offered(before, "Reduce the padded") == []) is stays
