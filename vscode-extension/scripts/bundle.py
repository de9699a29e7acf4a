"""Puts the server and all that it needs into `bundled/libs`, as it is for every platform and Python.

The rule: pure Python alone. pip is asked for nothing but wheels that run anywhere, for the oldest Python
that is supported, so that what only that one needs is there too.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

EXTENSION = Path(__file__).resolve().parents[1]
LIBS = EXTENSION / "bundled" / "libs"
ANYWHERE = ("--only-binary", ":all:", "--platform", "any", "--implementation", "py", "--abi", "none")
OLDEST = "3.10"

NOT_NEEDED = ("bin", "**/__pycache__", "**/tests", "**/test", "sympy/**/benchmarks")
"""Scripts with this machine's paths, and tests."""


def main() -> None:
    """Fills `bundled/libs` anew."""
    shutil.rmtree(LIBS, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        _pip("wheel", "--no-deps", "--wheel-dir", folder, str(EXTENSION.parent))
        (wheel,) = Path(folder).glob("fullgraph-*.whl")
        target = ("--target", str(LIBS), "--no-compile")
        _pip("install", *target, *ANYWHERE, "--python-version", OLDEST, f"{wheel}[server]")
    for pattern in NOT_NEEDED:
        for path in list(LIBS.glob(pattern)):
            shutil.rmtree(path, ignore_errors=True)
    _nothing_compiled()


def _pip(*arguments: str) -> None:
    subprocess.run(  # noqa: S603 - of the arguments none is anybody else's
        [sys.executable, "-m", "pip", arguments[0], "--quiet", "--disable-pip-version-check", *arguments[1:]],
        check=True,
    )


def _nothing_compiled() -> None:
    found = [path for path in LIBS.rglob("*") if path.suffix in (".so", ".pyd", ".dylib")]
    if found:
        raise SystemExit(f"only one platform could load {found[0]}")


if __name__ == "__main__":
    main()
