"""Files are written as a whole, in their encoding, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fullgraph.project.files import read_source
from fullgraph.text.source import SourceText
from fullgraph.text.write import CannotWrite, write_text


def read(path: Path) -> SourceText:
    source = read_source(str(path))
    assert isinstance(source, SourceText)
    return source


@pytest.mark.parametrize(
    "content",
    [b"x = 1\r\n", b"\xef\xbb\xbfx = '\xc3\xa9'\n", b"# coding: latin-1\nx = '\xe9'\n", b"x = 1"],
)
def test_what_is_not_changed_stays_byte_for_byte(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "case.py"
    path.write_bytes(content)
    path.chmod(0o640)
    before = read(path)
    assert write_text(before, before.text.replace("x", "y")) is None
    assert path.read_bytes() == content.replace(b"x", b"y")
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_one(tmp_path: Path) -> None:
    path, link = tmp_path / "case.py", tmp_path / "link.py"
    path.write_text("x = 1\n")
    link.symlink_to(path)
    assert write_text(read(link), "y = 1\n") is None
    assert link.is_symlink()
    assert path.read_text() == "y = 1\n"


def refused(path: Path, before: SourceText, after: str) -> str:
    content = path.read_bytes()
    result = write_text(before, after)
    assert isinstance(result, CannotWrite)
    assert path.read_bytes() == content
    assert len(list(path.parent.iterdir())) == 1
    return result.message


def test_refusals(tmp_path: Path) -> None:
    path = tmp_path / "case.py"
    path.write_bytes(b"# coding: latin-1\nx = 1\n")
    before = read(path)
    assert "would have a syntax error" in refused(path, before, "x = (\n")
    assert "which cannot encode '€'" in refused(path, before, "# coding: latin-1\nx = '€'\n")
    path.write_text("# coding: latin-1\nx = 2\n")
    assert "changed in the meantime" in refused(path, before, "y = 1\n")


def test_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    assert write_text(SourceText(str(path), ""), "[tool]\n") is None
    assert path.read_text() == "[tool]\n"
    path.write_text("[other]\n")
    assert isinstance(write_text(SourceText(str(path), ""), "[tool]\n"), CannotWrite)


def test_hard_links_stay_so(tmp_path: Path) -> None:
    path, other = tmp_path / "case.py", tmp_path / "other.py"
    path.write_text("value = 1\n")
    os.link(path, other)
    assert write_text(read(path), "x = 1\n") is None
    assert other.read_text() == "x = 1\n"
    assert path.stat().st_ino == other.stat().st_ino
    assert sorted(tmp_path.iterdir()) == [path, other]


def test_a_hard_link_has_its_text_back_where_it_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = tmp_path / "case.py", tmp_path / "other.py"
    path.write_text("value = 1\n")
    os.link(path, other)
    before, synced = read(path), list[int]()

    def fails_at_second(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fails_at_second)
    problem = write_text(before, "x = 1\n")
    assert isinstance(problem, CannotWrite)
    assert "No space left" in problem.message
    assert path.read_text() == "value = 1\n"
    assert sorted(tmp_path.iterdir()) == [path, other]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give files away")
def test_owner_and_group_stay(tmp_path: Path) -> None:
    path = tmp_path / "case.py"
    path.write_text("x = 1\n")
    os.chown(path, 1234, 4321)
    path.chmod(0o664)
    assert write_text(read(path), "y = 1\n") is None
    now = path.stat()
    assert (now.st_uid, now.st_gid, now.st_mode & 0o777) == (1234, 4321, 0o664)


def test_an_owner_that_cannot_be_given_stays_with_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "case.py"
    path.write_text("x = 1\n")
    before, number = read(path), path.stat().st_ino
    monkeypatch.setattr("fullgraph.text.write._has_owner", lambda *_: False)
    assert write_text(before, "y = 1\n") is None
    assert path.read_text() == "y = 1\n"
    assert path.stat().st_ino == number
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_to_a_file_that_was_written_already_says_the_same(tmp_path: Path) -> None:
    path, link = tmp_path / "case.py", tmp_path / "link.py"
    path.write_text("x = 1\n")
    link.symlink_to(path)
    before, by_link = read(path), read(link)
    assert write_text(before, "y = 1\n") is None
    assert write_text(by_link, "y = 1\n") is None
    assert isinstance(write_text(by_link, "z = 1\n"), CannotWrite)


def test_a_read_only_file_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "case.py"
    path.write_text("x = 1\n")
    before = read(path)
    path.chmod(0o444)
    assert "it is read-only" in refused(path, before, "y = 1\n")
