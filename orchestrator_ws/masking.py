"""What is hidden before it is shown: the values of keys that name secrets. What is stored keeps them. Plain Python."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

MASK = "***"

DEFAULT_KEYS = (
    "passwords?|passwd|pwd|passphrase|secrets?|api_?keys?|private_?key|psk|pre_?shared_?key|snmp_?community|credentials?"
    "|bearer|authorization|cookies?|(?:access|refresh|auth|id|session|api|bot|user|service|github|gitlab)_token|^token$"
)

NEVER_MASKED = frozenset({"__callback_token", "callback_route"})
"""Keys that clients are promised to see (``docs/rest.md``, section 4)."""

MIN_HIDDEN_LENGTH = 4
"""Shorter values are not looked for in texts: they stand in every text."""

KNOWN_KEYS = 10_000
"""Keys whose judgment is remembered; a state has the same ones again and again."""

VALUES = frozenset({"default", "examples"})
"""Keywords of JSON Schema whose values may come from a state."""

VALUES_OF_SECRETS = VALUES | {"const", "enum", "value"}
"""Those that tell, in the schema of one field, what it holds; ``value`` is that of pydantic-forms' read-only fields."""

TELLING_FAULTS = frozenset({"literal_error", "enum"})
"""Types of faults whose text says which input would be right."""

_WORD_BEGINS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])|[^A-Za-z0-9]+")


class Masking:
    """Masks by an expression for the keys, which must match whole words of the key in ``snake_case``.

    ``adminPassword``, ``admin-password`` and ``ADMIN_PASSWORD_2`` all have the word ``password``.
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
        return key not in NEVER_MASKED and bool(self._pattern.search(_WORD_BEGINS.sub("_", key).strip("_")))

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
        if isinstance(schema, list):
            return [self.mask_form(part, is_secret=is_secret) for part in schema]
        if not isinstance(schema, dict):
            return schema
        return {
            keyword: self._mask_keyword(keyword, part, is_secret)
            for keyword, part in schema.items()
            if not (is_secret and keyword in VALUES_OF_SECRETS)
        }

    def _mask_keyword(self, keyword: str, part: Any, is_secret: bool) -> Any:
        if keyword in VALUES:
            return self.mask(part)
        if keyword != "properties" or not isinstance(part, dict):
            return self.mask_form(part, is_secret=is_secret)
        return {
            name: self.mask_form(field, is_secret=is_secret or self.is_secret(name)) for name, field in part.items()
        }

    def mask_faults(self, faults: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the entries about faulty input without what is secret: the input, and what it should have been."""
        return [self._mask_fault(fault) for fault in faults]

    def _mask_fault(self, fault: Mapping[str, Any]) -> dict[str, Any]:
        is_secret, masked = self._is_at_secret(fault), dict(fault)
        if "input" in masked:
            masked["input"] = MASK if is_secret else self.mask(masked["input"])
        if is_secret and masked.get("type") in TELLING_FAULTS:
            masked["msg"] = "Input should be another value"
            masked.pop("ctx", None)
        return masked

    def _is_at_secret(self, fault: Mapping[str, Any]) -> bool:
        return any(self.is_secret(str(part)) for part in fault["loc"])

    def secrets_in(self, *values: Any) -> frozenset[str]:
        """Return the texts and numbers under secret keys of the JSON values, as text, if they are long enough."""
        return frozenset(text for value in values for text in self._secrets(value) if len(text) >= MIN_HIDDEN_LENGTH)

    def _secrets(self, value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for key, part in value.items():
                yield from _texts(part) if self.is_secret(key) else self._secrets(part)
        elif isinstance(value, list):
            for part in value:
                yield from self._secrets(part)


def hide(value: Any, secrets: frozenset[str]) -> Any:
    """Return the JSON value, or the text, with ``***`` in place of the secrets, also as Python and JSON quote them."""
    if not secrets:
        return value
    quoted = {text for secret in secrets for text in (secret, repr(secret)[1:-1], *_as_json(secret))}
    # The longest first: one secret may be the beginning of another.
    return _replace(value, re.compile("|".join(map(re.escape, sorted(quoted, key=len, reverse=True)))))


def _replace(value: Any, pattern: re.Pattern[str]) -> Any:
    match value:
        case str():
            return pattern.sub(MASK, value)
        case dict():
            return {key: _replace(part, pattern) for key, part in value.items()}
        case list():
            return [_replace(part, pattern) for part in value]
        case _:
            return value


def _as_json(text: str) -> tuple[str, str]:
    return json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
