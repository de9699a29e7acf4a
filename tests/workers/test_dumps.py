"""What `faulthandler` of this very Python writes, read back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fullgraph.tracing.isolation.dumps import stacks

CRASH = """
import ctypes, faulthandler, threading, time
faulthandler.enable()
threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
def outer():
    inner()
def inner():
    ctypes.string_at(0)
outer()
"""


@pytest.mark.parametrize("name", ["plain.py", "with space.py", "modèle ₂ 𝔘.py", r"back\x64slash.py"])
def test_a_crash(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text(CRASH)
    crash = subprocess.run([sys.executable, str(file)], capture_output=True, check=False)
    first, *others = stacks(crash.stderr.decode())
    assert [(path, line) for path, line in first if path == str(file)] == [
        (str(file), 8),
        (str(file), 6),
        (str(file), 9),
    ]
    assert len(others) == 1


def test_a_timer(tmp_path: Path) -> None:
    file = tmp_path / "late.py"
    file.write_text(
        "import faulthandler, threading, time\n"
        "threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n"
        "faulthandler.dump_traceback_later(0.2, exit=True)\n"
        "while True:\n"
        "    pass\n"
    )
    late = subprocess.run([sys.executable, str(file)], capture_output=True, check=False)
    [(path, line)], _ = stacks(late.stderr.decode())
    assert (path, line in (4, 5)) == (str(file), True)


def test_nothing_where_nothing_was_written() -> None:
    assert stacks("") == []
    assert stacks('x\n  File "a.py", line 3 in f\n') == []
