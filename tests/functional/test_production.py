"""The production environment of ``docs/operations.md``: ``check --deploy`` passes it, and misses each line."""

import os
import re
import subprocess
import sys

import pytest

from tests.functional.documented_hosts import documented_environment
from tests.servers import ROOT

pytestmark = pytest.mark.once

CHECK = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]


def check(variables: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return subprocess.run(CHECK, cwd=ROOT, env={**kept, **variables}, capture_output=True, text=True, check=False)


def test_it_passes() -> None:
    done = check(documented_environment())

    assert (done.returncode, done.stdout) == (0, "System check identified no issues (0 silenced).\n"), done.stderr


@pytest.mark.parametrize("name", documented_environment())
def test_it_does_not_pass_without_any_of_its_lines(name: str) -> None:
    done = check({other: value for other, value in documented_environment().items() if other != name})

    assert done.returncode == 1
    assert re.search(r"security\.|orchestrator\.|access\.|SECRET_KEY|OAUTH2|OIDC", done.stderr), done.stderr
