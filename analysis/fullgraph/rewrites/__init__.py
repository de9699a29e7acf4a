"""The rewrites: what to write instead. This table is the list of them, and the order they are tried in."""

from __future__ import annotations

from .rewrite import Parsed, Problem, Proposal, Rewrite

__all__ = ["REWRITES", "Parsed", "Problem", "Proposal", "Rewrite", "propose"]

REWRITES: tuple[Rewrite, ...] = ()


def propose(problem: Problem) -> tuple[Proposal, ...]:
    """Every way to mend one finding that some rewrite knows, the likeliest first, unproved."""
    return tuple(proposal for rewrite in REWRITES for proposal in rewrite.propose(problem))
