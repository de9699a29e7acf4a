"""Modules and functions that the data chooses: by a chain of branches, or by the key of a dict."""

from __future__ import annotations

import pytest
from fullgraph.model import DataDependent

from tests.rewrites.proposing import frame, mending
from tests.rewrites.test_branches import model, offered

CHAIN = "Rewrite as torch.cond, one in another"
STACKED = "Stack the results of all modules, and choose from them"


def test_ways_that_return_follow_each_other() -> None:
    body = "if $x.sum() > 1$:\n    return self.a(x)\nif x.sum() > 0:\n    return self.b(x)\nreturn x"
    after = offered(body)[CHAIN].replace("\n", "").replace(" ", "")
    cond = "torch.cond(x.sum()>1,lambda:self.a(x),lambda:torch.cond(x.sum()>0,lambda:self.b(x),lambda:x.clone()))"
    assert after.replace(",)", ")") == f"return{cond}"


def test_two_values_stand_in_brackets_of_their_own() -> None:
    body = "if $x.sum() > 1$:\n    return x * 2, x + 1\nelse:\n    return x - 1, x * 3"
    assert offered(body)["Rewrite as torch.cond"] == (
        "return torch.cond(x.sum() > 1, lambda: (x * 2, x + 1), lambda: (x - 1, x * 3))"
    )


@pytest.mark.parametrize(
    "body",
    [
        "if $x.sum() > 1$:\n    y = x * 2\nelif x.sum() > 0:\n    z = x\nelse:\n    y = x\nreturn x",  # two names
        "if $x.sum() > 1$:\n    z = x * 2\nelif x.sum() > 0:\n    z = x\nreturn x",  # it may have no value
        "if $x.sum() > 1$:\n    x = x * 2\nelif y is None:\n    x = x + 1\nreturn x",  # Python knows
        "if $x.sum() > 1$:\n    return x * 2\nelif x.sum() > 0:\n    x = x + 1\nreturn x",
        "if $x.sum() > 1$:\n    return x * 2\nelif x.sum() > 0:\n    return None\nreturn x",
        "if $x.any()$:\n    y = x * 2\nelif x.sum():\n    y = x\nelse:\n    raise ValueError\nreturn y",
    ],
)
def test_other_chains_are_left(body: str) -> None:
    assert CHAIN not in offered(body)


def test_the_comments_of_a_chain_stay_above_it() -> None:
    body = "if $x.sum() > 1$:\n    # large\n    return x * 2\nelif x.sum() > 0:\n    return x + 1\nreturn x"
    assert offered(body)[CHAIN].startswith("# large\nreturn torch.cond(")


@pytest.mark.parametrize(
    ("made", "key", "stacked"),
    [
        ("{'0': torch.sin, '1': torch.cos}", "str(int(x.sum()))", True),
        ("{f'h{i}': torch.sin for i in range(3)}", "f'h{int(x.sum())}'", True),
        ("{0: torch.sin, 1: torch.cos}", "int(x.sum())", True),
        ("[torch.sin, torch.cos]", "int(x.sum())", True),
        ("{'1': torch.sin, '0': torch.cos}", "str(int(x.sum()))", False),
        ("{1: torch.sin, 2: torch.cos}", "int(x.sum())", False),
        ("{f'h{i}': torch.sin for i in range(3)}", "f'k{int(x.sum())}'", False),
        ("{f'h{i}': torch.sin for i in range(3)}", "f'h{int(x.sum()):02}'", False),
        ("{f'h{i}': torch.sin for i in range(1, 3)}", "f'h{int(x.sum())}'", False),
        ("{f'h{i}': torch.sin for i in range(3) if i}", "f'h{int(x.sum())}'", False),
    ],
)
def test_a_dict_is_a_list_where_its_keys_count(made: str, key: str, stacked: bool) -> None:
    text = model(f"made = {made}\nreturn $made[{key}]$(x)")
    assert (STACKED in mending(text, DataDependent(frame(text), "u0", "int"))) is stacked
