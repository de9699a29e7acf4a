"""What a program requires of its inputs' sizes, beside its verdict."""

from __future__ import annotations

from ...model import Checked

_MOST = 4


def verdict_note(checked: Checked) -> str:
    """What stands behind `exports`."""
    return ", with conditions" if checked.hidden_conditions else ""


def requires(checked: Checked, *, everything: bool) -> str:
    """`requires x.shape[1] % 4 == 0, x.shape[1] >= 8`; empty where there is nothing to say."""
    known = checked.conditions if everything else checked.hidden_conditions
    shown = [each.text for each in (known if everything else known[:_MOST])]
    left = len(known) - len(shown)
    more = f", and {left} more (--verbose lists them)" if left else ""
    return f"requires {', '.join(shown)}{more}" if shown else ""
