"""The documentation says what the code does: settings, frames, paths, close codes; and its links lead somewhere."""

import re
from pathlib import Path
from uuid import UUID

import pytest
from prometheus_client import REGISTRY

from events import metrics
from events.changes import Change, ChangeKind
from events.groups import Channel
from events.messages import (
    PING,
    PONG_FRAME,
    cache_tags,
    changes_message,
    coarse_frames,
    deleted_process_frame,
    invalidation_frame,
)
from events.routing import websocket_urlpatterns
from orchestrator_ws.api_document import read_document
from orchestrator_ws.environment import Environment
from orchestrator_ws.masking import DEFAULT_KEYS
from orchestrator_ws.request_places import REFUSALS
from processes import metrics as engine_metrics
from processes.process_metrics import QUEUED, RUNNERS, RUNNING, STATUSES
from tests.close_codes import used_close_codes

ROOT = Path(__file__).resolve().parents[2]
PROCESS_ID = UUID("5d0b7c1e-2f64-4a19-9c3a-7be1d20f4a01")
SUBSCRIPTION_ID = UUID("c81f3a52-06de-4b7b-8f10-2d94e6a7b302")


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def markdown_files() -> list[str]:
    paths = (path.relative_to(ROOT) for path in ROOT.rglob("*.md"))
    return sorted(
        path.as_posix() for path in paths if not any(re.match(r"\.|node_modules$", part) for part in path.parts)
    )


class TestSettings:
    """``docs/settings.md``: one table row per variable, ``| `NAME` | default | meaning |``."""

    ROW = re.compile(r"^\| `([A-Z0-9_]+)` \| (.+?) \| ", re.MULTILINE)
    IN_WORDS = {"OAUTH2_ACTIVE": "the opposite of `DEBUG`", "MASKED_KEYS": "[below](#secret-keys)"}

    def in_code(self) -> dict[str, str]:
        return {
            name.upper(): self.IN_WORDS.get(name.upper()) or self.as_written(field.default)
            for name, field in Environment.model_fields.items()
        }

    @staticmethod
    def as_written(default: object) -> str:
        match default:
            case None | "" | ():
                return "\N{EN DASH}"
            case bool():
                return f"`{str(default).lower()}`"
            case tuple():
                return f"`{','.join(default)}`"
            case _:
                return f"`{default}`"

    def test_names_and_defaults_are_those_of_the_code(self) -> None:
        assert dict(self.ROW.findall(read("docs/settings.md"))) == self.in_code()

    def test_the_default_that_does_not_fit_the_table_is_below_it(self) -> None:
        assert f"\n{DEFAULT_KEYS}\n" in read("docs/settings.md")

    def test_no_variable_is_documented_twice(self) -> None:
        assert len(self.ROW.findall(read("docs/settings.md"))) == len(Environment.model_fields)


class TestMessages:
    """``docs/messages.md``: every frame, path and close code."""

    @pytest.mark.parametrize("kind", list(ChangeKind))
    def test_the_frames_of_every_change_are_shown(self, kind: ChangeKind) -> None:
        of_subscription = kind is ChangeKind.SUBSCRIPTION
        change = Change(kind, SUBSCRIPTION_ID if of_subscription else PROCESS_ID)
        page = read("docs/messages.md")
        missing = [tag for tag in cache_tags(change) if invalidation_frame(tag).text not in page]
        assert missing == []

    def test_the_coarse_frames_are_shown(self) -> None:
        page = read("docs/messages.md")
        assert [frame.text for frame in coarse_frames() if frame.text not in page] == []

    def test_the_frame_of_a_deleted_process_is_shown(self) -> None:
        assert deleted_process_frame(PROCESS_ID).text in read("docs/messages.md")

    @pytest.mark.parametrize("text", [PING, PONG_FRAME.text])
    def test_ping_and_pong_are_shown(self, text: str) -> None:
        assert f"`{text}`" in read("docs/messages.md")

    def test_every_channel_is_listed_with_its_path(self) -> None:
        paths = ["/" + str(route.pattern).strip("^$") for route in websocket_urlpatterns if str(route.pattern)]
        rows = re.findall(r"^\| `([a-z-]+)` \| `([^`?]+)", read("docs/messages.md"), re.MULTILINE)
        assert (sorted(path for _, path in rows), {name for name, _ in rows}) == (sorted(paths), set(Channel))

    def test_every_close_code_is_listed(self) -> None:
        used = used_close_codes()
        listed = {int(code) for code in re.findall(r"^\| (\d{4}) \|", read("docs/messages.md"), re.MULTILINE)}
        assert (used - listed, used != set()) == (set(), True)

    def test_the_message_between_servers_is_named(self) -> None:
        assert f'"type":"{changes_message([])["type"]}"' in read("docs/messages.md")


class TestRest:
    """``docs/rest.md``: every route, as the OpenAPI document has it."""

    ROUTE = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) `?(/api/[^`?\s]*)")

    def test_routes_and_methods_are_those_of_the_openapi_document(self) -> None:
        described = {
            (method.upper(), re.sub(r"{\w+}", "{}", path))
            for path, operations in read_document()["paths"].items()
            for method in operations
        }
        written = {(method, re.sub(r"{\w+}", "{}", path)) for method, path in self.ROUTE.findall(read("docs/rest.md"))}
        assert written - {("GET", "/api/schema"), ("GET", "/api/docs")} == described


class TestOperations:
    """``docs/operations.md``: every counter and gauge, and every reason that health gives."""

    def test_every_metric_is_listed_and_no_other(self) -> None:
        assert {metrics.CLIENTS, engine_metrics.TAKEOVERS, REFUSALS} <= set(REGISTRY._collector_to_names)
        families = [family for family in REGISTRY.collect() if family.name.startswith("orchestrator_")]
        ours = {family.name + ("_total" if family.type == "counter" else "") for family in families}
        ours |= {STATUSES, RUNNERS, RUNNING, QUEUED}
        assert set(re.findall(r"^\| `(orchestrator_\w+)` \|", read("docs/operations.md"), re.MULTILINE)) == ours


class TestSecurity:
    """``docs/security.md``: the tests that it names."""

    def test_every_row_of_the_cheat_sheet_names_tests_that_exist(self) -> None:
        table = read("docs/security.md").partition("## 10.")[2]
        rows = [line.split(" | ")[-1] for line in table.splitlines() if line.startswith("| ")][1:]
        names = [re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", row) for row in rows]
        missing = [(path, name) for row in names for path, name in row if f"def {name}(" not in read(path)]
        assert (missing, [row for row, found in zip(rows, names, strict=True) if not found]) == ([], [])
        assert len(rows) > 20


class TestLinks:
    """Every Markdown file of the repository."""

    LINK = re.compile(r"\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)", re.MULTILINE)

    def test_there_are_files_to_look_at(self) -> None:
        assert {"README.md", "docs/settings.md", "docs/messages.md"} <= set(markdown_files())

    @pytest.mark.parametrize("path", markdown_files())
    def test_no_relative_link_leads_nowhere(self, path: str) -> None:
        targets = [inline or reference for inline, reference in self.LINK.findall(read(path))]
        relative = [target.partition("#")[0] for target in targets if not re.match(r"[a-z]+:", target)]
        broken = [target for target in relative if target and not (ROOT / path).parent.joinpath(target).exists()]
        assert broken == []
