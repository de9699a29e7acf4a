"""One warm worker for all tests that can share it: it is the point of it that they can."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest
from fullgraph.workers import Worker

from tests.workers.asking import MARK, started


@pytest.fixture(scope="session")
def mark() -> Iterator[str]:
    """In the environment of everything that a test starts."""
    os.environ[MARK] = secrets.token_hex(8)
    yield os.environ[MARK]
    del os.environ[MARK]


@pytest.fixture(scope="session")
def worker(mark: str) -> Iterator[Worker]:
    with started(fork=True) as worker:
        yield worker


@pytest.fixture(scope="session")
def forkless(mark: str) -> Iterator[Worker]:
    with started(fork=False) as worker:
        yield worker
