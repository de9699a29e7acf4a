"""How many classes `torch.bincount` counts, and parts without rows, tried on text that nothing runs."""

from __future__ import annotations

import pytest
from fullgraph.model import DataDependent

from tests.rewrites.proposing import frame, mending

HEAD = "import torch\nfrom torch import nn\n\n\n"


def offered(body: str, starting: str) -> list[str]:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    text = (
        f"{HEAD}# fullgraph: args=(torch.tensor([0, 2, 1]), torch.randn(3, 4))\nclass Model(nn.Module):\n"
        f"    def forward(self, ids, x):\n{lines}"
    )
    found = mending(text, DataDependent(frame(text), "u0", "int"))
    return [after for title, after in found.items() if title.startswith(starting)]


COUNT = "Check that no id is beyond"


@pytest.mark.parametrize(
    ("counted", "after"),
    [
        ("n = $torch.bincount(ids, minlength=self.n).tolist()$", "torch._check(classes.shape[0] == self.n)"),
        ("n = $ids.bincount(None, 2 + k).tolist()$", "torch._check(classes.shape[0] == 2 + k)"),
        (
            "n = $torch.bincount(ids, minlength=4)$\nm = n.tolist()",
            "n = torch.bincount(ids, minlength=4)\n        torch._check(n.shape[0] == 4)\n",
        ),
    ],
)
def test_the_number_of_classes_is_checked(counted: str, after: str) -> None:
    assert after in offered(f"{counted}\nreturn x.split(n)", COUNT)[0]


LOOP = """ends = $ids.bincount().tolist()$
start = 0
for i, n in enumerate(ends):
    end = start + n
    {leave}
    kept.append(self.experts[i](x[start:end]))
    start = end
return {given}"""


@pytest.mark.parametrize("test", ["n == 0", "start == end"])
def test_experts_without_tokens_are_counted_where_their_rounds_do_nothing(test: str) -> None:
    body = LOOP.format(leave=f"if {test}:\n        continue", given="x")
    assert "classes = ids.bincount(minlength=len(self.experts))\n" in offered(body, COUNT)[0]


@pytest.mark.parametrize(
    ("leave", "given"),
    [("if n == 1:\n        continue", "x"), ("pass", "x"), ("if n == 0:\n        continue", "i")],
)
def test_other_rounds_do_something(leave: str, given: str) -> None:
    assert not offered(LOOP.format(leave=leave, given=given), COUNT)


@pytest.mark.parametrize(
    "counted", ["torch.bincount(ids, minlength=ids.max()).tolist()", "ids.bincount().tolist()"]
)
def test_a_number_that_the_data_decides_is_not_checked(counted: str) -> None:
    assert not offered(f"n = ${counted}$\nreturn x.split(n)", COUNT)


PARTS = """parts = []
start = 0
for i, n in enumerate(ids):
    part, end = x[start : start + n], start + n
    if {test}:
        parts.append({added})
return {joined}"""


@pytest.mark.parametrize(
    ("test", "added"),
    [
        ("$part.shape[0] > 0$", "self.f(part)"),
        ("$len(part)$ > 0", "self.f(part)"),
        ("$part.numel()$ != 0", "self.f(part)"),
        ("$n > 0$", "self.f(x[start : start + n])"),
        ("$end > start$", "self.f(x[start:end])"),
    ],
)
def test_a_part_without_rows_adds_none(test: str, added: str) -> None:
    assert offered(
        PARTS.format(test=test, added=added, joined="torch.cat(parts, dim=0)"), "Remove the redundant"
    )


@pytest.mark.parametrize(
    ("test", "added", "joined"),
    [
        ("$part.shape[0] > 0$", "self.f(part).mean(0)", "torch.cat(parts)"),
        ("$part.shape[0] > 1$", "self.f(part)", "torch.cat(parts)"),
        ("$part.shape[1] > 0$", "self.f(part)", "torch.cat(parts)"),
        ("$part.shape[0] > 0$", "self.f(part)", "torch.stack(parts)"),
        ("$part.shape[0] > 0$", "self.f(part)", "torch.cat(parts, dim=1)"),
        ("$part.shape[0] > 0$", "self.f(part)", "torch.cat(parts), len(parts)"),
        ("$n > 0$", "self.f(x[start:end])", "torch.cat(parts)"),
    ],
)
def test_a_part_that_may_add_something_keeps_its_condition(test: str, added: str, joined: str) -> None:
    assert not offered(PARTS.format(test=test, added=added, joined=joined), "Remove the redundant")
