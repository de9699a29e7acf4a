"""Sizes that the data decides: tensors where they are asked, and Python's with the digits of its floats."""

from __future__ import annotations

import pytest

from tests.rewrites.test_lifted_branches import lifted


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("n = torch.unique(x).numel()", "n = torch.tensor(torch.unique(x).numel())"),
        ("n = len(x[x > 0])", "n = torch.tensor(x[x > 0].shape[0])"),
        (
            "n = torch.masked_select(x, x > 0).size(0)",
            "n = torch.tensor(torch.masked_select(x, x > 0).size(0))",
        ),
        ("n = torch.where(x > 0)[0].shape[0]", "n = torch.tensor(torch.where(x > 0)[0].shape[0])"),
        (
            "values, counts = torch.unique(x, return_counts=True)\nn = len(values)",
            "values, counts = torch.unique(x, return_counts=True)\nn = torch.tensor(values.shape[0])",
        ),
    ],
)
def test_a_size_that_is_asked_is_a_tensor(before: str, after: str) -> None:
    rest = "{}\nreturn torch.tensor({})"
    body = rest.format(f"{before}\nif $n > 2$:\n    r = n / 4\nelse:\n    r = 0.5", "r")
    whole = rest.format(f"{after}\nr = torch.where(n > 2, n.double() / 4, 0.5)", "r")
    assert lifted(body) == whole.replace("torch.tensor(r)", "r.to(torch.float32)")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("r = 2 * n if $n > 2$ else 0", "r = torch.where(n > 2, 2 * n, 0)"),
        ("r = n if $n > 2.5$ else 0.1", "r = torch.where(n.double() > 2.5, n.double(), 0.1)"),
        (
            "r = n * 0.1 if $n > self.least$ else 0",
            "r = torch.where(n.double() > self.least, n.double() * 0.1, 0)",
        ),
        ("r = float(n) if $n > x.shape[0]$ else 0.1", "r = torch.where(n > x.shape[0], n.double(), 0.1)"),
        ("r = math.sqrt(n) if $n > 2$ else 0.1", "r = torch.where(n > 2, torch.sqrt(n.double()), 0.1)"),
    ],
)
def test_it_is_computed_with_as_python_does(before: str, after: str) -> None:
    head = "n = torch.unique(x).numel()\n"
    assert after in (lifted(f"{head}{before}\nreturn torch.tensor(r)") or "").split("\n")


def test_where_nothing_asks_it_stays_as_it_is() -> None:
    body = (
        "found = x.nonzero()\nn = found.shape[0]\nmany = x.sum().item()\nif $many > 2$:\n    y = x.mean()\n"
        "else:\n    y = x.sum()\nreturn x.new_zeros(n, len(found)) + y * n"
    )
    new = lifted(body)
    assert new is not None
    assert "n = found.shape[0]" in new
    assert "return x.new_zeros(n, len(found)) + y * n" in new
    assert "torch.tensor" not in new
