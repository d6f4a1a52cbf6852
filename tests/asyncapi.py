"""Ask the AsyncAPI document whether a text is one of its messages."""

import json

from jsonschema import Draft7Validator, FormatChecker

from orchestrator_ws.contracts import JsonObject


def fits(document: JsonObject, name: str, text: str) -> bool:
    """Return whether the text is what the document says of the message; its formats (uuid, date-time) count."""
    message = document["components"]["messages"][name]
    # References in the payload begin at the root of the document.
    schema = {**message["payload"], "components": document["components"]}
    payload = text if message["contentType"] == "text/plain" else json.loads(text)
    return Draft7Validator(schema, format_checker=FormatChecker()).is_valid(payload)
