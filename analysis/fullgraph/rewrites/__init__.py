"""The rewrites: what to write instead. This table is the list of them, and the order they are tried in."""

from __future__ import annotations

from . import ignore
from .branches import cond, drop_guard, empty_case, exporting_guard, masked_update, runtime_check, where
from .calls import eval_mode, graph_break, legacy_export
from .edit.importing import importing
from .loops import batched, masked_early_exit, row_loop, scan, while_loop
from .registration import fake_kernel, register_buffer, register_class
from .rewrite import Parsed, Problem, Proposal, Rewrite
from .shapes import (
    dim_spec,
    example_size,
    spec_auto,
    spec_structure,
    symbolic_number,
    torch_check,
    written_size,
)
from .values import keep_tensor, lift, numpy_to_torch, tensor_comparison, tensor_index

__all__ = ["REWRITES", "Parsed", "Problem", "Proposal", "Rewrite", "propose", "propose_by"]

REWRITES: tuple[Rewrite, ...] = (
    example_size.REWRITE,
    written_size.REWRITE,
    empty_case.REWRITE,
    exporting_guard.REWRITE,
    lift.REWRITE,
    keep_tensor.REWRITE,
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
    masked_early_exit.REWRITE,
    batched.REWRITE,
    row_loop.REWRITE,
    scan.REWRITE,
    drop_guard.REWRITE,
    where.REWRITE,
    masked_update.REWRITE,
    cond.REWRITE,
    while_loop.REWRITE,
    torch_check.REWRITE,
    spec_auto.REWRITE,
    ignore.REWRITE,
)


def propose(problem: Problem) -> tuple[Proposal, ...]:
    """Every way to mend one finding that some rewrite knows, the likeliest first, unverified."""
    return tuple(proposal for rewrite in REWRITES for proposal in propose_by(rewrite, problem))


def propose_by(rewrite: Rewrite, problem: Problem) -> tuple[Proposal, ...]:
    """What one rewrite proposes, with the imports that its text needs."""
    whole = (importing(problem, proposal) for proposal in rewrite.propose(problem))
    return tuple(proposal for proposal in whole if proposal is not None)
