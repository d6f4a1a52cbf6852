"""Checklists of a form, which a person works through (``Accept`` of pydantic-forms)."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One line: something to tick, or to read."""

    name: str
    """Of its control."""
    text: str
    kind: str
    """``AcceptItemType`` of pydantic-forms."""
    is_ticked: bool

    @property
    def is_checkbox(self) -> bool:
        """Whether it can be ticked."""
        return "checkbox" in self.kind or self.kind == "skip"

    @property
    def is_required(self) -> bool:
        """Whether it must be ticked."""
        return self.kind in ("checkbox", ">checkbox")

    @property
    def css(self) -> str:
        """The class of its HTML."""
        return self.kind.replace(">", "sub ").removesuffix("?")


def checklist(schema: Mapping[str, Any], name: str, ticked: Container[str]) -> list[ChecklistItem]:
    """Return the items of the field of that name, of which these are ticked; one to accept it all if it names none."""
    lines = schema.get("data") or [(schema.get("title", "Accept"), "checkbox")]
    named = ((f"{name}.{number}", text, kind) for number, (text, kind, *_) in enumerate(lines))
    return [ChecklistItem(item, text, kind, item in ticked) for item, text, kind in named]
