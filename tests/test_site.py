"""The documentation as a site: it builds, a link that leads nowhere ends the build, and no page asks the network."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CHANGED = ("docs", "README.md")
"""What a test writes to; the rest of the repository is linked to."""


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of the repository, as far as the site is made of it."""
    folder = tmp_path / "repository"
    folder.mkdir()
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copy(ROOT / "README.md", folder)
    for path in ROOT.iterdir():
        if path.name not in (*CHANGED, "dist"):
            (folder / path.name).symlink_to(path)
    return folder


def build(folder: Path, site: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(site)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_site_builds_and_asks_nobody(tmp_path: Path) -> None:
    done = build(ROOT, tmp_path)
    assert done.returncode == 0, done.stderr
    pages = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*.html")}
    assert {"index.html", "architecture.html", "rules/lost-state.html", "commands/check.html"} <= pages.keys()
    loaded = {found for page in pages.values() for found in _loaded(page.read_text("utf-8"))}
    assert {address for address in loaded if re.match(r"(https?:)?//", address)} == set()
    assert "vscode-extension/media/walkthrough/quick-fix.png" in _loaded(
        pages["index.html"].read_text("utf-8")
    )


def _loaded(page: str) -> set[str]:
    """What a browser fetches to show a page, without a click."""
    return {*re.findall(r'\bsrc="([^"]+)"', page), *re.findall(r'<link[^>]* href="([^"]+)"', page)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("document", "link"),
    [
        ("docs/ci.md", "[away](no-such-page.md)"),
        ("docs/ci.md", "[away](limits.md#no-such-heading)"),
        ("README.md", "[away](docs/no-such-page.md)"),
    ],
)
def test_a_link_that_leads_nowhere_ends_the_build(
    sources: Path, tmp_path: Path, document: str, link: str
) -> None:
    assert build(sources, tmp_path / "whole").returncode == 0
    with (sources / document).open("a", encoding="utf-8") as file:
        file.write(f"\n{link}\n")
    done = build(sources, tmp_path / "broken")
    assert done.returncode != 0
    assert "no-such" in done.stderr
