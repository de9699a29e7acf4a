"""Short texts about targets, symbols and start failures: for lenses, hovers and messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from fullgraph.check.plan import CannotRun
from fullgraph.check.start import CannotStart, cause
from fullgraph.model import Checked, DimFate, Facts, Finding, Remedy, StartFailure, Symbol, Target, Tensor

from .shapes import long_form


def verdict(checked: Checked, findings: Iterable[Finding]) -> str:
    """`exports`, `exports, 1 warning`, `3 problems`, `1 problem in boxes.py`."""
    own = [finding for finding in findings if finding.target in (checked.target.name, None)]
    problems = [finding for finding in own if finding.severity == "error"]
    warnings = [finding for finding in own if finding.severity == "warning"]
    return _verdict(checked, problems, warnings) + _elsewhere(checked, problems or warnings)


def _elsewhere(checked: Checked, shown: Iterable[Finding]) -> str:
    """The files that the findings are in, where none is in the target's own."""
    files = list(dict.fromkeys(finding.place.file for finding in shown))
    if not files or checked.target.found_in in files:
        return ""
    return f" in {Path(files[0]).name}" + (" and elsewhere" if len(files) > 1 else "")


def _verdict(checked: Checked, problems: Sequence[Finding], warnings: Sequence[Finding]) -> str:
    if checked.status == "exports" and not problems:
        said = "exports, with conditions" if checked.hidden_conditions else "exports"
        return f"{said}, {counted(len(warnings), 'warning')}" if warnings else said
    if checked.status == "unsound":
        return f"exports, but unsound: {counted(len(problems) + len(warnings), 'problem')}"
    count = counted(len(problems) or len(warnings), "problem")
    return count if checked.status != "error" else f"does not run: {count}"


def short_name(target: Target) -> str:
    """`Gate()#2` of `cases:Gate()#2`: within the file, its module says nothing."""
    return target.name.partition(":")[2] or target.name


def cannot_check(folder: str, failure: StartFailure) -> str:
    """Why nothing in a folder is traced."""
    return f"Fullgraph cannot check {folder}: {start_failure(failure)}"


def start_failure(failure: StartFailure) -> str:
    """Why there is no worker, and what to do about it in an editor."""
    if failure.suggestion:
        remedy = f"Set `fullgraph.interpreter` to `{failure.suggestion}`."
    else:
        remedy = _REMEDIES[failure.remedy]
    return f"{cause(failure)} {remedy}"


_REMEDIES: Mapping[Remedy, str] = {
    "choose-interpreter": "Choose another interpreter with the setting `fullgraph.interpreter`.",
    "try-again": "Run the command `fullgraph.restartWorker` to try again.",
    "restart": "Restart the language server.",
}


def refusal(reason: CannotRun) -> str:
    """Why something that was asked for cannot be done."""
    return start_failure(reason.failure) if isinstance(reason, CannotStart) else str(reason)


def counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def signature(facts: Facts) -> str:
    """`(x: float32[batch, 4]) -> float32[batch, 4]`."""
    inputs = ", ".join(f"{tensor.name}: {long_form(tensor)}" for tensor in facts.inputs)
    if not facts.outputs:  # it was not reached, or is no tensor
        return f"({inputs})"
    outputs = ", ".join(map(long_form, facts.outputs))
    return f"({inputs}) -> {outputs if len(facts.outputs) == 1 else f'({outputs})'}"


def range_of(lower: int | None, upper: int | None) -> str:
    """`2 … 8`, with the infinite signs where there is no bound."""
    return f"{'-∞' if lower is None else lower} … {'∞' if upper is None else upper}"


def symbol(one: Symbol, fate: DimFate | None = None, also: Sequence[str] = ()) -> str:
    """A line of Markdown: what a name in a shape is; `also` are further sizes that go by the same name.

    Of a size that is an input's, what became of it says what it can be: torch's own range has 0 and 1 in it,
    which the program does not take.
    """
    lower, upper = (fate.lower, fate.upper) if fate and fate.outcome == "dynamic" else (one.lower, one.upper)
    if one.source and one.source != one.name:
        sources = " and ".join(f"`{source}`" for source in (one.source, *also))
        return f"`{one.name}` is {sources}, {range_of(lower, upper)}"
    return f"`{one.name}`, {range_of(lower, upper)}"


def made(names: Sequence[str], by: str) -> str:
    """A line of Markdown about symbols that data makes; `by` is the expression that made them."""
    said = ", ".join(f"`{name}`" for name in names[:_MOST_NAMES]) + (
        ", …" if len(names) > _MOST_NAMES else ""
    )
    return f"{said}: unbacked {'symbol' if len(names) == 1 else 'symbols'} from {by}"


_MOST_NAMES = 6


def fate(one: DimFate) -> str:
    """A line of Markdown: what became of a dimension."""
    dim = f"`{one.source}` (`{one.asked}`)"
    if one.outcome == "specialized":
        return f"{dim} is specialized to {one.text}"
    if one.outcome == "derived":
        return f"{dim} is derived: `{one.text}`"
    return f"{dim} is dynamic, {range_of(one.lower, one.upper)}"


def tensor(one: Tensor) -> str:
    return f"{one.name}: {long_form(one)}"
