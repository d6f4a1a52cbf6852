"""No command of the documentation is left out: each page that has some is one that a functional test types."""

import re

import pytest

from tests.documented import read_blocks
from tests.servers import ROOT
from tests.unit.test_documentation import markdown_files, read

TYPING = ("test_documented_commands.py", "test_howto_commands.py", "test_page_commands.py")
"""The functional tests that type; each fails if it leaves out a block of a page that it names."""

LANGUAGES = {"sh", "text", "python", "ini", "nginx", "json", "html", "js"}
A_FENCE = re.compile(r"^ *(?:```|~~~)(.*)$", re.MULTILINE)

PAGES = [path for path in markdown_files() if any(block.language == "sh" for block in read_blocks(path))]


def test_there_are_pages_to_look_at() -> None:
    assert {"README.md", "docs/tutorial.md", "docs/howto/celery.md"} <= set(PAGES)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_with_commands_is_typed(path: str) -> None:
    assert any(f'"{path}"' in (ROOT / "tests/functional" / name).read_text() for name in TYPING)


@pytest.mark.parametrize("path", markdown_files())
def test_what_is_typed_is_marked_as_such(path: str) -> None:
    opening, closing = A_FENCE.findall(read(path))[::2], A_FENCE.findall(read(path))[1::2]

    assert set(closing) <= {""}
    assert {language.split()[0] for language in opening if language} <= LANGUAGES
    assert sum(language.split()[:1] == ["sh"] for language in opening) == sum(
        block.language == "sh" for block in read_blocks(path)
    )
    # As sessions at a terminal are shown elsewhere.
    assert re.search(r"^ *\$ ", read(path), re.MULTILINE) is None
