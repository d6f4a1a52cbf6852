"""Translations and guides: read from beside the modules, merged, and refused with a sentence."""

import json
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from processes.apps import OWN_MODULES
from processes.workflow import Workflow
from processes.workflow.errors import WorkflowDefinitionError
from processes.workflow_texts import WorkflowTexts

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Return a function that writes a file below a folder on the import path; its modules are forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    known = set(sys.modules)

    def write_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    write_file("unit_first/__init__.py", "")
    write_file("unit_first/workflows.py", "")
    write_file("unit_second/__init__.py", "")
    yield write_file
    for name in set(sys.modules) - known:
        del sys.modules[name]


def read(*modules: str) -> WorkflowTexts:
    texts = WorkflowTexts()
    texts.read(modules)
    return texts


def translated(texts: WorkflowTexts, locale: str = "en-GB") -> dict[str, Any]:
    found = texts.find_translations(locale)
    assert found is not None
    return found.model_dump()


def refusal(*modules: str) -> str:
    with pytest.raises(WorkflowDefinitionError) as caught:
        read(*modules)
    return str(caught.value)


def test_texts_lie_in_the_folder_of_the_module(write: Write) -> None:
    given = {"forms": {"fields": {"port": "Port"}}, "workflow": {"build": "Build"}}
    write("unit_first/translations/en-GB.json", json.dumps(given))
    write("unit_first/user_guides/build.md", "# Bäuen")

    texts = read("unit_first.workflows")

    assert (translated(texts), texts.find_guide("build")) == (given, "# Bäuen")


def test_what_is_left_out_is_empty(write: Write) -> None:
    write("unit_first/translations/en-GB.json", "{}")

    assert translated(read("unit_first")) == {"forms": {"fields": {}}, "workflow": {}}


def test_without_files_there_are_no_texts(write: Write) -> None:
    texts = read("unit_first")

    assert (texts.find_translations("en-GB"), texts.find_guide("build")) == (None, None)


def test_the_later_module_wins_and_the_rest_stays(write: Write) -> None:
    first = {"forms": {"fields": {"port": "Port", "gbit": "Speed"}}, "workflow": {"build": "Build"}}
    second = {"forms": {"fields": {"gbit": "Bandwidth"}}, "workflow": {"dig": "Dig"}}
    write("unit_first/translations/en-GB.json", json.dumps(first))
    write("unit_second/translations/en-GB.json", json.dumps(second))
    for folder in ("unit_first", "unit_second"):
        write(f"{folder}/user_guides/build.md", folder)

    forwards, backwards = read("unit_first", "unit_second"), read("unit_second", "unit_first")

    assert translated(forwards) == {
        "forms": {"fields": {"port": "Port", "gbit": "Bandwidth"}},
        "workflow": {"build": "Build", "dig": "Dig"},
    }
    assert translated(backwards)["forms"]["fields"]["gbit"] == "Speed"
    assert (forwards.find_guide("build"), backwards.find_guide("build")) == ("unit_second", "unit_first")


def test_each_language_has_its_own(write: Write) -> None:
    write("unit_first/translations/en-GB.json", '{"workflow":{"build":"Build"}}')
    write("unit_first/translations/nl-NL.json", '{"workflow":{"build":"Bouwen"}}')

    assert translated(read("unit_first"), "nl-NL")["workflow"] == {"build": "Bouwen"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "Invalid JSON: EOF while parsing an object at line 1 column 1"),
        ("[]", "Input should be an object"),
        ('{"forms":{"fields":{"port":7}}}', "forms.fields.port: Input should be a valid string"),
        ('{"workflow":[]}', "workflow: Input should be an object"),
        ('{"workflows":{}}', "workflows: Extra inputs are not permitted"),
    ],
)
def test_translations_that_are_malformed_are_refused(text: str, fault: str, write: Write) -> None:
    path = write("unit_first/translations/en-GB.json", text)

    assert refusal("unit_first") == f"{path} is malformed: {fault}"


@pytest.mark.parametrize("name", ["en", "en-gb", "EN-GB", "en_GB"])
def test_a_file_without_a_locale_is_refused(name: str, write: Write) -> None:
    path = write(f"unit_first/translations/{name}.json", "{}")

    assert refusal("unit_first") == f"{path} is not named after a locale such as en-GB"


@pytest.mark.parametrize("name", ["translations/en-GB.json", "user_guides/build.md"])
def test_a_file_that_is_no_text_is_refused(name: str, write: Write) -> None:
    path = write(f"unit_first/{name}", "")
    path.write_bytes(b"\xff")

    assert refusal("unit_first").startswith(f"{path} cannot be read: 'utf-8' codec can't decode")


def test_a_folder_in_place_of_a_file_is_refused(write: Write) -> None:
    path = write("unit_first/user_guides/build.md/text", "").parent

    assert refusal("unit_first").startswith(f"{path} cannot be read: ")


def test_our_own_languages_have_the_same_fields() -> None:
    texts = read(*OWN_MODULES)
    english, dutch = (translated(texts, locale)["forms"]["fields"] for locale in ("en-GB", "nl-NL"))

    assert english.keys() == dutch.keys()
    assert {f"{field}_info" for field in english if not field.endswith("_info")} <= english.keys()


def test_every_workflow_of_ours_has_a_dutch_title() -> None:
    values = [value for module in OWN_MODULES for value in vars(import_module(module)).values()]
    ours = {value.name for value in values if isinstance(value, Workflow)}

    assert translated(read(*OWN_MODULES), "nl-NL")["workflow"].keys() == ours
