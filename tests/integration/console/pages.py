"""Pages as a person sees them: their words without the markup."""

import re
from html import unescape
from typing import Any

from django.test import Client


def words_of(answer: Any) -> str:
    """Return the text of the page, with single spaces."""
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(unescape(text).split())


def show(client: Client, path: str, status: int = 200) -> str:
    """Return the words of the page at the path."""
    answer = client.get(path)
    assert answer.status_code == status, answer.content
    return words_of(answer)


def send(client: Client, path: str, **fields: str) -> str:
    """Send a form, and return the words of the page that it leads to."""
    answer = client.post(path, fields, follow=True)
    assert answer.status_code in (200, 409, 422), answer.content
    return words_of(answer)


def hidden_fields(client: Client, path: str) -> dict[str, str]:
    """Return what the one form of the page at the path that resumes or starts sends besides what is filled in."""
    content = client.get(path).content.decode()
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\..*?)" value="(.*?)"', content)}
