"""Fixes of calls that are no targets until they are rewritten: `torch.jit.trace(model, x)`.

The rule: what is verified is the call that the fix leaves. It exports, and its program gives what the model gives
in Python. What the file does with the result afterwards is not looked at, and where it does something the verdict
says so.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from .. import rewrites
from ..model import Checked, Expression, Facts, Finding, Fix, Place, Raised, Runtime, Target, Verdict
from ..rewrites import Problem, Proposal
from .verify import Baseline, Fixable, Verifier, called_at, edited, parsed_in


def replacements(verifier: Verifier, finding: Finding, runtime: Runtime) -> Iterator[Fix]:
    """What to write on these versions. Raises CannotRun and TraceCancelledError, as every verification."""
    place = finding.place
    nobody = Target("", "", place.file, "call", place, Expression("", place))
    parsed = parsed_in(verifier.options.texts)
    failure = Raised("load", None, "", "")
    problem = Problem(finding, failure, nobody, Facts(), parsed, runtime.torch_release)
    for proposal in rewrites.propose(problem):
        yield Fix(proposal.title, proposal.edits, _verdict(verifier, finding, proposal, runtime))


def _verdict(verifier: Verifier, finding: Finding, proposal: Proposal, runtime: Runtime) -> Verdict:
    if not proposal.verify:
        return Verdict("suppresses")
    texts = edited(proposal.edits, verifier.options.texts)
    if texts is None:
        return Verdict("not-verified", "the edits do not apply")
    after = replace(verifier.options, texts={**verifier.options.texts, **texts})
    task = called_at(after, finding.place)
    if task is None:
        return Verdict("not-verified", "the inputs of the call are not known from this file")
    checked = Checked(task.request.target, "fails", Facts(exported=False), runtime)
    with Baseline(replace(verifier, options=after), Fixable(task, checked)) as original:
        fix, _ = original.tried(Proposal(proposal.title, ()), finding)
    if fix.verdict.kind == "verified" and (name := _used(finding.place, verifier)):
        said = f"{fix.verdict.reason}; later uses of `{name}` were not checked"
        return Verdict("unverified-exports", said)
    return fix.verdict


def _used(place: Place, verifier: Verifier) -> str:
    """The name that the call's result gets, if the file reads it anywhere; `it` where it gets none."""
    parsed = parsed_in(verifier.options.texts)(place.file)
    line = place.range.start.line + 1
    nodes = list(ast.walk(parsed.tree)) if parsed else []
    around = (n for n in nodes if isinstance(n, ast.stmt) and n.lineno <= line <= (n.end_lineno or line))
    statement = min(around, key=lambda n: (n.end_lineno or 0) - n.lineno, default=None)
    if isinstance(statement, ast.Expr):
        return ""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    reads = (n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and n.id in names)
    return next(reads, "") if names else "it"
