"""What people write by hand where no rewrite fits: this table is the list of them, the more specific first."""

from __future__ import annotations

from . import (
    collected_rows,
    conditional_padding,
    decoding_loop,
    expert_routing,
    growing_cache,
    library_code,
    memo_cache,
    packed_sequences,
    padding_and_lengths,
    random_state,
    split_model,
    suppression_loop,
)
from .pattern import Pattern, Sight

__all__ = ["PATTERNS", "Pattern", "Sight", "nearest"]

PATTERNS: tuple[Pattern, ...] = (
    packed_sequences.PATTERN,
    suppression_loop.PATTERN,
    decoding_loop.PATTERN,
    expert_routing.PATTERN,
    memo_cache.PATTERN,
    growing_cache.PATTERN,
    conditional_padding.PATTERN,
    padding_and_lengths.PATTERN,
    collected_rows.PATTERN,
    library_code.PATTERN,
    random_state.PATTERN,
    split_model.PATTERN,
)


def nearest(sight: Sight) -> Pattern | None:
    """The first pattern that a finding calls for."""
    own = (pattern for pattern in PATTERNS if sight.finding.rule in pattern.rules)
    return next((pattern for pattern in own if pattern.fits(sight)), None)
