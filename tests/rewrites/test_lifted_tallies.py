"""Lists of which only the length is asked for: of any other list nothing is counted."""

from __future__ import annotations

import pytest

from tests.rewrites.proposing import proposed
from tests.rewrites.test_branches import asks, model


@pytest.mark.parametrize(
    ("asked", "is_counted"),
    [
        ("len(bad) == 0", True),
        ("not bad", True),
        ("1 if bad else 0", True),
        ("len(bad + [1])", False),
        ("'far' in bad", False),
        ("bad == ['far']", False),
        ("bad[0] == 'far'", False),
        ("(lambda: len(bad))()", False),
        ("len(set(bad))", False),
    ],
)
def test_a_list_is_counted_where_only_its_length_is_asked(asked: str, is_counted: bool) -> None:
    body = f"bad = []\nif $torch.allclose(x, x + 1)$:\n    bad.append('far')\nprint(bad)\nreturn torch.tensor({asked})"
    text = model(body)
    found = proposed(text, asks(text)).get("Compute it with tensors throughout", "")
    assert (
        "bad_count = bad_count + torch.isclose" in found or "bad_count + condition" in found
    ) is is_counted


@pytest.mark.parametrize("more", ["bad = []", "bad += ['near']", "bad.extend(['near'])", "x = x + f(bad)"])
def test_what_else_changes_a_list_is_not_counted(more: str) -> None:
    body = f"bad = []\nif $torch.allclose(x, x + 1)$:\n    bad.append('far')\n{more}\nreturn torch.tensor(len(bad))"
    text = model(body)
    assert "bad_count" not in proposed(text, asks(text)).get("Compute it with tensors throughout", "")
