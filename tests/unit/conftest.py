"""Unit tests touch no database and no network: they must pass with both switched off."""

import socket
from typing import NoReturn

import pytest


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection; pytest-django refuses the database to tests that do not ask for it."""

    def refuse(*arguments: object) -> NoReturn:
        pytest.fail(f"a unit test opened a connection: {arguments[1:]}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a database there is nothing to repeat on another one."""
    for item in items:
        if "tests/unit/" in item.path.as_posix():
            item.add_marker(pytest.mark.once)
