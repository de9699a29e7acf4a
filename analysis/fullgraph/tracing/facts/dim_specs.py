"""Dimensions that the spec calls dynamic and the program does not let be so.

What is contradicted is torch's to say, in its constraint violations; this module reads each of their
sentences, and adds what they lack: the user's expression whose guard decided it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import sympy
import torch
from torch.export import dynamic_shapes as spec_of

from ...model import DimContradicted, DimFate, Failure, Frame, SpecFault, SpecMismatch
from ..load.build import Built
from ..torch_compat import dynamic_shapes, pytree, shape_env, symbols, wording
from ..torch_compat.recognition import OF_SPEC_SENTENCE, recognized
from . import solved_dims
from .naming import Names, user_source
from .shape_env_log import ShapeEnvLog

Asked = Literal["named", "dynamic", "auto"]

_INEQUALITIES = (sympy.Lt, sympy.Le, sympy.Gt, sympy.Ge)


def mismatch(text: str, faults: tuple[SpecFault, ...] = ()) -> SpecMismatch:
    """What torch says of a spec that does not fit, and where it does not."""
    sentence = wording.spec_sentence(text)
    return SpecMismatch(sentence, recognized(sentence, OF_SPEC_SENTENCE), faults)


def _mismatch_of_sizes(text: str) -> SpecMismatch:
    """The same, where it may speak of its own sources in place of the user's."""
    unequal = wording.UNEQUAL.match(text)
    if unequal is None:
        return mismatch(text)
    one, other = user_source(unequal["one"]), user_source(unequal["other"])
    return SpecMismatch(
        f"`{one}` is {unequal['size']} and `{other}` is {unequal['value']}, but `dynamic_shapes` gives both the same Dim"
    )


def contradicted(error: BaseException, log: ShapeEnvLog, built: Built) -> tuple[Failure, ...]:
    """One fact for each dimension that torch names; a sentence that is none of those known stays torch's."""
    sentences, *fixes = wording.SUGGESTIONS.split(wording.without_advertisement(str(error)), maxsplit=1)
    suggestions = {
        m["name"].strip(): m["text"].strip() for fix in fixes for m in wording.SUGGESTION.finditer(fix)
    }
    reader = _Reader(log, built, suggestions)
    found: dict[str, DimContradicted] = {}
    for sentence in sentences.splitlines():
        if (fact := reader.read(sentence.strip().removeprefix("- "))) is not None:
            found.setdefault(fact.dim, fact)
    return tuple(found.values()) or (_mismatch_of_sizes(wording.without_advertisement(str(error))),)


def silently_static(log: ShapeEnvLog, built: Built) -> Iterator[DimContradicted]:
    """Dimensions asked for as AUTO that the exported program nevertheless holds constant."""
    for asked, size in _constants(log, built):
        if hint(asked.spec) == "AUTO":
            yield _Reader(log, built, {}).static(asked.source, size, "auto")


def static_from_the_start(
    log: ShapeEnvLog, built: Built, known: Iterable[Failure]
) -> Iterator[DimContradicted]:
    """Dimensions asked to be dynamic that torch made constant before the model ran, for their example size.

    It would say so at the end of an export, which one that fails does not reach.
    """
    told = {failure.source for failure in known if isinstance(failure, DimContradicted)}
    for asked, size in _constants(log, built):
        if size in (0, 1) and asked.source not in told and (kind := _asks(asked.spec)) is not None:
            name = asked.words if kind == "named" else asked.source
            yield _Reader(log, built, {}).specialized(name, asked.source, size, kind)


def _asks(spec: Any) -> Asked | None:
    """In which words a spec asks that a dimension be dynamic; None where it does not insist."""
    if isinstance(spec, spec_of.Dim):
        return "named"
    return "dynamic" if hint(spec) == "DYNAMIC" else None


def _constants(log: ShapeEnvLog, built: Built) -> Iterator[tuple[AskedDim, int]]:
    """The dimensions of the spec that are numbers in the trace."""
    inputs = log.inputs()
    for asked in asked_dims(built):
        fake = inputs.get(asked.path)
        if isinstance(fake, torch.Tensor) and asked.dim < fake.dim():
            size = fake.shape[asked.dim]
            if isinstance(size, int) or symbols.expression(size).is_number:
                yield asked, int(size)


def fates(log: ShapeEnvLog, built: Built) -> Iterator[DimFate]:
    """What became of each dimension that the spec calls dynamic, also where torch says nothing of it."""
    if log.env is None:
        return
    names = log.names
    known = shape_env.symbols_by_source(log.env)
    by_source = {names.source(source): symbol for source, symbol in known.items()}
    for asked in asked_dims(built):
        if isinstance(asked.spec, int) or hint(asked.spec) == "STATIC":
            continue
        symbol, example = by_source.get(asked.source), asked.tensor.shape
        if symbol is None and asked.dim < len(example):  # torch makes none for an example of size 0 or 1
            yield DimFate(asked.source, asked.words, "specialized", str(int(example[asked.dim])))
        elif symbol is not None:
            yield _fate(asked, symbol, log, names)


def _fate(asked: AskedDim, symbol: Any, log: ShapeEnvLog, names: Names) -> DimFate:
    final = log.final(symbol)
    frames = tuple(dict.fromkeys(log.frames_on(symbol)))
    if final.is_number:
        return DimFate(asked.source, asked.words, "specialized", str(final), frames=frames)
    if final != symbol and names.text(final) != asked.words:
        return DimFate(asked.source, asked.words, "derived", names.text(final), frames=frames)
    named = names.symbol(final if final.is_Symbol else symbol)
    return DimFate(asked.source, asked.words, "dynamic", named.name, named.lower, named.upper, frames)


@dataclass(frozen=True)
class AskedDim:
    """A dimension of an example input that the spec mentions, and what it says."""

    path: str  # `x`, `pair[0]`
    tensor: torch.Tensor
    dim: int
    spec: Any

    @property
    def source(self) -> str:
        return f"{self.path}.shape[{self.dim}]"

    @property
    def words(self) -> str:
        kind = hint(self.spec)
        return f"Dim.{kind}" if kind else str(getattr(self.spec, "__name__", self.spec))


def asked_dims(built: Built) -> Iterator[AskedDim]:
    """Each tensor dimension that the spec mentions; what is none is not told here, but by `spec_fit`."""
    for path, value, spec in _leaves(built):
        if isinstance(value, torch.Tensor) and isinstance(spec, (dict, list, tuple)):
            items = spec.items() if isinstance(spec, dict) else enumerate(spec)
            for dim, asked in items:
                if asked is not None and isinstance(dim, int):
                    yield AskedDim(path, value, dim, asked)


def input_names(built: Built) -> tuple[str, ...]:
    """The names of the inputs, flattened; none where they do not fit the model."""
    try:
        return tuple(name for name, _ in named_leaves(built.model, built.args, built.kwargs))
    except Exception:  # noqa: BLE001 (torch says so itself, when it exports)
        return ()


def named_leaves(
    model: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> list[tuple[str, Any]]:
    """The leaves of inputs by the names of forward's parameters: `x`, `pair[0]`."""
    combined = dynamic_shapes.combined(model, args, kwargs)
    leaves = pytree.leaves_with_path(combined)
    return [(_input(path, list(combined)), leaf) for path, leaf in leaves]


def _leaves(built: Built) -> list[tuple[str, Any, Any]]:
    """(input, its example, its spec) for each leaf of the inputs."""
    shapes = built.dynamic_shapes
    leaves: list[tuple[str, Any, Any]] = []
    try:
        if hasattr(shapes, "dynamic_shapes"):  # a ShapesCollection, or AdditionalInputs
            shapes = shapes.dynamic_shapes(built.model, built.args, built.kwargs)
        if not isinstance(shapes, (dict, list, tuple)):
            return []
        combined = dynamic_shapes.combined(built.model, built.args, built.kwargs)
        names = list(combined)
        inputs = combined if isinstance(shapes, dict) else type(shapes)(combined.values())

        def note(path: Any, value: Any, spec: Any) -> None:
            leaves.append((_input(path, names), value, spec))

        dynamic_shapes.for_each_leaf(note, inputs, shapes)
    except Exception:  # noqa: BLE001 (a spec that torch refuses is reported in torch's words)
        return []
    return leaves


def _input(path: Any, names: list[str]) -> str:
    text = pytree.text_of(path)
    first = wording.PATH.match(text)
    if first is None:
        return str(text)
    name = first[1] if first[1] is not None else names[int(first[2])]
    return str(name + text[first.end() :])


def hint(spec: Any) -> str | None:
    return getattr(getattr(spec, "type", None), "name", None)


_OF_GUARDS = (wording.MARKED, wording.FORCED, wording.INFERRED, wording.GUARD, wording.FRACTION)
"""Sentences about one dimension, whose guards can be tried on other sizes."""


class _Reader:
    """Turns torch's sentences into facts."""

    def __init__(self, log: ShapeEnvLog, built: Built, suggestions: dict[str, str]) -> None:
        self.log = log
        self.built = built
        self.suggestions = suggestions
        self.names = log.names
        self.symbols = {
            self.names.source(source): symbol
            for source, symbol in (shape_env.symbols_by_source(log.env).items() if log.env else ())
        }

    def read(self, sentence: str) -> DimContradicted | None:
        for pattern, make in (
            (wording.MARKED, self._specialized),
            (wording.FORCED, self._specialized),
            (wording.INFERRED, self._specialized),
            (wording.RELATED, self._related),
            (wording.EQUAL, self._related),
            (wording.GUARD, self._guarded),
            (wording.STATIC, self._static_hint),
            (wording.CONFLICT, self._conflict),
            (wording.EXAMPLE, self._example_outside),
            (wording.FRACTION, self._fraction),
        ):
            if match := pattern.search(sentence):
                fact = make(match.groupdict())
                return self._solved(fact) if fact and pattern in _OF_GUARDS else fact
        return None

    def _solved(self, fact: DimContradicted) -> DimContradicted:
        """The fact with what all guards on its dimension admit, where they admit more or less than torch says."""
        spec = next((asked.spec for asked in asked_dims(self.built) if asked.source == fact.source), None)
        if fact.example is None or not isinstance(spec, spec_of.Dim):
            return fact
        asked = solved_dims.Asked(fact.dim, solved_dims.declared(spec), fact.example)
        suggestion = self.suggestions.get(fact.dim, "")
        found = solved_dims.solved(self.log, self.symbols.get(fact.source), asked, suggestion)
        if found is None:
            return fact
        return replace(
            fact,
            kind=found.kind,
            allowed=found.allowed or fact.allowed,
            suggested=found.suggested,
            frame=found.frame or fact.frame,
        )

    def static(self, source: str, value: int, asked: Asked) -> DimContradicted:
        return self.specialized(source, source, value, asked)

    def specialized(self, dim: str, source: str, value: int, asked: Asked) -> DimContradicted:
        return self._fact(dim, source, "specialized", str(value), asked)

    def _specialized(self, found: dict[str, str]) -> DimContradicted:
        name = found.get("name") or found["named"]
        source = self._source_of(name)
        asked: Asked = "dynamic" if name.startswith(wording.LOCAL) else "named"
        return self._fact(
            source if asked == "dynamic" else name, source, "specialized", found["value"], asked
        )

    def _related(self, found: dict[str, str]) -> DimContradicted:
        by = found.get("by") or found["other"]
        return self._fact(
            found["name"], self.names.source(found["source"]), "relation", by, "named", sympy.Eq
        )

    def _guarded(self, found: dict[str, str]) -> DimContradicted:
        source, guard = (
            self.names.source(found["source"]),
            found["guard"].replace(found["source"], found["name"]),
        )
        suggestion = self.suggestions.get(found["name"])
        if suggestion and suggestion.lstrip("-").isdigit():
            return self._fact(found["name"], source, "specialized", suggestion, "named")
        if "%" in guard or (suggestion and not suggestion.startswith("Dim(")):
            return self._fact(
                found["name"], source, "relation", suggestion or guard, "named", *symbols.remainders()
            )
        return self._fact(found["name"], source, "range", guard, "named", *_INEQUALITIES)

    def _static_hint(self, found: dict[str, str]) -> DimContradicted:
        source = self._from_path(found["path"])
        return self._fact(source, source, "specialized", found["value"], "dynamic")

    def _conflict(self, found: dict[str, str]) -> DimContradicted:
        source = self._from_path(found["path"])
        allowed = f"{found['lower']} <= {source} <= {found['upper']}".replace(" <= int_oo", "")
        return self._fact(source, source, "range", allowed, "dynamic", *_INEQUALITIES)

    def _example_outside(self, found: dict[str, str]) -> DimContradicted | None:
        """torch says only that an example's size is outside of a range; the spec tells of which Dim."""
        for asked in asked_dims(self.built):
            size = int(asked.tensor.shape[asked.dim])
            low, high = getattr(asked.spec, "min", None), getattr(asked.spec, "max", None)
            if str(size) == found["value"] and (str(low) == found["low"] or str(high) == found["high"]):
                name = getattr(asked.spec, "__name__", asked.source)
                allowed = f"{low} <= {name}" if low is not None and size < low else f"{name} <= {high}"
                return DimContradicted(name, asked.source, "range", allowed, "named", None, (), size)
        return None

    def _fraction(self, found: dict[str, str]) -> DimContradicted | None:
        """A bound that is no whole number (`7/2 <= s`): torch fails where it writes down its suggestion (2.13)."""
        left, right = sympy.sympify(found["left"]), sympy.sympify(found["right"])
        bound, name = (left, found["right"]) if left.is_number else (right, found["left"])
        if not bound.is_number:
            return None
        if (bound is left) == found["op"].startswith("<"):
            allowed, suggestion = f"{sympy.ceiling(bound)} <= {name}", f"min={sympy.ceiling(bound)}"
        else:
            allowed, suggestion = f"{name} <= {sympy.floor(bound)}", f"max={sympy.floor(bound)}"
        fact = self._fact(name, self._source_of(name), "range", allowed, "named", *_INEQUALITIES)
        return replace(fact, suggested=solved_dims.suggested_dim(f"Dim('{name}', {suggestion})"))

    def _fact(
        self,
        dim: str,
        source: str,
        kind: Literal["range", "relation", "specialized"],
        allowed: str,
        asked: Asked,
        *guards: type,
    ) -> DimContradicted:
        symbol = self.symbols.get(source)
        spec = next((asked.spec for asked in asked_dims(self.built) if asked.source == source), None)
        least, most = (getattr(spec, bound, None) for bound in ("min", "max"))
        return DimContradicted(
            dim=dim,
            source=source,
            kind=kind,
            allowed=allowed,
            asked=asked,
            frame=self._cause(symbol, kind, guards),
            guards=self.log.guards_on(symbol) if symbol is not None else (),
            example=self._example(source),
            suggested=solved_dims.suggested_dim(self.suggestions.get(dim, "")),
            least=least if isinstance(least, int) else None,
            most=most if isinstance(most, int) else None,
        )

    def _cause(self, symbol: Any, kind: str, guards: tuple[type, ...]) -> Frame | None:
        if symbol is None:
            return None
        if kind == "specialized":
            return self.log.decided(symbol)
        if kind == "relation":
            for replacement in self.log.replacements:
                if symbol == replacement.symbol or symbol in replacement.by.free_symbols:
                    return replacement.frame
        return self.log.first_guard(symbol, *guards) or self.log.first_guard(symbol)

    def _source_of(self, name: str) -> str:
        """The input size that a Dim stands for first."""
        if name.startswith(wording.LOCAL):
            return self.names.source(name)
        dims = shape_env.dim_names(self.log.env) if self.log.env else {}
        return next((self.names.source(source) for source, dim in dims.items() if dim == name), name)

    def _from_path(self, path: str) -> str:
        """`['x'].shape[0]` → `x.shape[0]`."""
        return wording.PATH.sub(r"\1", path, count=1) if path.startswith("['") else path

    def _example(self, source: str) -> int | None:
        """The size in the example inputs."""
        name, _, dim = source.rpartition(".shape[")
        fake = self.log.inputs().get(name)
        if not isinstance(fake, torch.Tensor) or not dim[:-1].isdigit() or self.log.env is None:
            return None
        size = fake.shape[int(dim[:-1])]
        if isinstance(size, int):
            return size
        value = symbols.unreplaced(size).xreplace(shape_env.real_values(self.log.env))
        return int(value) if value.is_number else None
