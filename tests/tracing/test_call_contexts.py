"""What stands around a call and above it: the verdict is torch's own of the user's script, in each of many kinds."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from fullgraph.model import Checked, Report

from tests.checking import Checking
from tests.tracing.call_contexts import PACKAGES, SCRIPTS

# Runs each script as Python does, in a fork of its own, and says whether it came to its end.
_TRUTH = """
import json, os, runpy, sys
import torch, torch._dynamo, torch.export._trace  # once for all, which takes longer than most of the scripts
outcomes = {}
for file in sys.argv[1:]:
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.chdir(os.path.dirname(file))
        sys.path.insert(0, os.path.dirname(file))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        try:
            runpy.run_path(file, run_name="__main__")
            os.write(writing, b"exports")
        except BaseException as error:
            os.write(writing, type(error).__name__.encode())
        os._exit(0)
    os.close(writing)
    outcomes[file] = os.fdopen(reading).read()
    os.wait()
print(json.dumps(outcomes))
"""


def _written(folder: Path) -> dict[str, Path]:
    """By name, the file that is run."""
    files = {}
    for name, text in SCRIPTS.items():
        files[name] = folder / f"script_{_stem(name)}.py"
        files[name].write_text(text)
    for name, texts in PACKAGES.items():
        (folder / _stem(name)).mkdir()
        for file, text in texts.items():
            (folder / _stem(name) / file).write_text(text)
        files[name] = folder / _stem(name) / "main.py"
    return files


def _stem(name: str) -> str:
    return re.sub(r"\W+", "_", name)


def _truth(files: Mapping[str, Path]) -> dict[str, bool]:
    command = [sys.executable, "-c", _TRUTH, *map(str, files.values())]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    outcomes = json.loads(run.stdout.splitlines()[-1])
    return {name: outcomes[str(file)] == "exports" for name, file in files.items()}


def _verdicts(report: Report, file: Path, name: str) -> set[bool]:
    """Those of all targets of a script, or of a package."""

    def is_of(checked: Checked) -> bool:
        found = Path(checked.target.file)
        return found.parent == file.parent if name in PACKAGES else found == file

    return {each.status in ("exports", "unsound") for each in report.targets if is_of(each)}


@pytest.mark.slow
def test_the_verdict_is_that_of_the_call_where_it_stands(tmp_path: Path, checking: Checking) -> None:
    files = _written(tmp_path)
    truth = _truth(files)
    assert len(files) > 90
    assert 30 < sum(truth.values()) < len(files) - 30
    report = checking(tmp_path)
    found = {name: _verdicts(report, file, name) for name, file in files.items()}
    assert found == {name: {exports} for name, exports in truth.items()}
