"""The production environment of ``docs/operations.md``: ``check --deploy`` passes it, and misses each line."""

import os
import re
import subprocess
import sys

import pytest

from tests.servers import ROOT

pytestmark = pytest.mark.once

CHECK = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


def documented() -> dict[str, str]:
    """Return the variables of the page's environment file."""
    [block] = re.findall(r"^```ini\n# orchestrator\.env.*?\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return dict(line.split("=", 1) for line in block.splitlines() if not line.startswith("#"))


def check(variables: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return subprocess.run(CHECK, cwd=ROOT, env={**kept, **variables}, capture_output=True, text=True, check=False)


def test_it_passes() -> None:
    done = check(documented())

    assert (done.returncode, done.stdout) == (0, "System check identified no issues (0 silenced).\n"), done.stderr


@pytest.mark.parametrize("name", documented())
def test_it_does_not_pass_without_any_of_its_lines(name: str) -> None:
    done = check({other: value for other, value in documented().items() if other != name})

    assert done.returncode == 1
    assert re.search(r"security\.|orchestrator\.|access\.|SECRET_KEY|OAUTH2|OIDC", done.stderr), done.stderr
