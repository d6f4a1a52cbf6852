"""The workflows of this installation, by key."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from traceback import format_exception_only
from typing import TYPE_CHECKING

from processes.workflow.errors import WorkflowDefinitionError

if TYPE_CHECKING:
    from processes.workflow.definition import Workflow


class Registry:
    """Workflows by key; filled while workflow modules are imported, read afterwards."""

    def __init__(self) -> None:
        self._workflows: dict[str, Workflow] = {}

    def add(self, key: str, workflow: Workflow) -> None:
        """Register a workflow.

        Raises:
            WorkflowDefinitionError: the key is taken.
        """
        if key in self._workflows:
            raise WorkflowDefinitionError(f"there are two workflows named {key!r}")
        self._workflows[key] = workflow

    def remove(self, key: str) -> None:
        """Take a workflow out; does nothing if it is not there."""
        self._workflows.pop(key, None)

    def keys(self) -> list[str]:
        """Return all keys, in the order in which the workflows were registered."""
        return list(self._workflows)

    def find(self, key: str) -> Workflow | None:
        """Return the workflow with this key, None if there is none."""
        return self._workflows.get(key)


WORKFLOWS = Registry()


def load_modules(paths: Iterable[str]) -> None:
    """Import modules, so that their workflows register.

    Raises:
        WorkflowDefinitionError: a module does not import; the text names it and ends as its traceback does.
    """
    for path in paths:
        # A module of somebody else may fail in any way; each of them stops the start with one sentence.
        try:
            import_module(path)
        except (Exception, SystemExit) as error:
            last_line = format_exception_only(error)[-1].rstrip()
            raise WorkflowDefinitionError(f"{path} does not import: {last_line}") from error
