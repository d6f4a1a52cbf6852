"""The page of the REST API shows its operations under a strict content security policy."""

import pytest
from playwright.sync_api import Page, expect

from tests.servers import Server

pytestmark = pytest.mark.once


def test_it_shows_the_operations_without_anything_inline_or_foreign(empty_page: Page, server: Server) -> None:
    complaints: list[str] = []
    empty_page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    empty_page.on("pageerror", lambda error: complaints.append(str(error)))

    answer = empty_page.goto(f"{server.http.base_url}/api/docs")

    empty_page.get_by_text("/api/processes/{key}/resume").click()
    expect(empty_page.get_by_role("button", name="Try it out")).to_be_visible()
    assert complaints == []
    assert answer is not None
    assert {"script-src 'self'", "style-src 'self'"} <= set(answer.headers["content-security-policy"].split("; "))
