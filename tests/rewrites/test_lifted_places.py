"""The first place at which something holds, numbers that are compared, and names that a branch gives at once."""

from __future__ import annotations

from tests.rewrites.test_lifted_branches import lifted

FOUND = "found = (x[0] == 2).nonzero().squeeze(1)\n"


def test_the_first_place_is_where_the_truths_are_largest() -> None:
    body = FOUND + "y = x[0]\nif $len(found) > 0$:\n    y = y * found[0]\nreturn y"
    assert lifted(body) == (
        FOUND + "y = x[0]\ny = torch.where((x[0] == 2).any(), y * (x[0] == 2).long().argmax(), y)\nreturn y"
    )


def test_the_last_place_is_the_first_from_behind() -> None:
    found = lifted(FOUND + "y = x[0]\nif $found.shape[0] != 0$:\n    y = y * found[-1]\nreturn y")
    assert found is not None
    assert "(x[0] == 2).shape[0] - 1 - (x[0] == 2).flip(0).long().argmax()" in found


def test_a_place_that_may_not_be_there_is_asked_for() -> None:
    body = (
        FOUND
        + "if $x.sum() > 0$:\n    y = x\n    z = x\nelse:\n    y = x * 2\n    z = x * 3\nreturn y * found[0], z"
    )
    found = lifted(body)
    assert found is not None
    assert "torch._assert_async((x[0] == 2).any())\nreturn y * (x[0] == 2).long().argmax(), z" in found


def test_what_was_searched_has_to_be_what_it_was() -> None:
    rest = "y = x[0]\nif $len(found) > 0$:\n    y = y * found[0]\nreturn y"
    for changed in ("x = x + 1\n", "x[0] = 2\n", "found = found + 1\n"):
        found = lifted(FOUND + changed + rest)
        assert found is None or "argmax" not in found
    other = lifted(FOUND + rest.replace("found[0]", "found[1]"))
    assert other is None or "argmax" not in other


def test_a_row_of_places_is_no_number() -> None:
    body = "found = (x == 2).nonzero()\ny = x[0]\nif $len(found) > 0$:\n    y = y * found[0]\nreturn y"
    found = lifted(body)
    assert found is None or "argmax" not in found


def test_the_smaller_of_two_is_found_as_python_finds_it() -> None:
    body = "a, b = x.min().item(), x.max().item()\nif $min(a, b) > 0$:\n    x = x * 2\nreturn x * min(a, b)"
    found = lifted(body)
    assert found is not None
    assert "torch.where(b < a, b, a)" in found
    assert "minimum" not in found


def test_a_long_text_is_not_written_twice() -> None:
    body = "low = x.min().item()\ny = min(x.abs().mean(dim=0).max().item(), low)\nif $y > 0$:\n    x = x * 2\nreturn x * y"
    found = lifted(body)
    assert found is not None
    assert "value = x.abs().mean(dim=0).max().detach()\ny = torch.where(low < value, low, value)" in found


def test_one_branch_gives_several_names() -> None:
    body = "if $x.sum() > 0$:\n    y = x * 2\n    z = 1.0\nelse:\n    y = x\n    z = 2.0\nreturn y * z"
    assert lifted(body) == (
        "condition = x.sum() > 0\ny = torch.where(condition, x * 2, x)\nz = torch.where(condition, 1.0, 2.0)\nreturn y * z"
    )
