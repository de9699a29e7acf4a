"""Declares in `dynamic_shapes` what the model requires of its dimensions.

A violated `Dim` is replaced with one that the model satisfies: with `min` and `max`, derived from another
(`length + 4`, `2 * batch`), as a multiple (`4 * Dim("_length")`), as the same `Dim`, or static. All dimensions
of the target and all guards on each are solved together, so one fix is enough. The edit is made where the `Dim`
is created, however the spec is bound: in `dynamic_shapes`, a tuple or loop of names, a helper function, an
attribute, or another module.

torch cannot prove some guards for a named `Dim`, although every size satisfies them, such as those of two halves
of a tensor. There `Dim.DYNAMIC` with the range is offered, and the exported program checks the guards.

## Before

```python
dynamic_shapes = {"x": {0: Dim("dx")}, "y": {0: Dim("dy")}}
```

## After

```python
dynamic_shapes = {"x": {0: Dim("dx")}, "y": {0: Dim("dx") + 1}}
```
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...model import DimContradicted, Edit, Failure
from ..rewrite import Problem, Proposal, Rewrite, page
from ..spec.statements import Statements, is_bound_before
from . import given_up
from .dim_relations import (
    SMALLEST,
    Affine,
    Bounds,
    Constant,
    Solution,
    is_decided_by_a_branch,
    solve,
)
from .spec import Binding, Entry, Spec, quote_in, removed

Named = dict[str, tuple[Entry, ...]]
"""The entries of a spec by what the facts call their dimension."""


def _find(problem: Problem) -> Iterator[Proposal]:
    failure = problem.failure
    if not isinstance(failure, DimContradicted) or failure.asked == "auto" or is_decided_by_a_branch(failure):
        return
    spec = Spec(problem)
    named = _named(spec.entries())
    if failure.dim not in named:
        return
    loose = list(_loosened(problem, spec, named))
    # Where torch cannot prove the guards of a named Dim, that one would be in vain.
    unproved = any(_is_unproved(each) for each in problem.facts.failures)
    yield from loose if unproved else ()
    yield from _solved(problem, spec, named)
    yield from () if unproved else loose


def _solved(problem: Problem, spec: Spec, named: Named) -> Iterator[Proposal]:
    """The Dims with the ranges and relations that the guards leave them."""
    failure = problem.failure
    assert isinstance(failure, DimContradicted)
    if failure.kind == "range" and failure.frame is None:
        solution = _for_example(failure, named)
    else:
        solved = solve(tuple(named), problem.facts)
        solution = solved if isinstance(solved, Solution) else None
    if solution is None:
        return
    for each in (_without_code_constants(problem, solution), solution):
        change = _Change(spec, named, each) if each is not None else None
        if change is not None and (edits := change.edits()):
            lost = tuple(given_up.of_solution(change.solution, named, problem.facts.failures))
            yield Proposal(f"Declare in dynamic_shapes: {change.words()}", edits, gives_up=lost)


def _is_unproved(failure: Failure) -> bool:
    suggested = failure.suggested if isinstance(failure, DimContradicted) else None
    return suggested is not None and suggested.text.startswith("Dim.DYNAMIC")


# -- Dim.DYNAMIC -------------------------------------------------------------------------------------


def _loosened(problem: Problem, spec: Spec, named: Named) -> Iterator[Proposal]:
    """The contradicted Dims as `Dim.DYNAMIC`, with their ranges: torch then keeps the guards in the program."""
    facts = [each for each in problem.facts.failures if isinstance(each, DimContradicted)]
    ranges = {
        each.dim: each for each in facts if each.kind == "range" and each.asked == "named" and each.frame
    }
    if not ranges or any(is_decided_by_a_branch(each) for each in facts):
        return
    related = {name for each in facts for name in re.findall(r"\w+", f"{each.dim} {each.allowed}")}
    names = [name for name in named if name in ranges or name in related]
    edits = [edit for name in names for edit in _as_dynamic(named[name], _range_of(ranges.get(name)), spec)]
    if settled := spec.settled(edits):
        lost = tuple(given_up.of_facts(names, ranges.values()))
        yield Proposal(f"Mark as Dim.DYNAMIC: {', '.join(names)}", settled, gives_up=lost)


def _range_of(fact: DimContradicted | None) -> Bounds:
    suggested = fact.suggested if fact is not None else None
    return Bounds(suggested.lower, suggested.upper) if suggested is not None else Bounds()


def _as_dynamic(entries: tuple[Entry, ...], bounds: Bounds, spec: Spec) -> Iterator[Edit]:
    for entry in entries:
        own = {
            str(each.arg): entry.dim.of(each.value).text for each in getattr(entry.dim.node, "keywords", ())
        }
        wanted = {"min": bounds.lower if (bounds.lower or 0) > SMALLEST else None, "max": bounds.upper}
        own |= {key: str(value) for key, value in wanted.items() if value is not None}
        arguments = ", ".join(f"{key}={own[key]}" for key in ("min", "max") if key in own)
        text = f"{entry.spelling}.DYNAMIC" + (f"({arguments})" if arguments else "")
        alone = entry.binding is not None and spec.is_unused(entry.binding, len(entries))
        yield (entry.dim if alone or not entry.is_reference else entry.value).replaced(text)


# -- Dims with names ---------------------------------------------------------------------------------


def _without_code_constants(problem: Problem, solution: Solution) -> Solution | None:
    """The dimensions that an expression, or an example of size 0 or 1, makes constant left as they are: it may be mended."""
    failure = problem.failure
    facts = [f for f in problem.facts.failures if isinstance(f, DimContradicted) and f.kind == "specialized"]
    made = {f.dim for f in facts if f.frame is not None or f.example in (0, 1)}
    constant = {n for n, form in solution.forms.items() if isinstance(form, Constant) and n in made}
    if not constant or not isinstance(failure, DimContradicted) or failure.dim in constant:
        return None
    forms = {name: Affine(name) if name in constant else form for name, form in solution.forms.items()}
    return replace(solution, forms=forms)


def _named(entries: tuple[Entry, ...]) -> Named:
    """The entries by what the facts call their dimension, in the order of the spec."""
    found: dict[str, tuple[Entry, ...]] = {}
    for entry in entries:
        if name := _dim_name(entry):
            found[name] = (*found.get(name, ()), entry)
    return found


def _dim_name(entry: Entry) -> str | None:
    if not entry.spelling or entry.is_free:
        return None
    return entry.given_name or entry.source


def _for_example(failure: DimContradicted, named: Named) -> Solution | None:
    """The example's size is outside of the Dim's range: the range is made to hold it."""
    if failure.example is None:
        return None
    forms = {name: Affine(name) for name in named}
    below = failure.allowed.endswith(f"<= {failure.dim}")
    wider = Bounds(lower=failure.example) if below else Bounds(upper=failure.example)
    return Solution(forms, {failure.dim: wider})


@dataclass(frozen=True)
class _Change:
    spec: Spec
    named: Named
    solution: Solution

    def edits(self) -> tuple[Edit, ...]:
        constant = tuple(
            entry for entries in self.named.values() for entry in entries if self._is_gone(entry)
        )
        edits = [edit for name in self.named for edit in self._of(name)] + list(removed(constant))
        moved = Statements()
        for name in self.named:
            self._move(name, moved)
        moved.gone += self._unused(edits)
        return self.spec.settled(moved.edits(edits))

    def words(self) -> str:
        return ", ".join(word for name in self.named if (word := self._word(name)))

    def _word(self, name: str) -> str:
        form = self.solution.forms[name]
        if isinstance(form, Constant):
            return f"{name} = {form.value}"
        if form.root == name:
            bounds = _written_bounds(self.solution.bounds.get(name, Bounds()))
            changed = bounds and any(edit for edit in self._of(name))
            return f"{name} with {', '.join(bounds)}" if changed else ""
        if form.fresh and form.root == f"_{name}" and not form.offset:
            return f"{name} is a multiple of {form.factor}"
        return f"{name} = {_expression(form.root, form)}"

    def _of(self, name: str) -> Iterator[Edit]:
        form = self.solution.forms[name]
        for entry in self.named[name]:
            if isinstance(form, Constant) or self._moves(entry, form):
                continue  # all that are gone are taken out together, and so is what moves
            if form.root != name or form.fresh:
                # A name of the spec's own stays, and stands for the new expression, if it is no mere copy.
                copied = form == Affine(form.root, fresh=form.fresh)
                stays = not copied and (entry.binding is not None or not entry.is_reference)
                yield (entry.dim if stays else entry.value).replaced(self._derived(name, form))
            else:
                yield from _ranged(entry, self.solution.bounds.get(name, Bounds()))

    def _move(self, name: str, moved: Statements) -> None:
        """A name that is derived from one that is bound later, or beside it, is bound below that."""
        form, entry = self.solution.forms[name], self.named[name][0]
        if isinstance(form, Affine) and self._moves(entry, form) and (root := self._root_binding(form.root)):
            assert entry.binding is not None
            moved.gone.append(entry.binding)
            moved.below.append((root, f"{entry.binding.name} = {self._derived(name, form)}"))

    def _moves(self, entry: Entry, form: Affine) -> bool:
        """Whether its new expression says a name that has no value yet where its own is bound."""
        root = self._root_binding(form.root)
        name = _dim_name(entry)
        if (
            root is None
            or entry.binding is None
            or name is None
            or name == form.root
            or form == Affine(form.root)
        ):
            return False
        return _says(self._derived(name, form), root.name) and not is_bound_before(root, entry.binding)

    def _root_binding(self, root: str) -> Binding | None:
        """Where the dimension is bound that a root's expression names."""
        named = root if root in self.named else next((n for n in self.named if self._is_of(n, root)), None)
        return self.named[named][0].binding if named is not None else None

    def _is_gone(self, entry: Entry) -> bool:
        return isinstance(self.solution.forms.get(_dim_name(entry) or ""), Constant)

    def _derived(self, name: str, form: Affine) -> str:
        root = form.root
        if form.fresh and root not in self.named:
            first = next(n for n in self.named if self._is_of(n, root))
            if first != name and (relative := self._relative(form, first)) is not None:
                return _expression(self._root_text(first), relative)
            text = _fresh(root, self._arguments(root), self.named[first][0])
            return _expression(text, form)
        return _expression(self._root_text(root), form)

    def _arguments(self, root: str) -> list[str]:
        """What is said of a root that stands in no size by itself, which may be 1, unless that is said."""
        bounds = self.solution.bounds.get(root, Bounds())
        names = [name for name in self.named if self._is_of(name, root)]
        factors = [f.factor for name in names if isinstance(f := self.solution.forms[name], Affine)]
        says = any(_says_min(self.named[name][0]) for name in names)
        if bounds.lower is None or min(factors) < 2 or bounds.lower < (1 if says else SMALLEST):
            return _written_bounds(bounds)
        return [f"min={bounds.lower}", *_written_bounds(Bounds(upper=bounds.upper))]

    def _relative(self, form: Affine, first: str) -> Affine | None:
        """The form in terms of a dimension that has a name: `2 * height` instead of `4 * _height`."""
        base = self.solution.forms[first]
        if not isinstance(base, Affine) or self.named[first][0].binding is None:
            return None
        factor, rest = divmod(form.factor, base.factor)
        return None if rest else Affine(first, factor, form.offset - factor * base.offset)

    def _is_of(self, name: str, root: str) -> bool:
        form = self.solution.forms[name]
        return isinstance(form, Affine) and form.root == root

    def _root_text(self, root: str) -> str:
        entry = self.named[root][0]
        if entry.is_reference:
            return entry.binding.name if entry.binding else entry.value.text
        edits = list(_ranged(entry, self.solution.bounds.get(root, Bounds())))
        return edits[0].new_text if edits else entry.dim.text

    def _unused(self, edits: list[Edit]) -> Iterator[Binding]:
        """Names of Dims that only the replaced entries used."""
        gone: dict[str, int] = {}
        bindings: dict[str, Binding] = {}
        replaced = {edit.place for edit in edits}
        for entry in (entry for entries in self.named.values() for entry in entries):
            place = entry.value.place
            covered = any(p.file == place.file and p.range.contains(place.range) for p in replaced)
            if entry.binding is not None and (covered or self._is_gone(entry)):
                bindings[entry.binding.name] = entry.binding
                gone[entry.binding.name] = gone.get(entry.binding.name, 0) + 1
        for name, count in gone.items():
            # One that is still used, or that another one is now derived from, stays.
            if self.spec.is_unused(bindings[name], count) and not any(_says(e.new_text, name) for e in edits):
                yield bindings[name]


def _says(text: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", text) is not None


# -- text --------------------------------------------------------------------------------------------


def _expression(root: str, form: Affine) -> str:
    text = root if form.factor == 1 else f"{form.factor} * {root}"
    if form.offset:
        text += f" {'+' if form.offset > 0 else '-'} {abs(form.offset)}"
    return text


def _fresh(name: str, arguments: list[str], like: Entry) -> str:
    quote = quote_in(like.dim.text)
    return f"{like.spelling}({', '.join((f'{quote}{name}{quote}', *arguments))})"


def _says_min(entry: Entry) -> bool:
    return any(each.arg == "min" for each in getattr(entry.dim.node, "keywords", ()))


def _written_bounds(bounds: Bounds) -> list[str]:
    """As keywords, without what every dynamic size has."""
    lower = [f"min={bounds.lower}"] if bounds.lower is not None and bounds.lower > SMALLEST else []
    return lower + ([f"max={bounds.upper}"] if bounds.upper is not None else [])


def _ranged(entry: Entry, bounds: Bounds) -> Iterator[Edit]:
    """The Dim with these bounds, in the user's own call of it."""
    node, written = entry.dim.node, entry.dim.written
    wanted = {"min": bounds.lower, "max": bounds.upper}
    if (bounds.lower or 0) <= SMALLEST:
        wanted["min"] = None
    if not isinstance(node, ast.Call):
        if any(value is not None for value in wanted.values()):
            yield entry.dim.replaced(f"{entry.dim.text}({', '.join(_written_bounds(bounds))})")
        return
    text, changed = entry.dim.text, False
    here = replace(written, start=type(written.start)(0, 0))
    offset = written.source.offset_at(written.source.range_of(node).start)
    for keyword in sorted(node.keywords, key=lambda k: -k.value.col_offset):
        value = wanted.pop(keyword.arg or "", None)
        if value is None or here.text(keyword.value) == str(value):
            continue
        where = written.source.range_of(keyword.value)
        start, end = (written.source.offset_at(p) - offset for p in (where.start, where.end))
        text, changed = f"{text[:start]}{value}{text[end:]}", True
    if new := [f"{key}={value}" for key, value in wanted.items() if value is not None]:
        body = text[:-1].rstrip().removesuffix(",")
        text, changed = f"{body}{', ' if node.args or node.keywords else ''}{', '.join(new)})", True
    if changed:
        yield entry.dim.replaced(text)


_RULES = frozenset({"dim-range", "dim-relation", "dim-specialized"})
REWRITE = Rewrite("dim-spec", _RULES, page(__doc__), _find)
