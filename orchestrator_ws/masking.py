"""What is hidden before it is shown: the values of keys that name secrets. What is stored keeps them. Plain Python."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from orchestrator_ws.hiding import MASK, MIN_HIDDEN_LENGTH, hide

DEFAULT_KEYS = (
    "passwords?|passwd|pwd|passphrases?|secrets?|api_?keys?|private_?keys?|psks?|pre_?shared_?keys?|snmp_?community"
    "|credentials?|bearer|authorization|cookies?"
    "|(?:access|refresh|auth|id|session|api|bot|user|service|github|gitlab)_tokens?|^tokens?$"
)

NEVER_MASKED = frozenset({"__callback_token", "callback_route"})
"""Keys that clients are promised to see (``docs/rest.md``, section 4)."""

KNOWN_KEYS = 10_000
"""Keys whose judgment is remembered; a state has the same ones again and again."""

VALUES = frozenset({"default", "examples"})
"""Keywords of JSON Schema whose values may come from a state."""

DEFINITIONS = "$defs"

NAMING = frozenset({"properties", DEFINITIONS})
"""Keywords under which authors' names stand, not keywords."""

VALUES_OF_SECRETS = VALUES | {"const", "enum", "value"}
"""Those that tell, in the schema of one field, what it holds; ``value`` is that of pydantic-forms' read-only fields."""

TELLING_FAULTS = frozenset({"literal_error", "enum"})
"""Types of faults whose text says which input would be right."""

_BETWEEN_WORDS = re.compile(r"[^A-Za-z0-9]+")
_WORD_BEGINS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])|[^A-Za-z0-9]+")


class Masking:
    """Masks by an expression for the keys, which must match whole words of the key in ``snake_case``.

    ``adminPassword``, ``admin-password`` and ``ADMIN_PASSWORD_2`` all have the word ``password``. So has
    ``PassWord``: upper case inside of a word makes no difference.
    """

    def __init__(self, expression: str = DEFAULT_KEYS) -> None:
        """Compile the expression.

        Raises:
            ValueError: it is no regular expression, or it matches nothing at all, and so every key.
        """
        try:
            re.compile(expression)
            self._pattern = re.compile(rf"(?:^|_)(?:{expression})(?:_|$)", re.IGNORECASE)
        except re.error as error:
            raise ValueError(f"it is no regular expression: {error}") from None
        if self._pattern.search(""):
            raise ValueError("it matches the empty text")
        self.is_secret = lru_cache(KNOWN_KEYS)(self._is_secret)

    def _is_secret(self, key: str) -> bool:
        spellings = (_WORD_BEGINS.sub("_", key), _BETWEEN_WORDS.sub("_", key))
        return key not in NEVER_MASKED and any(self._pattern.search(each.strip("_")) for each in spellings)

    def mask(self, value: Any) -> Any:
        """Return the JSON value with ``***`` in place of what stands under a secret key, at any depth."""
        if isinstance(value, dict):
            return {key: MASK if self.is_secret(key) else self.mask(part) for key, part in value.items()}
        return [self.mask(part) for part in value] if isinstance(value, list) else value

    def mask_form(self, schema: Any, *, is_secret: bool = False) -> Any:
        """Return the JSON Schema of a form without the values that its fields begin with, where these are secret.

        The browser would send a masked one back. One that is left out is still the field's default. ``is_secret`` says
        that the schema is inside of a secret field.
        """
        return self._mask_schema(schema, is_secret, self._secret_definitions(schema))

    def _mask_schema(self, schema: Any, is_secret: bool, definitions: set[str]) -> Any:
        if isinstance(schema, list):
            return [self._mask_schema(part, is_secret, definitions) for part in schema]
        if not isinstance(schema, dict):
            return schema
        return {
            keyword: self._mask_keyword(keyword, part, is_secret, definitions)
            for keyword, part in schema.items()
            if not (is_secret and keyword in VALUES_OF_SECRETS)
        }

    def _mask_keyword(self, keyword: str, part: Any, is_secret: bool, definitions: set[str]) -> Any:
        if keyword in VALUES:
            return self.mask(part)
        if keyword not in NAMING or not isinstance(part, dict):
            return self._mask_schema(part, is_secret, definitions)
        secret = definitions.__contains__ if keyword == DEFINITIONS else self.is_secret
        return {name: self._mask_schema(named, is_secret or secret(name), definitions) for name, named in part.items()}

    def _secret_definitions(self, form: Any) -> set[str]:
        """Return the names of the definitions that secret fields are made of; of enumerations all may be seen."""
        every = form.get(DEFINITIONS, {}) if isinstance(form, dict) else {}
        found: set[str] = set()
        waiting = list(self._references(form, is_secret=False))
        while waiting:
            name = waiting.pop()
            if name in every and name not in found and "enum" not in every[name]:
                found.add(name)
                waiting += self._references(every[name], is_secret=True)
        return found

    def _references(self, schema: Any, *, is_secret: bool) -> Iterator[str]:
        """Return the names of the definitions to which the secret parts of the schema refer."""
        if isinstance(schema, list):
            for part in schema:
                yield from self._references(part, is_secret=is_secret)
        if isinstance(schema, dict):
            if is_secret and isinstance(schema.get("$ref"), str):
                yield schema["$ref"].rpartition("/")[2]
            for name, part in schema.items():
                yield from self._references(part, is_secret=is_secret or self.is_secret(name))

    def mask_faults(self, faults: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the entries about faulty input without secrets: the input, what it should be, citations of it."""
        return [self._mask_fault(fault) for fault in faults]

    def _mask_fault(self, fault: Mapping[str, Any]) -> dict[str, Any]:
        is_secret, given = self._is_at_secret(fault), fault.get("input")
        secrets, masked = _long_ones(_texts(given)) if is_secret else self.secrets_in(given), dict(fault)
        if "input" in masked:
            masked["input"] = MASK if is_secret else self.mask(given)
        masked |= {name: hide(masked[name], secrets) for name in ("msg", "ctx") if name in masked}
        if is_secret and masked.get("type") in TELLING_FAULTS:
            masked["msg"] = "Input should be another value"
            masked.pop("ctx", None)
        return masked

    def _is_at_secret(self, fault: Mapping[str, Any]) -> bool:
        return any(self.is_secret(str(part)) for part in fault["loc"])

    def secrets_in(self, *values: Any) -> frozenset[str]:
        """Return the texts and numbers under secret keys of the JSON values, as text, if they are long enough."""
        return _long_ones(text for value in values for text in self._secrets(value))

    def _secrets(self, value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for key, part in value.items():
                yield from _texts(part) if self.is_secret(key) else self._secrets(part)
        elif isinstance(value, list):
            for part in value:
                yield from self._secrets(part)


def _long_ones(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(text for text in texts if len(text) >= MIN_HIDDEN_LENGTH)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
