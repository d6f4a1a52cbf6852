"""A page of a form, as fields of HTML, from its JSON Schema; pydantic validates what is sent (``sent_pages``)."""

import json
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.forms import widgets

from console.checklists import ChecklistItem, checklist
from console.field_kinds import SHOWN_ONLY, Kind, Schema, field_kind, resolved
from console.moments import shown_moment, shown_timestamp

Location: TypeAlias = tuple[str, ...]
Errors: TypeAlias = Mapping[Location, Sequence[str]]
"""What is wrong with a value, by the names and numbers that lead to it."""

SPARE_ROWS = 2
"""How many empty rows a list of objects has to be filled in; those that stay empty are left out."""
_FEW_CHOICES = 4
_OWN_TEMPLATE = SHOWN_ONLY | {Kind.CHECKBOX, Kind.GROUP, Kind.ROWS, Kind.ACCEPT}
_HINTS = {
    Kind.LINES: "One per line.",
    Kind.JSON: "As JSON.",
    Kind.DATE_TIME: "In UTC.",
    Kind.TIMESTAMP: "In UTC.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class FormField:
    """One field to show."""

    kind: Kind
    name: str
    """Of the HTML control: the location, joined with dots."""
    label: str
    is_required: bool = False
    value: Any = None
    errors: Sequence[str] = ()
    schema: Schema
    """Without references, and without the alternative of null."""
    choices: Sequence[tuple[str, str]] = ()
    """Value and label of each."""
    children: Sequence["FormField"] = ()
    """Of a group, or the rows of a list."""
    items: Sequence[ChecklistItem] = ()
    """Of a checklist."""

    @property
    def template(self) -> str:
        """The template that shows it."""
        return f"console/fields/{self.kind if self.kind in _OWN_TEMPLATE else 'control'}.html"

    @property
    def control(self) -> str:
        """The HTML of its control, made by Django's widget."""
        return _widget(self).render(self.name, self.value, self._attributes())

    @property
    def html_id(self) -> str:
        """The id of its control."""
        return f"field-{self.name}"

    @property
    def has_many_controls(self) -> bool:
        """Whether it is a group of controls: one for each choice."""
        return self.kind is Kind.CHOICES or self._is_radio

    @property
    def hint(self) -> str:
        """What the author says of it, and what a person has to know about the control."""
        return " ".join(filter(None, [self.schema.get("description"), _HINTS.get(self.kind)]))

    @property
    def shown_value(self) -> str:
        """The value of a field that can only be read."""
        value = self.schema.get("const", self.value)
        return ", ".join(map(str, value)) if isinstance(value, list) else "-" if value is None else str(value)

    @property
    def _is_radio(self) -> bool:
        return self.kind is Kind.CHOICE and self.is_required and len(self.choices) <= _FEW_CHOICES

    def _attributes(self) -> dict[str, Any]:
        described_by = [f"{self.html_id}-help"] * bool(self.hint) + [f"{self.html_id}-errors"] * bool(self.errors)
        attributes: dict[str, Any] = {"id": self.html_id}
        if described_by:
            attributes["aria-describedby"] = " ".join(described_by)
        if self.errors:
            attributes["aria-invalid"] = "true"
        if self.is_required and not self.has_many_controls and self.kind is not Kind.CHECKBOX:
            attributes["required"] = True
        return attributes


@dataclass(frozen=True, slots=True)
class _Page:
    """What all fields of a page have in common."""

    schema: Schema
    errors: Errors
    ticked: Container[str]


def form_fields(
    schema: Schema,
    values: Mapping[str, Any] | None = None,
    errors: Errors | None = None,
    ticked: Container[str] = (),
) -> list[FormField]:
    """Return the fields of a page; ``values`` are what they hold instead of their defaults.

    ``ticked`` are the names of what is ticked in its checklists.
    """
    return list(_children(_Page(schema, errors or {}, ticked), schema, (), values))


def group_errors(entries: Sequence[Mapping[str, Any]]) -> dict[Location, list[str]]:
    """Return the ``validation_errors`` of ``docs/rest.md``, section 5, by location; none is that of the whole page."""
    grouped: dict[Location, list[str]] = {}
    for entry in entries:
        location = tuple(str(part) for part in entry["loc"] if part != "__root__")
        grouped.setdefault(location, []).append(entry["msg"])
    return grouped


def _children(page: _Page, schema: Schema, location: Location, values: Mapping[str, Any] | None) -> Iterator[FormField]:
    required = schema.get("required", ())
    for key, own in schema.get("properties", {}).items():
        child, is_nullable = resolved(own, page.schema)
        kind = field_kind(child, page.schema)
        value = child.get("default") if values is None else values.get(key)
        if value is None and kind in SHOWN_ONLY:  # which is never sent
            value = child.get("default")
        if value is None and kind is Kind.GROUP and is_nullable:
            value = {}  # not the defaults inside, which would make it one that is filled in
        yield _field(page, child, (*location, key), value, key in required and not is_nullable)


def _field(page: _Page, schema: Schema, location: Location, value: Any, is_required: bool = False) -> FormField:
    kind, children, name = field_kind(schema, page.schema), [], ".".join(location)
    if kind is Kind.GROUP:
        children = list(_children(page, schema, location, value))
    elif kind is Kind.ROWS:
        item, _ = resolved(schema["items"], page.schema)
        rows = value or []
        most = schema.get("maxItems", len(rows) + SPARE_ROWS)
        count = min(most, max(len(rows), schema.get("minItems", 0)) + SPARE_ROWS)
        # Spare rows are without defaults, which would make them rows that are filled in.
        filled = [*rows, *[{}] * (count - len(rows))]
        children = [_field(page, item, (*location, str(number)), row) for number, row in enumerate(filled)]
    elif kind is Kind.LINES and isinstance(value, list):
        value = "\n".join(map(str, value))
    elif kind is Kind.JSON and value is not None and not isinstance(value, str):
        value = json.dumps(value, ensure_ascii=False, indent=2)
    elif kind is Kind.DATE_TIME:
        value = shown_moment(value)
    elif kind is Kind.TIMESTAMP:
        value = shown_timestamp(value)
    return FormField(
        kind=kind,
        name=name,
        label=schema.get("title") or location[-1].replace("_", " ").capitalize(),
        is_required=is_required,
        value=value,
        # What is wrong inside of a list of lines belongs to the field, which is one.
        errors=[
            text
            for at, texts in page.errors.items()
            for text in texts
            if at == location or _is_line_of(kind, at, location)
        ],
        schema=schema,
        choices=_choices(resolved(schema["items"], page.schema)[0] if kind is Kind.CHOICES else schema),
        children=children,
        items=checklist(schema, name, page.ticked) if kind is Kind.ACCEPT else (),
    )


def _is_line_of(kind: Kind, at: Location, location: Location) -> bool:
    return kind in (Kind.LINES, Kind.CHOICES, Kind.JSON) and at[: len(location)] == location


def _choices(schema: Schema) -> list[tuple[str, str]]:
    labels = schema.get("options", {})
    return [(str(value), labels.get(value, str(value))) for value in schema.get("enum", ())]


def _widget(shown: FormField) -> widgets.Widget:
    schema = shown.schema
    bounds = {
        attribute: schema[key]
        for key, attribute in (
            ("minimum", "min"),
            ("maximum", "max"),
            ("minLength", "minlength"),
            ("maxLength", "maxlength"),
        )
        if key in schema
    }
    match shown.kind:
        case Kind.LONG_TEXT | Kind.LINES | Kind.JSON:
            return widgets.Textarea(attrs={**bounds, "rows": 5})
        case Kind.INTEGER:
            return widgets.NumberInput(attrs={**bounds, "step": 1})
        case Kind.NUMBER:
            return widgets.NumberInput(attrs={**bounds, "step": "any"})
        case Kind.CHECKBOX:
            return widgets.CheckboxInput()
        case Kind.CHOICE:
            if shown.has_many_controls:
                return widgets.RadioSelect(choices=shown.choices)
            return widgets.Select(choices=[("", "Choose …"), *shown.choices])
        case Kind.CHOICES:
            return widgets.CheckboxSelectMultiple(choices=shown.choices)
        case Kind.DATE:
            return widgets.DateInput(attrs={"type": "date"})
        case Kind.TIME:
            return widgets.TimeInput(attrs={"type": "time"})
        case Kind.DATE_TIME | Kind.TIMESTAMP:
            seconds = {"step": 1} if str(shown.value).count(":") == 2 else {}
            return widgets.DateTimeInput(attrs={"type": "datetime-local", **seconds})
        case _:
            pattern = {"pattern": schema["pattern"]} if "pattern" in schema else {}
            return widgets.TextInput(attrs={**bounds, **pattern})
