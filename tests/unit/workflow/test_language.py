"""The names that a workflow module imports, and the values of the enumerations."""

from processes import workflow as language
from processes.workflow import Assignee, Target

PROMISED = {
    *("workflow", "step", "retrystep", "inputstep", "conditional", "begin", "init", "done", "abort"),
    *("StepList", "State", "Target", "Assignee"),
}


def test_every_promised_name_is_exported() -> None:
    assert set(language.__all__) >= PROMISED


def test_every_exported_name_exists() -> None:
    assert [name for name in language.__all__ if not hasattr(language, name)] == []


def test_assignees_are_those_of_the_contract() -> None:
    assert [assignee.value for assignee in Assignee] == ["NOC", "SYSTEM", "CHANGES", "KLANTSUPPORT"]


def test_targets_are_those_of_the_contract() -> None:
    values = [target.value for target in Target]
    assert values == ["CREATE", "MODIFY", "TERMINATE", "SYSTEM", "VALIDATE", "RECONCILE"]
