"""Whatever model is generated: a fix that is verified gives what the original gives, at every size of the spec.

Held by plain torch, in this process and without our comparison: the fixed text is imported, exported with the
spec as it was written, and its program run beside the original model on sizes and values of the test's own.
"""

from __future__ import annotations

import random
import textwrap
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from fullgraph.check.options import Options
from fullgraph.check.plan import plan_for
from fullgraph.check.run import check_plan
from fullgraph.fix.search import Verifier, with_fixes
from fullgraph.model import Finding, Fix, Report
from fullgraph.text.edits import applied
from fullgraph.text.source import SourceText
from fullgraph.workers.pool import Workers
from torch.export import Dim

from tests.rewrites.rounds import own_workers

HEAD = "import math\n\nimport torch\nfrom torch import nn\nfrom torch.export import Dim\n"
ROWS, COLUMNS = 4, 12

PIECES = (
    "if y.sum() > 0:\n    y = y * 2\nelse:\n    y = y - 1",
    "if (y > 100).any():\n    raise ValueError('too large')",
    "if y[y > 0].numel() > y.numel():\n    raise ValueError('more than there is')",
    "if y.isnan().any():\n    return y.sum(1)",
    "while y.abs().sum() > 50:\n    y = y / 2",
    "y = torch.stack([y[row] * 2 for row in range(y.shape[0])])",
    "for row in range(y.shape[0]):\n    if y[row].sum() > 0:\n        y = y + 1",
    "y = y + y.mean().item()",
    "y = y[:, int(y.sum(0).argmax()) :]",
    "y = y[:, : int(y.shape[1] * 0.5)]",
    "y = y * float(y.shape[1] / 4)",
    "y = y / math.sqrt(y.shape[1])",
    "y = y.view(4, -1)",
    "kept = y[y > 0]\nif kept.numel() == y.shape[0]:\n    y = y + 1",
    "y = torch.cat((y, y[:, ::2]), 1)",
    "if y.shape[0] > 2:\n    y = y + 3",
)

SPECS: tuple[tuple[str, tuple[int, int], tuple[int, int]], ...] = (
    ('{0: Dim("b", max=8)}', (1, 8), (COLUMNS, COLUMNS)),
    ('{0: Dim("b", min=2, max=16), 1: Dim("n", min=4, max=40)}', (2, 16), (4, 40)),
    ('{1: 4 * Dim("n", min=1, max=9)}', (ROWS, ROWS), (4, 36)),
    ('{0: Dim.DYNAMIC, 1: 2 * Dim("n", min=2)}', (2, 9), (4, 30)),
)
"""A spec, with the sizes of rows and columns that it allows."""


@dataclass(frozen=True)
class Case:
    """A generated model: its text, its spec, and the sizes that the spec allows."""

    text: str
    spec: str
    rows: tuple[int, int]
    columns: tuple[int, int]

    def sizes(self, chance: random.Random) -> Iterator[tuple[int, int]]:
        """The bounds, and some between them; columns keep to the divisor of a derived Dim."""
        step = next((n for n in (4, 2) if f": {n} * Dim" in self.spec), 1)
        for rows in {*self.rows, chance.randint(*self.rows)}:
            for columns in {*self.columns, chance.randrange(self.columns[0], self.columns[1] + 1, step)}:
                yield rows, columns


def generated(chance: random.Random) -> Case:
    spec, rows, columns = chance.choice(SPECS)
    pieces = chance.sample(PIECES, chance.choice((1, 1, 2)))
    body = "\n".join(["y = self.linear(x.unsqueeze(-1)).squeeze(-1)", *pieces, "return y.sum(1)"])
    model = (
        f'# fullgraph: args=(torch.randn({ROWS}, {COLUMNS}),), dynamic_shapes={{"x": {spec}}}\n'
        "class Model(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.linear = nn.Linear(1, 1)\n\n"
        f"    def forward(self, x):\n{textwrap.indent(body, '        ')}\n"
    )
    return Case(f"{HEAD}\n\n{model}", spec, rows, columns)


def checked(file: Path, workers: Workers) -> Report:
    options = Options((str(file),), timeout=600.0)
    plan = plan_for(options)
    with ThreadPoolExecutor(1) as executor:
        report = check_plan(plan, options, executor)
        return with_fixes(plan, report, Verifier(options, workers), executor)


def verified(case: Case, folder: Path, workers: Workers) -> Iterator[tuple[Finding, Fix, str]]:
    """The verified fixes of a model, each with the text that it leaves."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text("")
    file = folder / "model.py"
    file.write_text(case.text)
    for finding in checked(file, workers).findings:
        for fix in finding.fixes:
            source = SourceText(str(file), case.text)
            text = applied(source, fix.edits) if fix.verdict.kind == "verified" else None
            # A fix of the spec itself says other sizes, because torch demands them.
            if text is not None and case.spec in text:
                yield finding, fix, text


def model_of(text: str) -> torch.nn.Module:
    """The model of a text, with the same weights each time."""
    names: dict[str, Any] = {}
    exec(compile(text, "<generated>", "exec"), names)
    torch.manual_seed(1)
    model: torch.nn.Module = names["Model"]()
    return model


def exported(model: torch.nn.Module, spec: str) -> torch.nn.Module:
    """Its program; the model itself where another finding still prevents the export."""
    shapes = eval(spec, {"Dim": Dim})
    try:
        return torch.export.export(
            model, (torch.randn(ROWS, COLUMNS),), dynamic_shapes={"x": shapes}
        ).module()
    except Exception:  # noqa: BLE001 (whatever torch does not take)
        return model


def outcome(call: Callable[..., Any], x: torch.Tensor) -> torch.Tensor | str:
    try:
        with torch.no_grad():
            found: torch.Tensor = call(x)
    except Exception as error:  # noqa: BLE001 (the models raise what they like)
        return f"{type(error).__name__}: {error}"
    return found


def broken(case: Case, text: str, chance: random.Random) -> Iterator[str]:
    """At which sizes and values a fixed text does not do what the original does."""
    original, program = model_of(case.text), exported(model_of(text), case.spec)
    for rows, columns in case.sizes(chance):
        for scale in (1.0, -1.0, 0.0, 100.0):
            x = scale * torch.randn(rows, columns)
            wanted = outcome(original, x.clone())
            if isinstance(wanted, str):  # of sizes that it does not take, nothing is owed
                continue
            found = outcome(program, x.clone())
            if isinstance(found, str) or not torch.allclose(found, wanted, 1e-4, 1e-4, equal_nan=True):
                yield f"({rows}, {columns}) times {scale}: {found} instead of {wanted}"


def check(seeds: range, folder: Path) -> int:
    tried = 0
    with own_workers() as workers:
        for seed in seeds:
            chance = random.Random(seed)
            case = generated(chance)
            for finding, fix, text in verified(case, folder / str(seed), workers):
                tried += 1
                wrong = list(broken(case, text, chance))
                assert not wrong, (seed, finding.rule, fix.title, fix.verdict.reason, text, wrong[:3])
    return tried


@pytest.mark.slow
def test_a_verified_fix_gives_what_the_original_gives_at_every_size(tmp_path: Path) -> None:
    assert check(range(8), tmp_path) > 2


@pytest.mark.exhaustive
def test_many_verified_fixes_give_what_the_originals_give(tmp_path: Path) -> None:
    assert check(range(8, 150), tmp_path) > 50


def test_a_fix_that_narrows_or_changes_is_seen() -> None:
    """The test can fail: a check that pins the batch, and an output that is another."""
    case = generated(random.Random(0))
    plain = case.text.replace(case.text[case.text.index("squeeze(-1)\n") + 12 :], "        return y.sum(1)\n")
    case = Case(plain, SPECS[0][0], *SPECS[0][1:])
    assert not list(broken(case, plain, random.Random(0)))
    pinned = plain.replace("return", "assert x.shape[0] != 8\n        return")
    doubled = plain.replace("return", "return 2 *")
    assert list(broken(case, pinned, random.Random(0)))
    assert list(broken(case, doubled, random.Random(0)))
