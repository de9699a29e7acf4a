"""Coverage in words: how many of the models have a verdict, and what each of the others needs.

The rule: one reason, one line with the models that it holds for, and below it the one step that helps. The kind
of reason that the model has which matters most comes first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...check.coverage import Coverage, Missing, Unchecked, Verdict
from ...model import Finding, Place, Status
from ...project.files import is_test
from ...rules.distributions import distribution_of
from ...rules.target_skipped import NEEDS_DEVICE
from .summary import plural
from .view import View, relative

_MOST_NAMES = 4
_MOST_ARGUMENTS = 4
_MOST_ROWS = 4
_LONGEST_DETAIL = 400
"""Characters of a reason: most are whole, and a message of torch can be a page."""

_VERBS: Mapping[Status, tuple[str, str]] = {
    "exports": ("exports", "export"),
    "fails": ("fails", "fail"),
    "unsound": ("exports but is unsound", "export but are unsound"),
    "error": ("does not run", "do not run"),
}


def checked_words(coverage: Coverage) -> str:
    """`Checked 4 of 9 models (and 31 parts): 3 export, 1 fails`."""
    models, parts = coverage.models, len(coverage.parts)
    if not models:
        return (
            f"Checked {plural(parts, 'part')}: {_verdicts(coverage.parts)}"
            if parts
            else "No model was checked"
        )
    if not coverage.checked and not parts:
        return f"Checked 0 of {plural(models, 'model')}"
    if models == 1 and coverage.checked and not parts:
        return f"The model {_verb(coverage.checked[0].status, 1)}"
    some = f"{len(coverage.checked)} of " if coverage.unchecked else ""
    beside = f" (and {plural(parts, 'part')})" if parts else ""
    verdicts = "; ".join(filter(None, (_verdicts(coverage.checked), _of_parts(coverage.parts))))
    return f"Checked {some}{plural(models, 'model')}{beside}: {verdicts}"


def _verdicts(verdicts: Iterable[Verdict]) -> str:
    counts = Counter(each.status for each in verdicts)
    return ", ".join(
        f"{counts[status]} {_verb(status, counts[status])}" for status in _VERBS if counts[status]
    )


def _verb(status: Status, count: int) -> str:
    return _VERBS[status][count != 1]


def _of_parts(parts: Sequence[Verdict]) -> str:
    """The parts are told of where one of them is not fine."""
    if all(each.status == "exports" for each in parts):
        return ""
    return f"of the parts {_verdicts(parts)}"


# -- what is not checked -----------------------------------------------------------------------------


def unchecked_lines(coverage: Coverage, view: View) -> Iterator[str]:
    """A line for each reason with its models, and below those of one kind the step that helps."""
    for missing in dict.fromkeys(each.missing for each in coverage.unchecked):
        those = [each for each in coverage.unchecked if each.missing == missing]
        yield from _rows(those, view)
        if what := step(*those, view=view):
            yield f"  {what}"
    if coverage.calls and not view.verbose:
        yield _of_calls(coverage.calls, view)


def _of_calls(calls: Sequence[Finding], view: View) -> str:
    if len(calls) > 1:
        return f"{len(calls)} calls could not be checked: --verbose says why"
    place, why = calls[0].place, calls[0].message.removeprefix("not checked: ")
    return f"1 call could not be checked ({_at(place, view)}): {_shortened(why, verbose=view.verbose)}"


def parts_line(coverage: Coverage, view: View) -> str:
    """How many parts have no verdict of their own; empty where all have."""
    count = coverage.other_parts
    if not count:
        return ""
    verb, own = ("is", "its") if count == 1 else ("are", "their")
    if view.parts:
        return f"{plural(count, 'part')} could not be checked on {own} own."
    return f"{plural(count, 'part')} {verb} not checked on {own} own: add --parts."


def _rows(those: Sequence[Unchecked], view: View) -> Iterator[str]:
    by_reason: dict[str, list[Unchecked]] = {}
    for each in those:
        by_reason.setdefault(reason(each, verbose=view.verbose), []).append(each)
    shown = len(by_reason) if view.verbose else _MOST_ROWS
    for said, models in list(by_reason.items())[:shown]:
        yield f"{_named(models, view)}: {said}"
    left = [each for models in list(by_reason.values())[shown:] for each in models]
    if left:
        yield f"and {plural(len(left), 'more model')}, for other reasons: {_names(left)}"


def _named(models: Sequence[Unchecked], view: View) -> str:
    most = len(models) if view.verbose else _MOST_NAMES
    named = ", ".join(f"{each.name} ({where(each, view)})" for each in models[:most])
    more = len(models) - most
    return f"{named} and {more} more" if more > 0 else named


def _names(models: Sequence[Unchecked]) -> str:
    return ", ".join(each.name for each in models)


def where(each: Unchecked | Verdict, view: View) -> str:
    """`clip/model.py:243`."""
    return _at(each.place, view)


def _at(place: Place, view: View) -> str:
    return f"{relative(place.file, view.base).as_posix()}:{place.range.start.line + 1}"


def reason(each: Unchecked, *, verbose: bool = True) -> str:
    """Why a model is not checked, as a sentence without its subject."""
    if each.missing == "arguments":
        most = len(each.names) if verbose else _MOST_ARGUMENTS
        named = ", ".join(f"`{name}`" for name in each.names[:most])
        more = len(each.names) - most
        return f"needs {named} and {more} more" if more > 0 else f"needs {named}"
    if each.missing == "library":
        return f"`{each.names[0]}` is not installed"
    said = _SAID[each.missing].format(each.detail) if each.detail else _SAID[each.missing].partition(":")[0]
    return _shortened(said, verbose=verbose)


def _shortened(said: str, *, verbose: bool) -> str:
    """A reason, cut where it is very long, but never within brackets: half a shape misleads."""
    if verbose or len(said) <= _LONGEST_DETAIL:
        return said
    head = said[:_LONGEST_DETAIL]
    while head.count("(") > head.count(")"):
        head = head[: head.rindex("(")]
    return f"{head.rpartition(' ')[0] or head}…"


_SAID: Mapping[Missing, str] = {
    "inputs": "no inputs could be inferred: {}",
    "device": "cannot run here: {}",
    "code": "cannot be run as found: {}",
    "target": "nothing shows how it is built and called",
    "time": "not reached",
}


def step(*those: Unchecked, view: View) -> str:
    """What to do about all of a kind, in terms of the first; empty where their reasons say it."""
    first = next((each for each in those if not each.says_all), None)
    if first is None:
        return ""
    libraries = " ".join(_libraries(those))
    said = {"name": first.name, "libraries": libraries, "arguments": _template(first)}
    if first.detail in ("interrupted", "terminated") and first.missing == "time":
        what = _RUN_AGAIN
    else:
        what = _STEPS["target" if first.refused else first.missing]
    return what.format(**said, run=_run(those, view))


def _run(those: Sequence[Unchecked], view: View) -> str:
    """`python -m pytest tests/test_net.py`, or the script that builds one of them."""
    files = [each.run_by for each in those if each.run_by]
    file = min(files, key=lambda each: not is_test(each), default="")
    path = relative(file, view.base).as_posix() if file else "SCRIPT.py"
    return f"{'python -m pytest' if is_test(file) else 'python'} {path}"


def _libraries(those: Sequence[Unchecked]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(distribution_of(name) for each in those for name in each.names))


def _template(each: Unchecked) -> str:
    return ", ".join(f"{name}=…" for name in each.names[:2]) + (", …" if len(each.names) > 2 else "")


_RUN_AGAIN = "run the check again"

_STEPS: Mapping[Missing, str] = {
    "library": "pip install {libraries}",
    "arguments": "run what builds them: fullgraph record -- {run}; or declare the target above the class:"
    " # fullgraph: model={name}({arguments}), args=(…)",
    "inputs": "declare the inputs above the class: # fullgraph: args=(torch.randn(…),)",
    "device": NEEDS_DEVICE,
    "code": "record the inputs from a run: fullgraph record -- {run}",
    "target": "declare the target above the class: # fullgraph: model={name}(…), args=(…)",
    "time": "raise --budget, or check fewer files",
}
