"""The operations of translations and guides in the OpenAPI document."""

from collections.abc import Callable
from typing import Any, Literal

from drf_spectacular.utils import extend_schema_view
from pydantic import RootModel

from orchestrator_ws.openapi import Body, operation, path_parameter
from processes.workflow_texts import LOCALE, Translations


class Guide(RootModel[str]):
    """Markdown."""


class GuideNotFound(Body):
    """There is no guide of this name."""

    detail: Literal["Workflow guide not found"]


_LANGUAGE = path_parameter("The language, such as `en-GB`.", {"type": "string", "pattern": LOCALE}, name="language")
_NAME = path_parameter("The key of the workflow.", {"type": "string"}, name="name")


def _guide(name: str) -> Callable[..., Any]:
    answers = {200: Guide, 404: GuideNotFound}
    return extend_schema_view(get=operation(name, "What people should know of a workflow", answers, parameters=[_NAME]))


translations = extend_schema_view(
    get=operation(
        "read_translations",
        "The texts of fields and workflows in a language",
        {200: Translations},
        refused=[422],
        parameters=[_LANGUAGE],
    )
)
guide = _guide("read_workflow_guide")
surf_guide = _guide("read_surf_workflow_guide")
