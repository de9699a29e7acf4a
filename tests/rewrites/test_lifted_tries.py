"""What is tried, and what the ways of a branch say: where that cannot stand apart, nothing is rewritten."""

from __future__ import annotations

import pytest

from tests.rewrites.proposing import proposed
from tests.rewrites.test_branches import asks, model

TITLE = "Compute it with tensors throughout"


def lifted(body: str) -> str | None:
    """The lines of forward once it is lifted; None where it is not."""
    text = model(body)
    return proposed(text, asks(text)).get(TITLE)


@pytest.mark.parametrize(
    ("said", "is_lifted"),
    [
        ("print('far')\nn = n + 1", True),
        ("n = n + 1\nprint(n)", True),
        ("d = (x - n).abs().max()\nprint(d)\nn = n + 1", True),
        ("print(n)\nn = n + 1", True),
        ("n = n + 1\nprint(n)\nn = n * 2", False),  # it would say another number
        ("n = n + 1\nd = n * 2\nprint(d, n)", False),
        ("if n > 3:\n    print(n)\nn = n + 1", False),
    ],
)
def test_what_a_way_says_stands_beside_what_it_computes(said: str, is_lifted: bool) -> None:
    inner = said.replace("\n", "\n    ")
    found = lifted(f"n = x.sum()\nif $x.mean() > 0$:\n    {inner}\nreturn x + n")
    assert (found is not None) is is_lifted
    if found is not None:
        assert "is_exporting() and condition" in found


def test_a_condition_that_a_way_changes_is_not_asked_below() -> None:
    body = "n = x.sum()\nif $x.mean() > 0$:\n    n = n + 1\n    print(n)\nelif n > 3:\n    print('many')\nreturn x + n"
    assert lifted(body) is None


@pytest.mark.parametrize(
    ("handler", "is_lifted"),
    [
        ("except RuntimeError:\n    return x", True),
        ("except torch.linalg.LinAlgError as error:\n    print(error)\n    return x", True),
        ("except RuntimeError as error:\n    return x + len(str(error))", False),
        ("except RuntimeError:\n    y = x", True),
        ("except RuntimeError:\n    print('singular')", False),  # y is what it was before
        ("except RuntimeError:\n    return y", False),
        ("except ValueError:\n    return x", False),
        ("except (RuntimeError, ValueError):\n    return x", False),
    ],
)
def test_what_cannot_be_factored_is_asked(handler: str, is_lifted: bool) -> None:
    body = f"y = x\ntry:\n    y = torch.linalg.inv(x)\n{handler}\nif $y.sum() > 0$:\n    y = y + 1\nreturn y"
    assert ("inv_ex" in (lifted(body) or "")) is is_lifted


@pytest.mark.parametrize(
    "tried",
    [
        "for y in (x, x + 1):\n        torch.testing.assert_close(y, x)",
        "if $x.sum() > 0$:\n        raise AssertionError('far')",
        "y = torch.linalg.cholesky(x)\n    assert (y > 0).all()",
    ],
)
def test_nothing_is_checked_later_where_a_handler_takes_it(tried: str) -> None:
    text = f"try:\n    {tried}\nexcept AssertionError:\n    return x\nreturn x + 1 if $x.mean() > 0$ else x"
    marked = text.replace("$", "", 2) if text.count("$") > 2 else text
    assert "_assert_async" not in (lifted(marked) or "")


def test_an_early_return_is_not_asked_where_its_name_may_be_unbound() -> None:
    body = "try:\n    if $x.sum() > 0$:\n        return x\n    x = x + 1\nexcept ValueError:\n    x = x - 1\nreturn x * 2"
    assert "where" not in (lifted(body) or "")


def test_what_is_assigned_last_stays_where_the_handler_returns() -> None:
    tried = "try:\n    y = torch.linalg.inv(x)\n    z = y * 2\nexcept RuntimeError:\n    return x"
    found = lifted(f"{tried}\nif $z.sum() > 0$:\n    z = z + 1\nreturn z") or ""
    assert "        z = y * 2\n" in found
    assert "inv_ex" in found
