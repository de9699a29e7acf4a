"""The rewrites: what to write instead. This table is the list of them, and the order they are tried in."""

from __future__ import annotations

from . import ignore
from .branches import cond, drop_guard, empty_case, exporting_guard, masked_update, same_size, where
from .calls import eval_mode, graph_break, legacy_export, validate_args
from .checks import runtime_check
from .edit.importing import importing
from .loops import every_place, fixed_steps, masked_early_exit, scan, sized_steps, suppression, while_loop
from .loops.lengths import length_mask, masked_reduction, padded_rnn, padded_rows
from .loops.rows import at_once, batched, row_filter, row_loop
from .registration import fake_kernel, register_buffer, register_class
from .rewrite import GivenUp, Parsed, Problem, Proposal, Rewrite
from .shapes import (
    dim_spec,
    example_size,
    math_attention,
    output_size,
    rounded_down,
    rounded_up,
    spec_auto,
    spec_structure,
    symbolic_number,
    torch_check,
    written_size,
)
from .values import (
    bin_count,
    copied,
    keep_tensor,
    lift,
    list_index,
    numpy_to_torch,
    one_hot,
    quantized,
    tensor_comparison,
    tensor_index,
    uncached,
    written_slice,
)

__all__ = ["REWRITES", "GivenUp", "Parsed", "Problem", "Proposal", "Rewrite", "propose", "propose_by"]

REWRITES: tuple[Rewrite, ...] = (
    example_size.REWRITE,
    written_size.REWRITE,
    output_size.REWRITE,
    rounded_up.REWRITE,
    rounded_down.REWRITE,
    empty_case.REWRITE,
    exporting_guard.REWRITE,
    runtime_check.REWRITE,
    every_place.REWRITE,
    batched.REWRITE,
    lift.REWRITE,
    quantized.REWRITE,
    keep_tensor.REWRITE,
    symbolic_number.REWRITE,
    numpy_to_torch.REWRITE,
    one_hot.REWRITE,
    bin_count.REWRITE,
    tensor_comparison.REWRITE,
    uncached.REWRITE,
    copied.REWRITE,
    tensor_index.REWRITE,
    list_index.REWRITE,
    register_buffer.REWRITE,
    register_class.REWRITE,
    fake_kernel.REWRITE,
    graph_break.REWRITE,
    legacy_export.REWRITE,
    eval_mode.REWRITE,
    validate_args.REWRITE,
    suppression.REWRITE,
    at_once.REWRITE,
    length_mask.REWRITE,
    padded_rows.REWRITE,
    masked_reduction.REWRITE,
    written_slice.REWRITE,
    padded_rnn.REWRITE,
    row_loop.REWRITE,
    row_filter.REWRITE,
    spec_structure.REWRITE,
    fixed_steps.REWRITE,
    sized_steps.REWRITE,
    masked_early_exit.REWRITE,
    scan.REWRITE,
    same_size.REWRITE,
    drop_guard.REWRITE,
    dim_spec.REWRITE,
    where.REWRITE,
    masked_update.REWRITE,
    cond.REWRITE,
    while_loop.REWRITE,
    math_attention.REWRITE,
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
