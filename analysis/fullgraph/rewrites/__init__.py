"""The rewrites: what to write instead. This table is the list of them, and the order they are tried in."""

from __future__ import annotations

from . import (
    batched,
    chosen_update,
    cond,
    dim_spec,
    empty_case,
    eval_mode,
    example_size,
    exporting_guard,
    fake_kernel,
    graph_break,
    ignore,
    legacy_export,
    masked_exit,
    numpy_to_torch,
    register_buffer,
    register_class,
    row_loop,
    runtime_check,
    scan,
    spec_auto,
    spec_structure,
    stay_tensor,
    symbolic_number,
    tensor_comparison,
    tensor_index,
    torch_check,
    unconditional,
    where,
    while_loop,
    written_size,
)
from .importing import importing
from .rewrite import Parsed, Problem, Proposal, Rewrite

__all__ = ["REWRITES", "Parsed", "Problem", "Proposal", "Rewrite", "propose", "propose_by"]

REWRITES: tuple[Rewrite, ...] = (
    example_size.REWRITE,
    written_size.REWRITE,
    empty_case.REWRITE,
    exporting_guard.REWRITE,
    stay_tensor.REWRITE,
    symbolic_number.REWRITE,
    numpy_to_torch.REWRITE,
    tensor_comparison.REWRITE,
    tensor_index.REWRITE,
    register_buffer.REWRITE,
    register_class.REWRITE,
    fake_kernel.REWRITE,
    graph_break.REWRITE,
    legacy_export.REWRITE,
    eval_mode.REWRITE,
    spec_structure.REWRITE,
    dim_spec.REWRITE,
    runtime_check.REWRITE,
    masked_exit.REWRITE,
    batched.REWRITE,
    row_loop.REWRITE,
    scan.REWRITE,
    unconditional.REWRITE,
    where.REWRITE,
    chosen_update.REWRITE,
    cond.REWRITE,
    while_loop.REWRITE,
    torch_check.REWRITE,
    spec_auto.REWRITE,
    ignore.REWRITE,
)


def propose(problem: Problem) -> tuple[Proposal, ...]:
    """Every way to mend one finding that some rewrite knows, the likeliest first, unproved."""
    return tuple(proposal for rewrite in REWRITES for proposal in propose_by(rewrite, problem))


def propose_by(rewrite: Rewrite, problem: Problem) -> tuple[Proposal, ...]:
    """What one rewrite proposes, with the imports that its text needs."""
    whole = (importing(problem, proposal) for proposal in rewrite.propose(problem))
    return tuple(proposal for proposal in whole if proposal is not None)
