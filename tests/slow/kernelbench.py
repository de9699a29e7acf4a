"""Checks a folder of KernelBench's problems, and says how many were found, and what became of them.

python tests/slow/kernelbench.py KernelBench/level1 KernelBench/level2 KernelBench/level3
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fullgraph.check.options import Options
from fullgraph.check.plan import plan_for
from fullgraph.check.run import check, close_workers


def main(folders: list[str]) -> None:
    files = [file for folder in folders for file in Path(folder).glob("*.py")]
    options = Options(tuple(folders), python=sys.executable)
    started = time.monotonic()
    plan = plan_for(options)
    print(f"{len(plan.tasks)} targets in {len(files)} files, found in {time.monotonic() - started:.1f} s")
    with ThreadPoolExecutor(2) as executor:
        report = check(options, executor)
    close_workers()
    statuses = Counter(checked.status for checked in report.targets)
    print(f"{dict(statuses)} in {time.monotonic() - started:.0f} s")
    for finding in report.findings:
        if finding.severity == "error" or finding.rule == "target-skipped":
            print(f"{Path(finding.place.file).name}: {finding.rule}: {finding.message[:150]}")


if __name__ == "__main__":
    main(sys.argv[1:])
