"""The pages of the site that are made of the code and of other pages."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import django
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator_ws.settings")
django.setup()

# Importable only now that Django is set up.
from events.messages import encode  # noqa: E402
from orchestrator_ws.api_document import read_document  # noqa: E402
from orchestrator_ws.asyncapi_document import make_document  # noqa: E402
from orchestrator_ws.contracts import JsonObject  # noqa: E402

METHODS = ("get", "post", "put", "patch", "delete")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the documents of both interfaces, a page for each, and the list of decisions."""
    rest, channels = read_document(), make_document()
    for path, content in (
        ("reference/openapi.json", as_json(rest)),
        ("reference/openapi.md", "\n".join(openapi_page(rest))),
        ("reference/asyncapi.json", as_json(channels)),
        ("reference/asyncapi.md", "\n".join(asyncapi_page(channels))),
        ("decisions/index.md", "\n".join(decisions_page(Path(config.docs_dir, "decisions")))),
    ):
        files.append(File.generated(config, path, content=content))
    return files


def as_json(document: JsonObject) -> str:
    """Return the document as a file."""
    return json.dumps(document, indent=2, ensure_ascii=False, default=str)


def openapi_page(document: JsonObject) -> Iterator[str]:
    """Yield the lines of the page with every operation of the REST API."""
    yield "# REST operations\n\nFor programs: [openapi.json](openapi.json), which a server has at `/api/schema`.\n"
    yield "| operation | what it does | answers |\n|---|---|---|"
    for path, item in sorted(document["paths"].items()):
        for method in METHODS:
            if operation := item.get(method):
                answers = " ".join(sorted(operation["responses"]))
                yield f"| {method.upper()} `{path}` | {operation['summary']} | {answers} |"


def asyncapi_page(document: JsonObject) -> Iterator[str]:
    """Yield the lines of the page with every message of the websocket channels."""
    yield "# Websocket channels\n\nFor programs: [asyncapi.json](asyncapi.json), which `manage.py asyncapi` prints."
    for name, channel in document["channels"].items():
        yield f"\n## {name}\n\n`{channel['address']}`: {channel['description']}"
        for action, heading in (("receive", "The client sends"), ("send", "The server sends")):
            yield f"\n### {heading}\n"
            for message in document["operations"][f"{name}.{action}"]["messages"]:
                yield from message_lines(document["components"]["messages"][message["$ref"].rpartition("/")[2]])
        yield "\n### The server closes\n\n| code | why |\n|---|---|"
        yield from (f"| {code} | {why} |" for code, why in channel["x-close-codes"].items())


def message_lines(message: JsonObject) -> Iterator[str]:
    """Yield what a message says, and its examples."""
    yield f"**{message['name']}**: {message['summary']}\n\n```json"
    for example in message["examples"]:
        payload = example["payload"]
        yield payload if isinstance(payload, str) else encode(payload)
    yield "```\n"


def decisions_page(folder: Path) -> Iterator[str]:
    """Yield the lines of the page that lists the decisions, by their headings."""
    yield "# Decisions\n\nWhat was decided where there was a choice, and what was rejected.\n"
    for path in sorted(folder.glob("*.md")):
        heading = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        yield f"* [{heading}]({path.name})"
