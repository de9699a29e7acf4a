"""Truths that Python knows beside such as the data decides: each stays what it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fullgraph.model import DataDependent

from tests.rewrites.proposing import frame, proposed
from tests.rewrites.test_branches import CLASS, HEAD, asks, model

TITLE = "Compute it with tensors throughout"


def written(text: str, failure: DataDependent) -> set[str]:
    """The lines that are written anew."""
    new = proposed(text, failure).get(TITLE, "")
    return {line.strip() for line in new.splitlines()} - {line.strip() for line in text.splitlines()}


@pytest.mark.parametrize(
    ("known", "text"),
    [
        ("same = x.shape == y.shape", "same and other"),
        ("same = x.is_contiguous()", "same and other"),
        ("same = all(a == b for a, b in zip(x.shape, y.shape))", "same and other"),
    ],
)
def test_what_python_knows_is_joined_before_the_data(known: str, text: str) -> None:
    body = (
        f"close = $torch.allclose(x, y)$\n{known}\nother = x.dtype == y.dtype\n"
        "ok = close and same and other\nreturn torch.tensor([close, same, ok])"
    )
    lines = written(model(body), asks(model(body)))
    assert f"ok = close & ({text})" in lines
    assert "return torch.stack([close, torch.tensor(same), ok])" in lines


def test_what_may_be_no_truth_is_left() -> None:
    body = "close = $torch.allclose(x, y)$\nok = close and self.layers and x.shape == y.shape\nreturn torch.tensor(ok)"
    assert not written(model(body), asks(model(body)))


@pytest.mark.parametrize(
    ("decorator", "parameters", "call"),
    [
        ("    @staticmethod\n", "a, b", "self.same"),
        ("    @staticmethod\n", "a, b", "Model.same"),
        ("    @staticmethod\n", "a, b", "type(self).same"),
        ("", "self, a, b", "self.same"),
    ],
)
def test_what_a_method_knows_stays_pythons(decorator: str, parameters: str, call: str) -> None:
    method = f"{decorator}    def same({parameters}):\n        return $a.data_ptr()$ == b.data_ptr()\n\n"
    body = (
        f"flags = [{call}(x, x.view(-1)), x.stride() == y.stride()]\n"
        "score = sum(float(f) for f in flags) / len(flags)\nreturn x * score, torch.tensor(flags)"
    )
    inner = model(body).removeprefix(HEAD)
    text = HEAD + inner.replace("    def forward", f"{method}    def forward")
    assert CLASS.split("\n")[0] in text
    failure = DataDependent(replace(frame(text), callee="torch.Tensor.data_ptr"), "a.data_ptr()", "int")
    (line,) = written(text, failure)
    assert "_is_alias_of(a, b)" in line
