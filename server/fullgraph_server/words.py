"""What is said of targets in few words: for lenses, hovers and reports."""

from __future__ import annotations

from collections.abc import Iterable

from fullgraph.model import Checked, DimFate, Facts, Finding, Symbol, Tensor

from .shapes import long_form


def verdict(checked: Checked, findings: Iterable[Finding]) -> str:
    """`exports`, `exports, 1 warning`, `3 problems`."""
    own = [finding for finding in findings if finding.target in (checked.target.name, None)]
    problems = [finding for finding in own if finding.severity == "error"]
    warnings = [finding for finding in own if finding.severity == "warning"]
    if checked.status == "exports" and not problems:
        return f"exports, {counted(len(warnings), 'warning')}" if warnings else "exports"
    if checked.status == "unsound":
        return f"exports, but is not the same: {counted(len(problems) + len(warnings), 'problem')}"
    count = counted(len(problems) or len(warnings), "problem")
    return count if checked.status != "error" else f"does not run: {count}"


def counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def signature(facts: Facts) -> str:
    """`(x: float32[batch, 4]) -> float32[batch, 4]`."""
    inputs = ", ".join(f"{tensor.name}: {long_form(tensor)}" for tensor in facts.inputs)
    outputs = ", ".join(map(long_form, facts.outputs))
    return f"({inputs}) -> {outputs if len(facts.outputs) == 1 else f'({outputs})'}"


def range_of(lower: int | None, upper: int | None) -> str:
    """`2 … 8`, with the infinite signs where there is no bound."""
    return f"{'-∞' if lower is None else lower} … {'∞' if upper is None else upper}"


def symbol(one: Symbol) -> str:
    """A line of Markdown: what a name in a shape is."""
    source = f" is `{one.source}`" if one.source and one.source != one.name else ""
    made = f" is the value of `{one.made_by}`" if one.made_by else ""
    return f"`{one.name}`{source or made}, {range_of(one.lower, one.upper)}"


def fate(one: DimFate) -> str:
    """A line of Markdown: what became of a dimension."""
    asked = f"`{one.source}`, asked for as `{one.asked}`,"
    if one.outcome == "constant":
        return f"{asked} became the constant {one.text}"
    if one.outcome == "tied":
        return f"{asked} equals `{one.text}`"
    return f"{asked} is dynamic, {range_of(one.lower, one.upper)}"


def tensor(one: Tensor) -> str:
    return f"{one.name}: {long_form(one)}"
