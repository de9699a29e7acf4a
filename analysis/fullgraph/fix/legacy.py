"""Fixes of calls that are no targets until they are rewritten: `torch.jit.trace(model, x)`.

The rule: what is verified is the call that the fix leaves. It exports, and its program gives what the model gives
in Python. What the file does with the result afterwards is not looked at, and where it does something the verdict
says so.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from .. import rewrites
from ..model import Checked, Expression, Facts, Finding, Fix, Place, Raised, Runtime, Target, Verdict
from ..rewrites import Problem, Proposal
from .editing import edited, parsed_in
from .verify import Baseline, Fixable, Verifier, called_at


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
    if fix.verdict.kind == "verified" and (uses := _uses(finding.place, verifier)):
        said = f"{fix.verdict.reason}; {uses} were not checked"
        return Verdict("unverified-exports", said)
    return fix.verdict


def _uses(place: Place, verifier: Verifier) -> str:
    """What the file does with the call's result; empty where it does nothing with it."""
    parsed = parsed_in(verifier.options.texts)(place.file)
    nodes = list(ast.walk(parsed.tree)) if parsed else []
    for node in nodes:
        match node:
            case ast.Expr(value=ast.Call(func=called)) | ast.Assign(value=ast.Call(func=called)):
                if parsed and parsed.source.range_of(called) == place.range:
                    return _reads(node, nodes) if isinstance(node, ast.Assign) else ""
    return "uses of the result"


def _reads(node: ast.Assign, nodes: Sequence[ast.AST]) -> str:
    """As `_uses`, of a result that is assigned."""
    names = {target.id for target in node.targets if isinstance(target, ast.Name)}
    if len(names) < len(node.targets):
        return "uses of the result"
    reads = (n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and n.id in names)
    name = next(reads, "")
    return f"later uses of `{name}`" if name else ""
