"""Whatever model is generated: a fix that is verified gives what the original gives, at every size of the spec.

Held by plain torch, in this process and without our comparison: the fixed text is imported, exported with the
spec as it was written, and its program run beside the original model on sizes and values of the test's own.
"""

from __future__ import annotations

import random
import resource
import signal
import textwrap
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
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
SECONDS, MEMORY = 60.0, 2 << 30

EXAMPLES = {
    "float32": f"torch.randn({ROWS}, {COLUMNS})",
    "float64": f"torch.randn({ROWS}, {COLUMNS}, dtype=torch.float64)",
    "int64": f"torch.randint(-9, 9, ({ROWS}, {COLUMNS}))",
}
"""By the dtype of the input; the first is what most models are given."""

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
    "total = float(y.sum())\nif total > 3 and y.amax() > 0:\n    y = y * 2",
    "most = y.abs().amax().item()\nscale = 1 / most if most > 1 else 1.0\ny = y * scale",
    "if y.sum() > 5:\n    return RETURN",
    "for step in range(3):\n    y = y - step\n    if y.sum() < 0:\n        return RETURN",
    "assert y.numel() > 0, 'empty'\nassert not y.isinf().any()",
    "if not (y < 1000).all():\n    raise RuntimeError(f'{y.max()} is too large')",
    "rows = []\nfor row in y:\n    rows.append(row - row.mean())\ny = torch.stack(rows)",
    "rows = []\nfor row in y:\n    rows.append(row if row.sum() > 0 else -row)\ny = torch.stack(rows)",
    "rows = []\nfor row in y:\n    if row.amax() > 0:\n        rows.append(row)\ny = torch.stack(rows)",
    "if x.sum() > 0:\n    y = y + x",
    "if x[0, 0] == x[0, 0]:\n    y = y - x[0, 0]",
)

RETURNS = ("y.sum(1)", "y.sum(1)", "y.sum(1) > 0", "(y > 0).any()", "(y.sum(1), y.isnan().any(1))")

SPECS: tuple[tuple[str, tuple[int, int], tuple[int, int]], ...] = (
    ('{0: Dim("b", max=8)}', (1, 8), (COLUMNS, COLUMNS)),
    ('{0: Dim("b", min=2, max=16), 1: Dim("n", min=4, max=40)}', (2, 16), (4, 40)),
    ('{1: 4 * Dim("n", min=1, max=9)}', (ROWS, ROWS), (4, 36)),
    ('{0: Dim.DYNAMIC, 1: 2 * Dim("n", min=2)}', (2, 9), (4, 30)),
    ('{0: Dim("b", min=1, max=6), 1: 3 * Dim("n", min=2, max=5)}', (1, 6), (6, 15)),
    ('{1: Dim("n", min=2, max=20) + 4}', (ROWS, ROWS), (6, 24)),
)
"""A spec, with the sizes of rows and columns that it allows."""


@dataclass(frozen=True)
class Case:
    """A generated model: its text, its spec, and the sizes that the spec allows."""

    text: str
    spec: str
    rows: tuple[int, int]
    columns: tuple[int, int]
    dtype: str = "float32"

    def sizes(self, chance: random.Random) -> Iterator[tuple[int, int]]:
        """The bounds, and some between them; columns keep to the divisor of a derived Dim."""
        step = next((n for n in (4, 3, 2) if f": {n} * Dim" in self.spec), 1)
        for rows in {*self.rows, chance.randint(*self.rows)}:
            for columns in {*self.columns, chance.randrange(self.columns[0], self.columns[1] + 1, step)}:
                yield rows, columns

    def inputs(self, rows: int, columns: int) -> Iterator[tuple[str, torch.Tensor]]:
        """What a model is run on at a size, each with what it is called."""
        dtype: torch.dtype = getattr(torch, self.dtype)
        for scale in (1.0, -1.0, 0.0, 100.0):
            yield f"times {scale}", (scale * torch.randn(rows, columns)).to(dtype)
        if dtype.is_floating_point:
            x = torch.randn(rows, columns, dtype=dtype)
            x[0, 0] = torch.nan
            yield "with a NaN", x


def generated(chance: random.Random) -> Case:
    spec, rows, columns = chance.choice(SPECS)
    dtype = chance.choice(("float32", *EXAMPLES))
    pieces = chance.sample(PIECES, chance.choice((1, 1, 2)))
    given = "x" if dtype == "float32" else "x.float()"
    body = "\n".join([f"y = self.linear({given}.unsqueeze(-1)).squeeze(-1)", *pieces, "return RETURN"])
    body = body.replace("RETURN", chance.choice(RETURNS))
    model = (
        f'# fullgraph: args=({EXAMPLES[dtype]},), dynamic_shapes={{"x": {spec}}}\n'
        "class Model(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.linear = nn.Linear(1, 1)\n\n"
        f"    def forward(self, x):\n{textwrap.indent(body, '        ')}\n"
    )
    return Case(f"{HEAD}\n\n{model}", spec, rows, columns, dtype)


def checked(file: Path, workers: Workers) -> Report:
    options = Options((str(file),), timeout=600.0)
    plan = plan_for(options)
    with ThreadPoolExecutor(1) as executor:
        report = check_plan(plan, options, executor)
        return with_fixes(plan, report, Verifier(options, workers), executor)


def verified(case: Case, folder: Path, workers: Workers) -> Iterator[tuple[Finding, Fix, str]]:
    """The verified fixes of a model, each with the text that it leaves."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[tool.fullgraph]\nmemory = "4GiB"\n')
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


def exported(model: torch.nn.Module, case: Case) -> torch.nn.Module:
    """Its program; the model itself where another finding still prevents the export."""
    shapes, example = eval(case.spec, {"Dim": Dim}), eval(EXAMPLES[case.dtype], {"torch": torch})
    try:
        with bounded():
            return torch.export.export(model, (example,), dynamic_shapes={"x": shapes}).module()
    except Exception:  # noqa: BLE001 (whatever torch does not take)
        return model


@contextmanager
def bounded() -> Iterator[None]:
    """A run in this process that is endless, or takes more and more memory, raises.

    Traces have limits of their own; half of the machine for each, and several at once, would be all of it.
    """

    def stop(*_: object) -> None:
        raise TimeoutError(f"it takes more than {SECONDS} seconds")

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    statm = Path("/proc/self/statm")
    held = int(statm.read_text().split()[5]) * resource.getpagesize() if statm.exists() else 0
    before = signal.signal(signal.SIGALRM, stop)
    if held:
        resource.setrlimit(resource.RLIMIT_DATA, (held + MEMORY, hard))
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def outcome(call: Callable[..., Any], x: torch.Tensor) -> tuple[torch.Tensor, ...] | str:
    """What a call returns, as a tuple of tensors, or the error that it raises in words."""
    try:
        with bounded(), torch.no_grad():
            found = call(x)
    except Exception as error:  # noqa: BLE001 (the models raise what they like)
        return f"{type(error).__name__}: {error}"
    return found if isinstance(found, tuple) else (found,)


def same(found: tuple[torch.Tensor, ...], wanted: tuple[torch.Tensor, ...]) -> bool:
    """Whether the same tensors come back: of one dtype and size, and equal but for rounding."""
    return len(found) == len(wanted) and all(
        a.dtype == b.dtype and a.shape == b.shape and torch.allclose(a, b, 1e-4, 1e-4, equal_nan=True)
        for a, b in zip(found, wanted, strict=True)
    )


def broken(case: Case, text: str, chance: random.Random) -> Iterator[str]:
    """At which sizes and values a fixed text does not do what the original does."""
    original, program = model_of(case.text), exported(model_of(text), case)
    for rows, columns in case.sizes(chance):
        for name, x in case.inputs(rows, columns):
            wanted = outcome(original, x.clone())
            if isinstance(wanted, str):  # of sizes that it does not take, nothing is owed
                continue
            found = outcome(program, x.clone())
            if isinstance(found, str) or not same(found, wanted):
                yield f"({rows}, {columns}) {name}: {found} instead of {wanted}"


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
