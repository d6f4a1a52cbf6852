"""The registry: workflows by key, each key once."""

import pytest

from processes.workflow import Target, Workflow, done, init
from processes.workflow.errors import WorkflowDefinitionError
from processes.workflow.forms import empty_form
from processes.workflow.registry import Registry


def a_workflow(name: str) -> Workflow:
    return Workflow(
        name=name,
        description="",
        steps=init >> done,
        initial_form=empty_form,
        target=Target.SYSTEM,
        is_task=False,
    )


def test_a_new_registry_is_empty() -> None:
    assert (Registry().keys(), Registry().find("any")) == ([], None)


def test_a_workflow_is_found_by_its_key() -> None:
    registry, added = Registry(), a_workflow("one")
    registry.add("one", added)
    assert registry.find("one") is added


def test_keys_are_told_in_the_order_of_their_registration() -> None:
    registry = Registry()
    for key in ("second", "first", "third"):
        registry.add(key, a_workflow(key))
    assert registry.keys() == ["second", "first", "third"]


def test_a_key_that_is_taken_is_refused() -> None:
    registry, added = Registry(), a_workflow("one")
    registry.add("one", added)
    with pytest.raises(WorkflowDefinitionError, match=r"^there are two workflows named 'one'$"):
        registry.add("one", a_workflow("one"))
    assert registry.find("one") is added


def test_a_removed_workflow_is_gone_and_its_key_is_free() -> None:
    registry, again = Registry(), a_workflow("one")
    registry.add("one", a_workflow("one"))
    registry.remove("one")
    registry.add("one", again)
    assert registry.find("one") is again


def test_removing_what_is_not_there_does_nothing() -> None:
    registry = Registry()
    registry.add("one", a_workflow("one"))
    registry.remove("other")
    assert registry.keys() == ["one"]
