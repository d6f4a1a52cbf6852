"""What people read about workflows: translations and guides, from files beside the workflow modules; plain Python.

They are ``translations/<locale>.json`` and ``user_guides/<workflow>.md``, read once, when a program starts.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from processes.workflow.errors import WorkflowDefinitionError

LOCALE = r"^[a-z]+-[A-Z]+$"


class Forms(BaseModel):
    """The texts of forms."""

    model_config = ConfigDict(extra="forbid")

    fields: dict[str, str] = Field({}, description="Labels by field; `<field>_info` is the field's description.")


class Translations(BaseModel):
    """The texts of one language."""

    model_config = ConfigDict(extra="forbid")

    forms: Forms = Forms()
    workflow: dict[str, str] = Field({}, description="Titles by workflow.")

    def merged(self, other: "Translations") -> "Translations":
        """Return both; where they disagree the other is right."""
        fields = self.forms.fields | other.forms.fields
        return Translations(forms=Forms(fields=fields), workflow=self.workflow | other.workflow)


class WorkflowTexts:
    """The texts of this installation; filled when a program starts, read afterwards."""

    def __init__(self) -> None:
        self._translations: defaultdict[str, Translations] = defaultdict(Translations)
        self._guides: dict[str, str] = {}

    def read(self, modules: Iterable[str]) -> None:
        """Read what lies beside the modules, which can be imported; of two texts for the same the later one counts.

        Raises:
            WorkflowDefinitionError: a file is malformed; the text names it and says in one sentence what is wrong.
        """
        for folder in dict.fromkeys(_folders(modules)):
            for path in sorted(folder.glob("translations/*.json")):
                if not re.fullmatch(LOCALE, path.stem):
                    raise WorkflowDefinitionError(f"{path} is not named after a locale such as en-GB")
                self._translations[path.stem] = self._translations[path.stem].merged(_read_translations(path))
            for path in sorted(folder.glob("user_guides/*.md")):
                self._guides[path.stem] = _read_text(path)

    def find_translations(self, locale: str) -> Translations | None:
        """Return the texts of a language, None if there are none."""
        return self._translations.get(locale)

    def find_guide(self, workflow_name: str) -> str | None:
        """Return the Markdown about a workflow, None if there is none."""
        return self._guides.get(workflow_name)


WORKFLOW_TEXTS = WorkflowTexts()


def _folders(modules: Iterable[str]) -> Iterator[Path]:
    for name in modules:
        file = import_module(name).__file__
        if file is not None:
            yield Path(file).parent


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise WorkflowDefinitionError(f"{path} cannot be read: {error}") from error


def _read_translations(path: Path) -> Translations:
    try:
        return Translations.model_validate_json(_read_text(path))
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"]))
        raise WorkflowDefinitionError(f"{path} is malformed: {place and f'{place}: '}{fault['msg']}") from error
