"""The responses to custom requests as JSON; docs/protocol.md describes it.

The rule: places are a URI and a range in the client's encoding, in the present text; both are null where the
text changed since.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fullgraph.model import (
    Checked,
    Condition,
    DimFate,
    Finding,
    Graph,
    NodeGroup,
    NoProgram,
    Place,
    Program,
    StartFailure,
    Symbol,
    Target,
    Tensor,
)

from ..lsp import convert
from ..lsp.convert import Encoding
from ..session.results import Outline, Texts, Traced
from ..session.session import Session

Json = dict[str, Any]


class Reporting:
    """The session as JSON, for one client."""

    def __init__(self, session: Session, encoding: Encoding) -> None:
        self._session = session
        self._encoding = encoding

    def target(self, target: Target, outline: Outline, traced: Traced | None, *, checking: bool) -> Json:
        """An element of `fullgraph/targets`."""
        checked = traced.of(target.name) if traced else None
        known = checked.status if checked else "unknown"
        # One that is skipped has a note that says why, and no trace.
        own = [f for f in traced.findings if f.target == target.name] if traced else []
        return {
            **self.place(target.place, outline.texts),
            "name": target.name,
            "origin": target.origin,
            "status": "checking" if checking else known,
            "findings": [self.finding(each, traced.texts) for each in own] if traced else [],
            "seconds": checked.facts.seconds if checked else None,
        }

    def report(self, checked: Checked, traced: Traced) -> Json:
        """The answer to `fullgraph/report`."""
        facts, texts = checked.facts, traced.texts
        own = [finding for finding in traced.findings if finding.target == checked.target.name]
        return {
            **self.place(checked.target.place, texts),
            "name": checked.target.name,
            "origin": checked.target.origin,
            "status": checked.status,
            "python": checked.runtime.python,
            "torch": checked.runtime.torch,
            "seconds": facts.seconds,
            "inputs": [tensor(each) for each in facts.inputs],
            "outputs": [tensor(each) for each in facts.outputs],
            "symbols": [self.symbol(each, texts) for each in facts.symbols],
            "dimensions": [self.dimension(each, texts) for each in facts.dims],
            "conditions": [self.condition(each, texts) for each in checked.conditions],
            "findings": [self.finding(each, texts) for each in own],
            "lost": [{"name": each.name, "observation": each.observation} for each in facts.lost],
        }

    def program(self, checked: Checked, traced: Traced, level: str) -> Json:
        """The answer to `fullgraph/graph`."""
        program, texts = checked.facts.program, traced.texts
        problem = None
        if isinstance(program, NoProgram):
            problem = f"cannot {program.during} the program: {program.words}"
        elif not isinstance(program, Program):
            problem = "the target does not export"
        whole = program if isinstance(program, Program) else None
        return {
            "target": checked.target.name,
            "level": level,
            "problem": problem,
            "findings": [self.finding(f, texts) for f in traced.findings if f.target == checked.target.name],
            "program": self._program(whole, checked, texts) if whole else None,
        }

    def _program(self, program: Program, checked: Checked, texts: Texts) -> Json:
        return {
            "level": program.level,
            "inputs": [tensor(each) for each in checked.facts.inputs],
            "outputs": [tensor(each) for each in program.outputs],
            "lifted": [{"kind": c.kind, **tensor(c.tensor)} for c in program.carried],
            "mutated": list(program.written),
            "symbols": [self.symbol(each, texts) for each in program.symbols],
            "conditions": [self.condition(each, texts) for each in checked.conditions],
            "graphs": [self._graph(each, texts) for each in program.graphs],
            "operators": [{"name": o.name, "kind": o.kind, "count": o.count} for o in program.operators],
        }

    def _graph(self, graph: Graph, texts: Texts) -> Json:
        groups = [self._group(group, texts) for group in graph.groups]
        return {"name": graph.name, "inputs": list(graph.inputs), "groups": groups, "result": graph.result}

    def _group(self, group: NodeGroup, texts: Texts) -> Json:
        nodes = [
            {"name": n.name, "operator": n.operator, "arguments": n.arguments, "value": n.value}
            for n in group.nodes
        ]
        place = self.place(group.place, texts) if group.place else {"uri": None, "range": None}
        return {"module": group.module, "nodes": nodes, **place}

    def finding(self, finding: Finding, texts: Texts) -> Json:
        return {
            **self.place(finding.place, texts),
            "rule": finding.rule,
            "severity": finding.severity,
            "message": finding.message,
            "hint": finding.hint,
            "link": finding.link,
            "byHand": asdict(finding.by_hand) if finding.by_hand else None,
            "related": [{"message": r.message, **self.place(r.place, texts)} for r in finding.related],
            "fixes": [
                {
                    "title": f.title,
                    "verdict": f.verdict.kind,
                    "reason": f.verdict.reason,
                    "preferred": f.preferred,
                }
                for f in finding.fixes
            ],
        }

    def symbol(self, symbol: Symbol, texts: Texts) -> Json:
        return {
            "name": symbol.name,
            "source": symbol.source,
            "lower": symbol.lower,
            "upper": symbol.upper,
            "definedBy": symbol.made_by or None,
            "definedAt": self.place(symbol.made_at, texts) if symbol.made_at else None,
        }

    def dimension(self, fate: DimFate, texts: Texts) -> Json:
        return {
            "source": fate.source,
            "requested": fate.asked,
            "outcome": fate.outcome,
            "size": fate.text,
            "lower": fate.lower,
            "upper": fate.upper,
            "guards": [{"text": frame.text, **self.place(frame.place, texts)} for frame in fate.frames],
        }

    def condition(self, condition: Condition, texts: Texts) -> Json:
        frame = condition.frame
        where = self.place(frame.place, texts) if frame else {"uri": None, "range": None}
        return {
            "text": condition.text,
            "sizes": list(condition.sizes),
            "guards": list(condition.guards),
            "expression": frame.text if frame else "",
            **where,
        }

    def place(self, place: Place, texts: Texts) -> Json:
        """`uri` and `range`; both null where the text was changed since."""
        spot = self._session.spot(place, texts)
        if spot is None:
            return {"uri": None, "range": None}
        where = convert.range_out(spot.source, spot.range, self._encoding)
        return {"uri": spot.uri, "range": convert.range_json(where)}


def start_failure(failure: StartFailure) -> Json:
    """Why a folder has no worker, in `fullgraph/status`."""
    return {**asdict(failure), "remedy": failure.remedy}


def tensor(one: Tensor) -> Json:
    return {"name": one.name, "dtype": one.dtype, "shape": list(one.shape)}
