"""The how-to pages name what exists: variables, make targets, programs of the product, keys of its answers."""

import re
from importlib.util import find_spec

import pytest

from orchestrator_ws.environment import Environment
from processes.openapi import WorkerStatusObject
from tests.documented import read_blocks
from tests.servers import ROOT
from tests.unit.test_documentation import read

PAGES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/howto/*.md"))

VARIABLE = re.compile(r"`([A-Z][A-Z0-9_]+)(?:=[^`]*)?`|(?:^|[ ]|Environment=)([A-Z][A-Z0-9_]+)=", re.MULTILINE)


def test_there_are_pages_to_look_at() -> None:
    names = {"celery", "sentinel", "postgresql", "nginx", "systemd", "rolling-deploys"}

    assert {f"docs/howto/{name}.md" for name in names} <= set(PAGES)


@pytest.mark.parametrize("path", PAGES)
def test_every_variable_is_one_of_the_settings(path: str) -> None:
    named = {inline or assigned for inline, assigned in VARIABLE.findall(read(path))}

    assert named
    assert named <= {name.upper() for name in Environment.model_fields}


@pytest.mark.parametrize("path", PAGES)
def test_every_target_is_one_of_the_makefile(path: str) -> None:
    commands = "\n".join(block.text for block in read_blocks(path) if block.language == "sh")
    targets = {target.replace(".venv", "$(VENV)") for target in re.findall(r"\bmake ([\w./]+)", commands)}

    assert {target for target in targets if f"\n{target}: " not in read("Makefile")} == set()


@pytest.mark.parametrize("path", PAGES)
def test_every_program_is_a_module(path: str) -> None:
    modules = set(re.findall(r"\b(orchestrator_ws\.\w+)", read(path)))

    assert {module for module in modules if find_spec(module) is None} == set()


def test_the_key_that_counts_runners_is_that_of_the_answer() -> None:
    named = set(re.findall(r"`(number_of_\w+)`", read("docs/howto/celery.md")))

    assert named
    assert named <= set(WorkerStatusObject.model_fields)
