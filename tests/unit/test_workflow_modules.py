"""Workflow modules: found on the import path, registered by importing them, refused with their last line."""

import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from processes.workflow.errors import WorkflowDefinitionError
from processes.workflow.registry import WORKFLOWS, load_modules

pytestmark = pytest.mark.usefixtures("forget_workflows")

Write = Callable[[str, str], None]

GOOD = """
    from processes.workflow import StepList, Target, begin, done, init, step, workflow

    @step("Build")
    def build() -> dict:
        return {"built": True}

    @workflow("From outside", target=Target.CREATE)
    def unit_outside() -> StepList:
        return begin >> init >> build >> done
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Return a function that writes a module into a folder on the import path; all are forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    known = set(sys.modules)

    def write_module(name: str, code: str) -> None:
        path = tmp_path / (name.replace(".", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(code), encoding="utf-8")

    yield write_module
    for name in set(sys.modules) - known:
        del sys.modules[name]


def refusal(*paths: str) -> WorkflowDefinitionError:
    with pytest.raises(WorkflowDefinitionError) as caught:
        load_modules(paths)
    return caught.value


def test_a_module_outside_the_project_registers_its_workflows(write: Write) -> None:
    write("unit_acme", GOOD)
    load_modules(["unit_acme"])
    found = WORKFLOWS.find("unit_outside")
    assert found is not None
    assert [step.name for step in found.steps] == ["Start", "Build", "Done"]


def test_a_module_inside_a_package_registers_its_workflows(write: Write) -> None:
    write("unit_acme_package.workflows", GOOD)
    load_modules(["unit_acme_package.workflows"])
    assert WORKFLOWS.find("unit_outside") is not None


def test_a_module_that_is_named_twice_is_loaded_once(write: Write) -> None:
    write("unit_acme", GOOD)
    load_modules(["unit_acme", "unit_acme"])
    assert WORKFLOWS.keys().count("unit_outside") == 1


def test_without_modules_nothing_happens() -> None:
    before = WORKFLOWS.keys()
    load_modules([])
    assert WORKFLOWS.keys() == before


def test_every_module_is_loaded(write: Write) -> None:
    write("unit_acme", GOOD)
    write("unit_other", GOOD.replace("unit_outside", "unit_other_workflow"))
    load_modules(["unit_acme", "unit_other"])
    assert {"unit_outside", "unit_other_workflow"} <= set(WORKFLOWS.keys())


def test_two_modules_with_a_workflow_of_the_same_name_are_refused(write: Write) -> None:
    write("unit_acme", GOOD)
    write("unit_other", GOOD)
    text = str(refusal("unit_acme", "unit_other"))
    assert text.startswith("unit_other does not import: ")
    assert text.endswith("there are two workflows named 'unit_outside'")


BROKEN = {
    "raises": "raise ValueError('no license')",
    "raises-without-text": "raise ValueError",
    "asserts": "assert False",
    "imports-what-is-missing": "import unit_nowhere",
    "imports-a-name-that-is-missing": "from processes.workflow import nonsense",
    "misspells": "wrokflow()",
    "defines-a-workflow-without-end": """
        from processes.workflow import init, step, workflow

        @workflow()
        def unit_endless():
            return init >> step("Last")(lambda: {})
    """,
    "raises-an-error-of-its-own": """
        class NoLicenseError(Exception):
            pass

        raise NoLicenseError("ask sales")
    """,
    "exits": "raise SystemExit('no license')",
}


@pytest.mark.parametrize("code", BROKEN.values(), ids=BROKEN.keys())
def test_a_module_that_does_not_import_is_refused_with_its_tracebacks_last_line(code: str, write: Write) -> None:
    write("unit_broken", code)
    error = refusal("unit_broken")
    assert error.__cause__ is not None
    last_line = traceback.format_exception_only(error.__cause__)[-1].rstrip()
    assert str(error) == f"unit_broken does not import: {last_line}"


def test_a_module_that_is_no_python_is_refused_with_what_is_wrong(write: Write) -> None:
    write("unit_broken", "def broken(:")
    assert str(refusal("unit_broken")).startswith("unit_broken does not import: SyntaxError: invalid syntax")


def test_a_module_that_does_not_exist_is_refused_by_its_name() -> None:
    assert str(refusal("unit_nowhere")) == (
        "unit_nowhere does not import: ModuleNotFoundError: No module named 'unit_nowhere'"
    )


def test_modules_after_a_broken_one_are_not_loaded(write: Write) -> None:
    write("unit_acme", GOOD)
    refusal("unit_nowhere", "unit_acme")
    assert WORKFLOWS.find("unit_outside") is None
