"""Addresses that are compared: by what is a view of what, where that is still the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fullgraph.model import DataDependent

from tests.rewrites.proposing import frame, proposed
from tests.rewrites.test_branches import model


def lifted(body: str) -> str:
    text = model(body)
    failure = DataDependent(replace(frame(text), callee="torch.Tensor.data_ptr"), "x.data_ptr()", "int")
    return proposed(text, failure).get("Compute it with tensors throughout", "")


@pytest.mark.parametrize(
    ("body", "written"),
    [
        ("y = x.view(-1)\nreturn torch.tensor($x.data_ptr()$ == y.data_ptr())", "itemsize"),
        (
            "y = x[1:]\nreturn torch.tensor($x.storage().data_ptr()$ != y.storage().data_ptr())",
            "not torch._C",
        ),
        ("p = $x.data_ptr()$\ny = x.t()\nreturn torch.tensor(y.data_ptr() == p)", "_is_alias_of(y, x)"),
        (
            "y = x + 1\np = $x.data_ptr()$\nq = y.data_ptr()\nreturn torch.tensor(p == q)",
            "_is_alias_of(x, y)",
        ),
    ],
)
def test_addresses_are_compared_by_what_they_are_of(body: str, written: str) -> None:
    found = lifted(body)
    assert written in found
    assert "data_ptr" not in found


@pytest.mark.parametrize(
    "body",
    [
        "p = $x.data_ptr()$\nx = x + 1\nreturn torch.tensor(x.data_ptr() == p)",  # another tensor by then
        "p = $x.data_ptr()$\nreturn torch.tensor(x.t().data_ptr() == p), p",
        "return torch.tensor($x.data_ptr()$ % 16 == 0)",
        "y = x[1:]\nreturn torch.tensor($x.storage().data_ptr()$ == y.data_ptr())",
        "return torch.tensor($x.data_ptr()$ < (x + 1).data_ptr())",
    ],
)
def test_what_else_is_asked_of_an_address_is_left_alone(body: str) -> None:
    assert "_is_alias_of" not in lifted(body)
