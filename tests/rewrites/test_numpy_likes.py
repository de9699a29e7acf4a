"""What torch has for NumPy's functions: each form is computed beside the original, on the same numbers."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest

pytest.importorskip("torch")
pytest.importorskip("numpy")

import numpy as np
import torch
from fullgraph import rules
from fullgraph.model import Facts, Raised
from fullgraph.rewrites import Parsed, Problem
from fullgraph.rewrites.values.numpy_to_torch import REWRITE
from fullgraph.rules.rule import Case
from fullgraph.text.edits import applied

from tests.rewrites.proposing import FILE, asked, frame

TEXT = """\
import numpy as np
import torch
from torch import nn


# fullgraph: args=(torch.randn(3, 5),)
class Model(nn.Module):
    def forward(self, x):
        a = $x.numpy()$
        b = {value}
        return torch.as_tensor(b)
"""

SAME = [
    "np.exp(a) + np.log1p(np.abs(a))",
    "np.percentile(a, 30.0, axis=-1)",
    "np.percentile(a, 30 + 5)",
    "np.percentile(a, [25, 75])",
    "np.quantile(a, (0.1, 0.5), axis=1)",
    "np.quantile(a, 0.25, axis=0, keepdims=True)",
    "np.median(a, axis=1)",
    "np.median(a)",
    "np.maximum(a, 0.5)",
    "np.maximum(0.5, a)",
    "np.minimum(a, a.mean())",
    "np.maximum(a, a[::-1])",
    "np.clip(a, -0.5, 0.5)",
    "np.clip(a, a_min=-0.5, a_max=None)",
    "np.where(a > 0, a, -a)",
    "np.mean(a, axis=0)",
    "np.mean(a, 1, keepdims=True)",
    "np.std(a)",
    "np.std(a, axis=1)",
    "np.var(a, axis=0, ddof=1)",
    "a.std()",
    "a.std(0)",
    "a.var(axis=1, keepdims=True)",
    "a.max(axis=1) - a.min(1)",
    "a.max()",
    "np.max(a, axis=0)",
    "np.sort(a, axis=0)",
    "np.sort(a)[:, ::-1]",
    "np.argsort(-a, axis=1)",
    "a.argsort()",
    "np.cumsum(a, axis=1)",
    "np.cumsum(a)",
    "a.cumsum()",
    "np.diff(a, axis=0)",
    "np.diff(a, n=2)",
    "np.pad(a, ((1, 0), (2, 3)))",
    'np.pad(a[0], (1, 2), mode="constant", constant_values=7.0)',
    "np.concatenate([a, a * 2], axis=1)",
    "np.stack((a, a))",
    "np.vstack([a, a])",
    "np.repeat(a, 2, axis=1)",
    "np.repeat(a, 2)",
    "np.tile(a, (2, 1))",
    "np.transpose(a)",
    "np.transpose(a[None], (2, 0, 1))",
    "a.transpose(1, 0)",
    "a[np.newaxis].transpose()",
    "np.expand_dims(a, axis=1)",
    "np.squeeze(a[None], axis=0)",
    "np.roll(a, 1, axis=0)",
    "np.flip(a, axis=1)",
    "a[..., ::-1]",
    "a[::-1]",
    "np.linalg.norm(a, axis=1)",
    "np.linalg.norm(a, ord=1, axis=0, keepdims=True)",
    "np.linalg.inv(a @ a.T + np.eye(3, dtype=np.float32))",
    "np.linalg.det(np.dot(a, a.T))",
    "np.abs(np.fft.rfft(a, axis=-1)).astype(np.float32)",
    "np.round(a, 1)",
    "np.rint(a).astype(int)",
    'a.astype("float64").round(decimals=1)',
    "a.astype(float)",
    "np.float32(a)",
    "np.array(a, dtype=np.float64)",
    "np.array([1.5, 2.0])",
    "np.array([1, -2])",
    "np.asarray(a).copy()",
    "np.zeros((2, 3)) + a[:2, :3]",
    "np.ones(3, dtype=np.float32)",
    "np.full((2, 2), 0.5)",
    "np.linspace(0, 1, 5)",
    "np.linspace(0, 1)",
    "np.arange(5) * 2",
    "np.argmax(a, axis=1)",
    "np.any(a > 1, axis=0)",
    "(a > 0).all(axis=1)",
    "np.sum(a > 0)",
    "np.count_nonzero(a > 0, axis=1)",
    "np.nan_to_num(a, nan=0.0)",
    "np.einsum('ij,kj->ik', a, a)",
    "np.searchsorted(np.sort(a[0]), a[1])",
    "np.digitize(a, np.sort(a[0]))",
    "np.power(a, 2)",
    "np.arctan2(a, a[::-1])",
    "np.ptp(a, axis=1)",
    "np.split(a[:, :4], 2, axis=1)[1]",
    "np.logical_and(a > 0, a < 1)",
    "np.tril(a, k=1)",
    "np.isclose(a, a + 1e-9)",
    "np.ravel(a) / float(np.prod(a.shape))",
    "a.reshape(-1, 1).repeat(2, axis=1)",
    "a.size * a",
    "np.finfo(np.float32).eps + a",
    "np.mean(a, axis=(0, 1))",
]


def rewritten(value: str) -> str | None:
    """The same expression as torch's; None where it is left."""
    text = TEXT.replace("{value}", value)
    about = asked(text)
    failure = Raised(
        "export", frame(text), "RuntimeError", ".numpy() is not supported for tensor subclasses."
    )
    facts = Facts(exported=False, failures=(failure,), loaded=(FILE,))
    found = rules.explain(Case(failure, about.target, facts))
    parsed = Parsed(about.source, ast.parse(about.source.normal))
    finding = replace(found, rule="tensor-to-python")
    problem = Problem(finding, failure, about.target, facts, lambda _: parsed, (2, 13))
    (proposal, *_) = (*REWRITE.propose(problem), None)
    if proposal is None:
        return None
    after = applied(about.source, proposal.edits)
    assert after is not None
    given = [n.value for n in ast.walk(ast.parse(after)) if isinstance(n, ast.Assign)]
    return ast.unparse(given[-1])


@pytest.mark.parametrize("value", SAME)
def test_both_give_the_same(value: str) -> None:
    text = rewritten(value)
    assert text is not None
    assert "np." not in text.replace("np.prod(a.shape)", "")
    x = torch.randn(3, 5, generator=torch.Generator().manual_seed(1))
    wanted = torch.as_tensor(np.array(eval(value, {"np": np, "a": x.numpy()})))
    found = torch.as_tensor(eval(text, {"torch": torch, "np": np, "a": x}))
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize(
    "value",
    [
        "np.random.randn(3, 5) + a",
        "np.interp(a, a[0], a[1])",
        'np.pad(a, 1, mode="reflect")',
        "np.sum(a, where=a > 0)",
        "np.partition(a, 2)",
        "a.partition(2)",
        "np.sort(a, kind='stable')",
    ],
)
def test_what_torch_has_nothing_for_is_left(value: str) -> None:
    assert rewritten(value) is None


def test_a_name_that_becomes_an_array_holds_a_tensor_before() -> None:
    assert rewritten("x + 1\n        x = x.detach().cpu().numpy()") == "x.detach()"
