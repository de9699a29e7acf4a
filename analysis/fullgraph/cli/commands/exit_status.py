"""The exit status of `check`.

The rule: 0 is said only where something was tried and it is fine, and the main model was among it.
"""

from __future__ import annotations

from ...check.coverage import coverage
from ...model import Report

CLEAN, FINDINGS, COULD_NOT_RUN, UNCHECKED, INTERRUPTED = 0, 1, 2, 3, 130

MEANINGS = """\
exit status:
  0    no errors or warnings; notes do not count
  1    errors or warnings
  2    could not run: a wrong argument, a missing path, no interpreter with torch
  3    no model, or not the main model, was checked; 0 with --allow-unchecked
  130  interrupted
"""


def exit_status(report: Report, *, static: bool = False, allow_unchecked: bool = False) -> int:
    """Warnings and errors count; information is for reading only. With `static` nothing is to be tried."""
    if report.ended and report.ended.reason in ("interrupted", "terminated"):
        return INTERRUPTED
    if any(finding.severity != "information" for finding in report.findings):
        return FINDINGS
    if static or allow_unchecked or coverage(report).is_told:
        return CLEAN
    return UNCHECKED
