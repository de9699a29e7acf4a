"""Hooks of mkdocs: documents that stand outside of docs/ become pages, and their links follow them.

The rule: each text is written once, where the repository's readers look for it. A link to a document leads
to its page; a link to any other file of the repository becomes plain text, as the site has no such page.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]

OUTSIDE = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "examples/README.md": "examples.md",
    "vscode-extension/README.md": "vscode.md",
}
"""From a document's path in the repository to that of its page."""

_LINK = re.compile(r"(!?)\[((?:[^\[\]`]|`[^`]*`)*)\]\((?!\w+:)([^)#\s]*)(#[^)\s]*)?\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Writes out `rules/*.md` in the navigation: a page for a new rule needs no line there."""
    for section in config.nav or []:
        for title, items in section.items() if isinstance(section, dict) else ():
            section[title] = [page for item in items for page in _matching(item)]
    return config


def _matching(item: str) -> list[str]:
    docs = ROOT / "docs"
    pages = sorted(path.relative_to(docs).as_posix() for path in docs.glob(item)) if "*" in item else [item]
    return [page for page in pages if "*" not in item or not page.endswith("index.md")]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the documents and pictures that stand outside of docs/."""
    for path, page in OUTSIDE.items():
        text = (ROOT / path).read_text("utf-8")
        files.append(File.generated(config, page, content=text))
        for picture in _pictures(path, text):
            if not files.get_file_from_path(picture):
                files.append(File.generated(config, picture, abs_src_path=str(ROOT / picture)))
    return files


def _pictures(document: str, text: str) -> list[str]:
    """The pictures that a document shows, by their paths in the repository; those of docs/ are there already."""
    shown = {_resolved(document, link[3]) for link in _LINK.finditer(text) if link[1]}
    return sorted(path for path in shown if not path.startswith("docs/"))


def on_page_markdown(markdown: str, page: Page, files: Files, **_: object) -> str:
    """Turns links by path in the repository into links from page to page."""
    source = page.file.src_uri
    document = next((path for path, to in OUTSIDE.items() if to == source), f"docs/{source}")
    return _LINK.sub(lambda link: _followed(link, document, source, files), markdown)


def _followed(link: re.Match[str], document: str, source: str, files: Files) -> str:
    mark, text, path, anchor = link[1], link[2], link[3], link[4] or ""
    if not path:
        return link[0]
    path = _resolved(document, path)
    page = OUTSIDE.get(path, path.removeprefix("docs/"))
    if files.get_file_from_path(page) is None and (ROOT / path).exists():
        return text
    return f"{mark}[{text}]({posixpath.relpath(page, posixpath.dirname(source) or '.')}{anchor})"


def _resolved(document: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(document), path))
