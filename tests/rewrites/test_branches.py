"""What becomes of branches, loops and checks as people write them: done right, or not offered."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

import pytest
from fullgraph.model import DataDependent, Symbol, Tensor

from tests.rewrites.proposing import frame, proposed

HEAD = "import torch\nfrom torch import nn\n\n\n# fullgraph: args=(torch.randn(4, 8),)\n"
CLASS = "class Model(nn.Module):\n    def forward(self, x, y=None):\n"


def model(body: str) -> str:
    return HEAD + CLASS + "".join(f"        {line}\n" if line else "\n" for line in body.split("\n"))


def asks(text: str) -> DataDependent:
    """The failure at the marked condition; its construct is that of the statement around it."""
    plain, start = text.replace("$", ""), text.index("$")
    words = plain[plain.rindex("\n", 0, start) : start].split()
    construct: Any = {"while": "while", "assert": "assert"}.get(words[0] if words else "", "if")
    asked = replace(frame(text), construct=construct)
    return DataDependent(asked, "u0 > 0", "bool")


def offered(body: str, dtype: str = "float32") -> dict[str, str]:
    """The statements of forward that each proposal leaves, by its title. `dtype` is that of `x`."""
    text = model(body)
    found = {}
    for title, new in proposed(text, asks(text), inputs=(Tensor("x", dtype, (4, 8)),)).items():
        if title.startswith("Suppress "):
            continue
        lines = new.replace("\r\n", "\n").split(CLASS)[1].rstrip("\n").split("\n")
        found[title] = "\n".join(line.removeprefix("        ") for line in lines)
    return found


COND, WHERE, LOOP = "Rewrite as torch.cond", "Rewrite as torch.where", "Rewrite as torch.while_loop"


# -- cond --------------------------------------------------------------------------------------------


def test_two_calls_become_two_lambdas() -> None:
    body = "if $x.sum() > 0$:\n    y = self.a(x)\nelse:\n    y = self.b(x)\nreturn y"
    assert offered(body)[COND] == (
        "y = torch.cond(x.sum() > 0, lambda: self.a(x), lambda: self.b(x))\nreturn y"
    )


def test_a_tensor_that_is_sorted_is_no_list() -> None:
    body = "if $x.sum() > 0$:\n    values, order = x.sort(descending=True)\n    x = values * self.a(order)\nreturn x"
    assert COND in offered(body)
    assert COND not in offered(
        body.replace("values, order = x.sort(descending=True)", "values = order = y\n    y.sort()")
    )


APART, ALIKE = f"{COND}, with inputs of their own", f"{COND}, with contiguous results"


@pytest.mark.parametrize(
    ("parts", "shared"),
    [
        ("y, z = self.a(x).chunk(2, -1)", True),
        ("y, z, _ = torch.unbind(self.a(x).view(3, 4, 8), 0)", True),
        ("y = x[:, :4]\nz = x[:, 4:]", True),
        ("both = self.a(x)\ny, z = both", True),
        ("y, z = x[0], x[1]", True),
        ("y, z = self.a(x), self.b(x)", False),
        ("y, z = self.a(x)", False),
        ("y, z = x.shape", False),
    ],
)
def test_parts_of_one_tensor_are_given_as_copies(parts: str, shared: bool) -> None:
    body = f"{parts}\nif $x.sum() > 0$:\n    w = self.a(y) + z\nelse:\n    w = y - z\nreturn w"
    found = offered(body)
    assert (APART in found) is shared
    assert not shared or found[APART].endswith(
        "def if_true(y, z):\n    return self.a(y) + z\n\ndef if_false(y, z):\n    return y - z\n\n"
        "w = torch.cond(x.sum() > 0, if_true, if_false, (y.clone(), z.clone()))\nreturn w"
    )


def test_results_that_may_lie_otherwise_in_memory_are_contiguous() -> None:
    body = "x = x.transpose(1, 2)\nif $x.sum() > 0$:\n    x += self.a(x)\nreturn x"
    assert offered(body)[ALIKE].endswith(
        "def if_true():\n    return (x + self.a(x)).contiguous()\n\n"
        "def if_false():\n    return x.clone(memory_format=torch.contiguous_format)\n\n"
        "x = torch.cond(x.sum() > 0, if_true, if_false)\nreturn x"
    )
    assert ALIKE not in offered(body.replace("x.transpose(1, 2)", "self.b(x)"))
    choice = "y = x.mT if $x.sum() > 0$ else self.a(x)\nreturn y"
    assert ".contiguous())" in offered(choice)[ALIKE]


def test_what_the_next_round_reads_is_given_back() -> None:
    body = "y = x\nfor _ in range(3):\n    if $x.sum() > 0$:\n        x = x - 1\n        y = y + x\nreturn y"
    assert "    x, y = torch.cond(x.sum() > 0, if_true, if_false, (x, y))" in offered(body)[COND].split("\n")


def test_a_missing_else_keeps_the_value() -> None:
    body = "if $x.sum() > 0$:\n    x = self.a(x)\nreturn x"
    assert (
        offered(body)[COND] == "x = torch.cond(x.sum() > 0, lambda: self.a(x), lambda: x.clone())\nreturn x"
    )


def test_what_comes_after_an_early_return_is_the_other_side() -> None:
    body = "if $x.sum() > 0$:\n    return x\n\n# go on\nx = self.a(x)\nreturn self.b(x)  # done"
    assert offered(body)[COND].split("\n") == [
        "def if_true(x):",
        "    return x.clone()",
        "",
        "def if_false(x):",
        "    # go on",
        "    x = self.a(x)",
        "    return self.b(x)  # done",
        "",
        "return torch.cond(x.sum() > 0, if_true, if_false, (x,))",
    ]


def test_what_a_side_remarks_is_left_out_and_told() -> None:
    body = (
        "if $x.sum() > 0$:\n    log.debug('large')\n    y = self.a(x)\n    x = self.b(y)\n    log.info('done')\n"
        "else:\n    log.debug('small')\nreturn x"
    )
    assert offered(body)[f"{COND}, without `log.debug(…)` and `log.info(…)`"] == (
        "def if_true():\n    y = self.a(x)\n    return self.b(y)\n\ndef if_false():\n    return x.clone()\n\n"
        "x = torch.cond(x.sum() > 0, if_true, if_false)\nreturn x"
    )


def test_a_remark_that_shows_data_is_not_left_out() -> None:
    body = "if $x.sum() > 0$:\n    log.debug(x.max())\n    x = self.a(x)\nreturn x"
    assert not any("without" in title for title in offered(body))


def test_several_names_and_temporaries() -> None:
    body = (
        "z = x\nif $x.sum() > 0$:\n    t = self.a(x)\n    x, z = t, t + 1\nelse:\n    x = x - 1\nreturn x + z"
    )
    assert offered(body)[COND].split("\n") == [
        "z = x",
        "",
        "def if_true(x):",
        "    t = self.a(x)",
        "    x, z = t, t + 1",
        "    return x, z",
        "",
        "def if_false(x):",
        "    x = x - 1",
        "    return x, z.clone()",
        "",
        "x, z = torch.cond(x.sum() > 0, if_true, if_false, (x,))",
        "return x + z",
    ]


@pytest.mark.parametrize("known", ["flag", "self.training", "y is None"])
def test_a_choice_of_pythons_within_one_on_data_stays_pythons(known: str) -> None:
    body = f"flag = True\nz = x * 2\nif $x.sum() > 0$:\n    z = z + x\nelif {known}:\n    z = z - 1\nreturn z"
    given = offered(body)
    assert "in another" not in "".join(given)
    assert f"z = torch.where(x.sum() > 0, z + x, z - 1 if {known} else z)\n" in given[WHERE]


def test_an_elif_becomes_an_else() -> None:
    body = "if self.deep:\n    x = x + 1\nelif $x.sum() > 0$:\n    x = self.a(x)\nelse:\n    x = self.b(x)\nreturn x"
    assert offered(body)[COND].split("\n")[2:5] == [
        "else:",
        "    x = torch.cond(x.sum() > 0, lambda: self.a(x), lambda: self.b(x))",
        "return x",
    ]


def test_writing_in_place_is_done_on_a_copy() -> None:
    body = "if $x.sum() > 0$:\n    x[0] = 1\n    x *= 2\n    x = x + y\nreturn x"
    assert offered(body)[COND].split("\n")[:5] == [
        "def if_true(x):",
        "    x = x.clone()",
        "    x[0] = 1",
        "    x = x * 2",
        "    return x + y",
    ]


@pytest.mark.parametrize(
    ("condition", "tensor"),
    [
        ("x.any() and y.any()", "x.any() & y.any()"),
        ("x.sum() > 0 or not y.all()", "(x.sum() > 0) | ~y.all()"),
        ("not x.sum() > 0", "~(x.sum() > 0)"),
        ("not x.sum()", "x.sum() == 0"),
        ("x.sum() and y", "(x.sum() != 0) & (y != 0)"),
        ("x.sum().item() > 0", "x.sum() > 0"),
        ("not (x.any() and y.any())", "~(x.any() & y.any())"),
        ("0 < x.sum() < 9", "(0 < x.sum()) & (x.sum() < 9)"),
    ],
)
def test_conditions(condition: str, tensor: str) -> None:
    body = f"if ${condition}$:\n    x = self.a(x)\nreturn x"
    assert offered(body)[COND].startswith(f"x = torch.cond({tensor}, ")


@pytest.mark.parametrize(
    "body",
    [
        "if $(n := x.sum()) > 0$:\n    x = self.a(x)\nreturn x",
        "if y is not None and $y.any()$:\n    x = self.a(x)\nreturn x",
        "if $x.any()$:\n    self.count = x\nreturn x",
        "if $x.any()$:\n    out.append(x)\nreturn x",
        "if $x.any()$:\n    z = x\nreturn x + z",  # on the other side there is none
        "for i in range(3):\n    if $x.any()$:\n        break\nreturn x",
        "for i in range(3):\n    if $x.any()$:\n        return x\nreturn x",
        "if $x.any()$:\n    yield self.a(x)\nreturn x",
        "if $x.any()$:\n    x = self.a(x); y = x\nreturn x + y",
        "z = 1; \\\nif_ = 1\nif $x.any()$:\n    x = x + \\\n        self.a(x)\nreturn x",
        "if $x.any()$:\n    return None\nreturn self.a(x)",
        "if $x.any()$:\n    return self.a(x)",
        'if $x.any()$:\n    x = self.a(x, """a\n  b""")\n    x = self.b(x)\nreturn x',
        "return [1 for z in x if $z.any()$]",
        'return f"{1 if $x.any()$ else 2}"',
    ],
)
def test_what_cannot_be_a_function_is_not_offered(body: str) -> None:
    assert COND not in offered(body)


def test_tabs_and_line_ends_stay() -> None:
    text = model("if $x.sum() > 0$:\n    t = self.a(x)\n    x = t + 1\nreturn x")
    text = text.replace("    ", "\t").replace("\n", "\r\n")
    new = proposed(text, asks(text))[COND]
    assert "\r\n\t\tdef if_true():\r\n\t\t\tt = self.a(x)\r\n\t\t\treturn t + 1\r\n" in new
    assert "\n" not in new.replace("\r\n", "")


def test_torch_is_called_as_the_file_calls_it() -> None:
    text = model("if $x.sum() > 0$:\n    x = self.a(x)\nreturn x").replace(
        "import torch\n", "import torch as t\n"
    )
    assert "Rewrite as t.cond" in proposed(text, asks(text))
    text = text.replace("import torch as t\n", "from torch import randn\n")
    assert "import torch\nfrom torch import randn\n" in proposed(text, asks(text))[COND]


# -- where and without -------------------------------------------------------------------------------


def test_cheap_sides_are_chosen_from() -> None:
    assert offered("x = x * 2 if $x.sum() > 0$ else -x\nreturn x") == {
        WHERE: "x = torch.where(x.sum() > 0, x * 2, -x)\nreturn x",
        COND: "x = torch.cond(x.sum() > 0, lambda: x * 2, lambda: -x)\nreturn x",
    }


@pytest.mark.parametrize("value", ["self.a(x)", "x / y", "x.log()", "x @ y", "x**y", "x[0]"])
def test_what_is_dear_or_not_total_is_not(value: str) -> None:
    assert WHERE not in offered(f"if $x.sum() > 0$:\n    x = {value}\nreturn x")


def test_a_mask_needs_no_question() -> None:
    body = "low = x < 0\nif $low.any()$:\n    # rare\n    x[low] = 0\nreturn x"
    titles = [title for title in offered(body) if title.startswith("Remove the redundant")]
    assert offered(body)[titles[0]] == "low = x < 0\n# rare\nx[low] = 0\nreturn x"
    assert not [t for t in offered(body.replace("x[low]", "x[0]")) if t.startswith("Remove the redundant")]


@pytest.mark.parametrize(
    ("dtype", "condition", "tensor"),
    [
        ("int32", "x.max().item() * 1000 > 5", "x.max().long() * 1000 > 5"),
        ("uint8", "5 < -x[0].item()", "5 < -x[0].long()"),
        ("int32", "x.max().item() > 5", "x.max() > 5"),
        ("int64", "x.max().item() * 1000 > 5", "x.max() * 1000 > 5"),
        ("float32", "x.max().item() * 1000 > 5", "x.max() * 1000 > 5"),
    ],
)
def test_what_python_counts_does_not_overflow(dtype: str, condition: str, tensor: str) -> None:
    body = f"if ${condition}$:\n    y = x * 2\nelse:\n    y = x\nreturn y"
    assert offered(body, dtype)[WHERE] == f"y = torch.where({tensor}, x * 2, x)\nreturn y"


REDUNDANT = "Remove the redundant condition"


@pytest.mark.parametrize(
    ("condition", "clamp"),
    [
        ("(x > 5).any()", "x.clamp(max=5)"),
        ("(5.0 <= x).any()", "torch.clamp_max(x, 6)"),
        ("(x < self.low).any()", "x.clamp(self.low)"),
        ("(x.abs() > 2).any()", "torch.clamp(x, -2, 2)"),
        ("(torch.abs(x) > self.most).any()", "x.clip(-self.most, self.most)"),
        ("((x < 0) | (x > 1)).any()", "x.clamp(0, 1)"),
        ("not ((x >= 0) & (x <= 1)).all()", "x.clamp(min=0, max=1)"),
        ("torch.isinf(x).any()", "x.clamp(torch.finfo(x.dtype).min, torch.finfo(x.dtype).max)"),
        ("not x.isfinite().all()", "x.clamp(max=torch.finfo(x.dtype).max)"),
    ],
)
def test_a_clamp_that_does_nothing_needs_no_question(condition: str, clamp: str) -> None:
    asked = f"not ${condition[4:]}$" if condition.startswith("not ") else f"${condition}$"
    titles = offered(f"if {asked}:\n    x = {clamp}\nreturn x")
    assert any(title.startswith(REDUNDANT) for title in titles)


@pytest.mark.parametrize(
    ("condition", "clamp"),
    [
        ("(x > 5).any()", "x.clamp(max=4.9)"),
        ("(x > 5).any()", "x.clamp(0, 5)"),
        ("(x > 5).any()", "x.clamp(min=5)"),
        ("(x.abs() > 2).any()", "x.clamp(-1, 2)"),
        ("(x.abs() < 2).any()", "x.clamp(-2, 2)"),
        ("((x < 0) & (x > -1)).any()", "x.clamp(-1, 0)"),
        ("(x > self.most).any()", "x.clamp(max=self.other)"),
        ("torch.isinf(x).any()", "x.clamp(-1e4, 1e4)"),
        ("x.isnan().any()", "x.clamp(-1, 1)"),
        ("(y > 5).any()", "x.clamp(max=5)"),
        ("(x > 5).any()", "x.nan_to_num()"),
        ("x.isnan().any()", "x.nan_to_num()"),
    ],
)
def test_a_clamp_that_does_more_than_its_condition_asks_keeps_it(condition: str, clamp: str) -> None:
    titles = offered(f"if ${condition}$:\n    x = {clamp}\nreturn x")
    assert not any(title.startswith(REDUNDANT) for title in titles)


def test_what_branches_update_in_place_is_chosen() -> None:
    body = "if $x.sum() > 0$:\n    self.low.copy_(x.min())\n    self.seen += 1\nelse:\n    self.low.mul_(2)\nreturn x"
    assert offered(body)["Rewrite as a torch.where update"] == (
        "condition = x.sum() > 0\nself.low.copy_(torch.where(condition, x.min(), self.low.mul(2)))\n"
        "self.seen.copy_(torch.where(condition, self.seen + 1, self.seen))\nreturn x"
    )


def test_state_that_a_branch_assigns_is_chosen() -> None:
    body = "if $x.sum() > 0$:\n    self.low = x\nreturn x"
    chosen = "self.low = torch.where(x.sum() > 0, x, self.low)\nreturn x"
    assert offered(body)["Rewrite as a torch.where update"] == chosen


@pytest.mark.parametrize(
    ("body", "after"),
    [
        (
            "last = 0.0\nif $x[0] > 0$:\n    x[0] = last\nelse:\n    last = x[0].clone()\nreturn x + last",
            (
                "last = 0.0\ncondition = x[0] > 0\nx[0] = torch.where(condition, last, x[0])\n"
                "last = torch.where(condition, last, x[0].clone())\nreturn x + last"
            ),
        ),
        (
            "n = 1\nif $x[0] > 0$:\n    n += 1\nelse:\n    x[1] = n\n    n = 1\nreturn x + n",
            (
                "n = 1\ncondition = x[0] > 0\nn = torch.where(condition, n + 1, n)\n"
                "x[1] = torch.where(condition, x[1], n)\nn = torch.where(condition, n, 1)\nreturn x + n"
            ),
        ),
    ],
)
def test_a_name_is_chosen_beside_what_is_written(body: str, after: str) -> None:
    assert offered(body)["Rewrite as a torch.where update"] == after


@pytest.mark.parametrize(
    "body",
    [
        # What is written to x later shows in `last`.
        "last = x[0]\nif $x[1] > 0$:\n    last = x[1]\nelse:\n    x[2] = 0\nx[1] = 5\nreturn x + last",
        "last = x[0]\nif $x[1] > 0$:\n    last = x[1].clone()\nelse:\n    x[2] = 0\nx[0] = 5\nreturn x + last",
        # Python adds in double precision.
        "t = 0.0\nif $x[0] > 0$:\n    t = t + 0.1\n    x[0] = 0\nreturn x if t > 0.3 else -x",
        # Names alone are for other rewrites.
        "a, b = 0, 1\nif $x[0] > 0$:\n    a = 1\nelse:\n    b = 0\nreturn x * a + b",
    ],
)
def test_a_name_is_not_chosen(body: str) -> None:
    assert "Rewrite as a torch.where update" not in offered(body)


def test_whole_numbers_are_not_chosen_beside_a_float() -> None:
    body = "last = 0.0\nif $x[0] > 0$:\n    x[0] = last\nelse:\n    last = x[0].clone()\nreturn x + last"
    assert "Rewrite as a torch.where update" not in offered(body, "int64")
    assert "Rewrite as a torch.where update" in offered(body.replace("0.0", "0"), "int64")


@pytest.mark.parametrize(
    "statement", ["self.low.normal_()", "self.low.copy_(x); y = x", "self.f(x)", "x = x + 1"]
)
def test_other_statements_are_no_updates(statement: str) -> None:
    body = f"if $x.sum() > 0$:\n    {statement}\nreturn x"
    assert "Rewrite as a torch.where update" not in offered(body)


def test_padding_by_nothing_needs_no_question() -> None:
    body = "if $n$:\n    x = F.pad(x, (0, n))\nreturn x"
    assert offered(body)["Remove the redundant condition `n`"] == "x = F.pad(x, (0, n))\nreturn x"
    body = body.replace("$n$", "$n > 0$")
    assert (
        offered(body)["Remove the redundant condition `n > 0`"]
        == "x = F.pad(x, (0, torch.sym_max(n, 0)))\nreturn x"
    )
    assert not [t for t in offered(body.replace("(0, n)", "(1, n)")) if t.startswith("Remove the redundant")]


@pytest.mark.parametrize(
    ("test", "pad", "without"),
    [
        ("m != x.size(1)", "m - x.size(1)", "m - x.size(1)"),
        ("x.size(1) < m", "m - x.size(1)", "torch.sym_max(m - x.size(1), 0)"),
        ("m > x.size(1)", "x.size(1) - m", ""),
        ("m == x.size(1)", "m - x.size(1)", ""),
        ("m != x.size(1)", "m - x.size(0)", ""),
    ],
)
def test_padding_by_the_difference_of_what_is_compared(test: str, pad: str, without: str) -> None:
    after = offered(f"if ${test}$:\n    x = F.pad(x, (0, {pad}))\nreturn x")
    expected = f"x = F.pad(x, (0, {without}))\nreturn x" if without else None
    assert after.get(f"Remove the redundant condition `{test}`") == expected


def test_a_comment_within_a_condition_is_not_lost() -> None:
    body = "if $(x.sum()\n        > 0  # why\n        )$:\n    x = self.a(x)\nreturn x"
    assert [title for title in offered(body.replace("$(", "($").replace(")$", "$)")) if "cond" in title] == []
    body = "if $self.f('a  b',\n        x)$:\n    x = self.a(x)\nreturn x"
    assert offered(body)[COND].startswith("x = torch.cond(self.f('a  b', x), ")


def test_the_comment_of_a_special_case_goes_with_it() -> None:
    body = "y = x[x > 0]  # positive\n# none of them\n# is left\nif $y.numel() == 0$:\n    return y\n# some are\nreturn y"
    new = offered(body)["Remove the special case `y.numel() == 0`"]
    assert new == "y = x[x > 0]  # positive\n# some are\nreturn y"


def test_a_choice_within_a_choice_is_chosen_from_too() -> None:
    choice = "x + 1 if $x.sum() > 1$ else (x - 1 if x.min() > 0 else -x)"
    assert offered(f"return {choice}")[WHERE] == (
        "return torch.where(x.sum() > 1, x + 1, torch.where(x.min() > 0, x - 1, -x))"
    )
    assert offered(f"return {choice.replace('x.min() > 0', 'y is None')}")[WHERE] == (
        "return torch.where(x.sum() > 1, x + 1, x - 1 if y is None else -x)"
    )


def test_brackets_around_a_choice_go_with_it() -> None:
    assert (
        offered("return x * (1.0 if $x.any()$ else 2.0)")[WHERE]
        == "return x * torch.where(x.any(), 1.0, 2.0)"
    )
    assert (
        offered("return self.a(x if $x.any()$ else -x)")[WHERE]
        == "return self.a(torch.where(x.any(), x, -x))"
    )


# -- checks ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("assert $x.all()$", "torch._assert_async(x.all())"),
        ("assert $x.all()$, 'no'  # why", "torch._assert_async(x.all(), 'no')  # why"),
        ("if $x.any()$:\n    raise ValueError('no')", "torch._assert_async(~x.any(), 'no')"),
        (
            'if $x.max() > 3$:\n    raise ValueError(f"{x} is {y!r}")',
            'torch._assert_async(~(x.max() > 3), "`x` is `y`")',
        ),
        (
            "if y is not None and $y.any()$:\n    raise ValueError",
            "if y is not None:\n    torch._assert_async(~y.any())",
        ),
        (
            "if $x.any()$ or y.any():\n    raise ValueError('no')",
            "torch._assert_async(~x.any(), 'no')\ntorch._assert_async(~y.any(), 'no')",
        ),
    ],
)
def test_checks(statement: str, check: str) -> None:
    new = offered(f"{statement}\nreturn x")["Replace with torch._assert_async"]
    assert new == f"{check}\nreturn x"


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ('f"bad {tuple(x.shape)} of {x.dtype!s:>9}"', 'f"bad {tuple(x.shape)} of {x.dtype!s:>9}"'),
        ('f"bad {x.shape[0]:4d}"', 'f"bad {x.shape[0]}"'),
        ('f"{len(x)} rows, {x.size(1)} columns"', 'f"`len(x)` rows, {x.size(1)} columns"'),
        ('f"{y}: {x.sum()}"', '"`y`: `x.sum()`"'),
    ],
)
def test_what_a_message_says_is_kept_where_it_is_no_data(message: str, kept: str) -> None:
    new = offered(f"if $x.any()$:\n    raise ValueError({message})\nreturn x")
    assert new["Replace with torch._assert_async"] == f"torch._assert_async(~x.any(), {kept})\nreturn x"


def test_numbers_have_their_own_check() -> None:
    new = offered("n = x.sum().item()\nassert $n > 3$, 'few'\nreturn x")
    first = next(iter(new))
    assert first == "Replace with torch._check"
    assert new[first].split("\n")[1] == "torch._check(n > 3, lambda: 'few')"


# -- loops -------------------------------------------------------------------------------------------


def test_a_counter_becomes_a_tensor() -> None:
    body = "i = 0\nwhile $x.sum() > 1$ and i < 9:\n    x = x / 2\n    i += 1\nreturn x"
    assert offered(body)[LOOP].split("\n") == [
        "i = torch.tensor(0)",
        "",
        "def keep_going(x, i):",
        "    return (x.sum() > 1) & (i < 9)",
        "",
        "def one_round(x, i):",
        "    x = x / 2",
        "    i = i + 1",
        "    return x, i",
        "",
        "x, i = torch.while_loop(keep_going, one_round, (x, i))",
        "return x",
    ]


@pytest.mark.parametrize(
    "body",
    [
        "while $x.sum() > 1$:\n    x = x / 2\n    if self.stop:\n        break\nreturn x",
        "while $x.sum() > 1$:\n    x = x / 2\nelse:\n    x = -x\nreturn x",
        "while $x.sum() > 1$:\n    return x\nreturn x",
        "while $x.sum() > 1$:\n    z = x\nreturn z",
        "while $(n := x.sum()) > 1$:\n    x = x / 2\nreturn x",
    ],
)
def test_loops_that_are_left_otherwise_are_not_offered(body: str) -> None:
    assert LOOP not in offered(body)


# -- silencing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "silenced"),
    [
        ("if $x.any()$:", "if x.any():  # fullgraph: ignore[data-dependent-branch]"),
        ("if $x.any()$:  # so", "if x.any():  # so  # fullgraph: ignore[data-dependent-branch]"),
        (
            "if $x.any()$:  # fullgraph: ignore[lost-state]",
            "if x.any():  # fullgraph: ignore[lost-state, data-dependent-branch]",
        ),
    ],
)
def test_the_comment_names_the_rule(line: str, silenced: str) -> None:
    text = model(f"{line}\n    x = -x\nreturn x")
    new = proposed(text, asks(text))["Suppress data-dependent-branch on this line"]
    assert silenced in [each.strip() for each in new.split("\n")]


def test_no_comment_in_a_string_or_before_a_continuation() -> None:
    for line in ('z = f"""{1 if $x.any()$ else 2}\n"""', "z = $x.any()$ and \\\n    x.all()"):
        text = model(f"{line}\nreturn x")
        assert not [t for t in proposed(text, asks(text)) if t.startswith("Suppress ")]


def test_the_helpers_cut_what_they_show() -> None:
    assert ast.parse(model("return x"))
    assert offered("if $x.any()$:\n    pass\nreturn x") == {}


# -- kernels of attention ------------------------------------------------------------------------------


def with_kernel(line: str, expression: str = "(u0 // 4) == 0") -> list[str]:
    text = model(f"{line}\nreturn x")
    asked = frame(text, "self.block")
    symbol = Symbol("u0", "u0", made_at=asked.place, made_by="x[y]")
    found = proposed(text, DataDependent(asked, expression, "bool", symbols=(symbol,)))
    return [after.partition(CLASS)[2] for title, after in found.items() if "MATH" in title]


@pytest.mark.parametrize(
    "line",
    [
        "x = $self.block(x)$",
        "x = self.norm($self.blocks[0](x)$)  # each with each",
        "x = $torch.nn.functional.scaled_dot_product_attention(x, x, x)$",
    ],
)
def test_attention_keeps_to_one_kernel_where_data_counts_the_tokens(line: str) -> None:
    kernel = "torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH)"
    plain = line.replace("$", "")
    assert with_kernel(line) == [f"        with {kernel}:\n            {plain}\n        return x\n"]


def test_what_is_no_attention_has_no_kernel() -> None:
    assert not with_kernel("x = $self.block(x)$", "u0 == 1")
    assert not with_kernel("x = $torch.relu(x)$")
    assert not with_kernel("x = $x + 1$")
    assert not with_kernel("y = 1; x = $self.block(x)$")


@pytest.mark.parametrize(
    ("test", "size"),
    [
        ("y.shape[-2:] != x.shape[-2:]", "x.shape[-2:]"),
        ("not (y.size()[2:] == size)", "size"),
        ("y.shape != x.shape", "(x.shape[2], x.shape[3])"),
        ("y.shape[2] != h or w != y.shape[3]", "(h, w)"),
    ],
)
def test_to_resize_to_the_same_size_needs_no_question(test: str, size: str) -> None:
    body = f"if ${test}$:\n    y = F.interpolate(y, size={size})\nreturn y"
    assert offered(body)["Resize whatever the size is"] == f"y = F.interpolate(y, size={size})\nreturn y"


@pytest.mark.parametrize(
    ("test", "size"),
    [
        ("y.shape[2] != x.shape[2]", "x.shape[2:]"),  # the width may be another one
        ("y.shape[-2:] != x.shape[-2:]", "z.shape[-2:]"),
        ("y.shape[2] != h or y.shape[3] != w", "(w, h)"),
        ("y.shape[2] != h and y.shape[3] != w", "(h, w)"),
        ("y.shape[-2:] == x.shape[-2:]", "x.shape[-2:]"),
        ("y.shape[1:] != x.shape[1:]", "x.shape[2:]"),
    ],
)
def test_another_question_about_sizes_stays(test: str, size: str) -> None:
    body = f"if ${test}$:\n    y = F.interpolate(y, size={size})\nreturn y"
    assert "Resize whatever the size is" not in offered(body)


def test_comments_stay_above_what_takes_their_place() -> None:
    body = (
        "if $x.sum() > 0$:  # mostly\n    # twice\n    x = x * 2\nelse:\n    x = x + 1  # and one\nreturn x"
    )
    chosen = "# mostly\n# twice\nx = torch.where(x.sum() > 0, x * 2, x + 1)  # and one\nreturn x"
    assert offered(body)["Rewrite as torch.where"] == chosen
    body = "if $x.sum() > 0$:\n    # the first\n    self.low.copy_(x)  # all of it\nreturn x"
    chosen = "# the first\nself.low.copy_(torch.where(x.sum() > 0, x, self.low))  # all of it\nreturn x"
    assert offered(body)["Rewrite as a torch.where update"] == chosen


def test_a_message_in_several_strings_is_one_text() -> None:
    body = (
        "m = x > 0\nif $x[m].numel() != y.numel()$:\n    n = m.sum()\n    raise ValueError(\n"
        '        f"The sizes differ: "\n        f"{n} and {y.shape[1]}."\n    )\nreturn x'
    )
    said = 'f"The sizes differ: `n` and {y.shape[1]}."'
    assert said in offered(body)["Replace with torch._assert_async"]


def test_what_holds_a_string_of_several_lines_is_not_moved() -> None:
    text = '"""\n  a\n"""'
    body = f"if $x.isnan().any()$:\n    x[x.isnan()] = self.f({text})\nreturn x"
    assert not any("Remove the redundant" in title for title in offered(body))
