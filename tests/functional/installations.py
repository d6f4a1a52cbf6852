"""Installations of the product for the functional tests: a database, and a Redis, of their own."""

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg.sql import SQL, Identifier

from tests import services
from tests.servers import manage

WORKFLOW_MODULES = "tests.functional.held_workflows"


class Databases:
    """Makes migrated databases, on the PostgreSQL that ``DATABASE_URL`` names, else as SQLite files in a folder.

    The migrations run once, into a template that each new database is a copy of.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        url = os.environ.get("DATABASE_URL", "")
        # The server to create databases on; None stands for SQLite.
        self._postgres = url if urlsplit(url).scheme.startswith("postgres") else None
        self._names: list[str] = []

    def fresh(self) -> str:
        """Create a database and return its URL."""
        if self._postgres is None:
            path = self._folder / f"{uuid.uuid4().hex}.sqlite3"
            shutil.copy(self._folder / self._template, path)
            return f"sqlite:///{path}"
        return self._url(self._create(self._template))

    def drop_all(self) -> None:
        """Drop what was created; nobody may be connected any more."""
        for name in self._names:
            self._execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
        self._names.clear()

    @cached_property
    def _template(self) -> str:
        if self._postgres is None:
            name = "template.sqlite3"
            manage("migrate", "--verbosity", "0", DATABASE_URL=f"sqlite:///{self._folder / name}")
            return name
        name = self._create("template1")
        manage("migrate", "--verbosity", "0", DATABASE_URL=self._url(name))
        return name

    def _create(self, template: str) -> str:
        name = f"functional_{uuid.uuid4().hex}"
        self._execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
        self._names.append(name)
        return name

    def _execute(self, statement: psycopg.sql.Composed) -> None:
        assert self._postgres is not None
        with psycopg.connect(self._postgres, autocommit=True) as connection:
            connection.execute(statement)

    def _url(self, name: str) -> str:
        assert self._postgres is not None
        return urlsplit(self._postgres)._replace(path=f"/{name}").geturl()


@contextlib.contextmanager
def installation(databases: Databases) -> Iterator[dict[str, str]]:
    """Yield the environment of a new installation; it has a Redis if the tests run with one (``REDIS_URL``).

    The Redis is its own: a channel layer is shared by all databases of a Redis, so two installations would mix.
    """
    environment = {"DATABASE_URL": databases.fresh(), "REDIS_URL": "", "WORKFLOW_MODULES": WORKFLOW_MODULES}
    with contextlib.ExitStack() as stack:
        if os.environ.get("REDIS_URL"):
            environment["REDIS_URL"] = stack.enter_context(services.redis())[0]
        yield environment
