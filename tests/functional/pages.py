"""Pages that a user of Django has open at servers: each asks REST and listens to ``events`` by a session's cookie."""

import json
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import httpx

from tests.functional.clients import WebSocketClient
from tests.functional.consoles import Console
from tests.servers import Server

PASSWORD = "correct horse"

SIGN_IN = """
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.test import Client
from access.principals import session_principal
from access import operations

def permission(role):
    return Permission.objects.get(content_type__app_label="access", codename=role)

user = User.objects.create_user("{name}", password="{password}", is_staff=True)
group = Group.objects.create(name="{name}")
group.permissions.add(permission("view"))
user.groups.add(group)
user.user_permissions.add(permission("operate"))
browsers = [Client(), Client()]
for browser in browsers:
    browser.force_login(user)
keys = [browser.session.session_key for browser in browsers]
answer = keys
"""
"""A new user with the role ``view`` by a group and ``operate`` by a permission, and two sessions."""


def sign_in(console: Console) -> list[str]:
    """Make a user and return the keys of two sessions; the console knows ``user``, ``group`` and ``keys``."""
    keys: list[str] = console.run(SIGN_IN.format(name=uuid.uuid4().hex, password=PASSWORD))
    return keys


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page at one server."""

    server: Server
    key: str
    socket: WebSocketClient

    def rest_status(self) -> int:
        """Ask REST, and return the status."""
        return rest_status(self.server, self.key)

    def socket_status(self) -> int | None:
        """Return the status in the error frame before the close; None for a socket that is open."""
        if self.socket.close_code is None:
            self.socket.ping()
            return None
        assert self.socket.close_code == 1008
        status: int = json.loads(self.socket.frames[-1])["error"]["status_code"]
        return status


def rest_status(server: Server, key: str) -> int:
    """Return what REST answers to the session."""
    answer = httpx.get(f"{server.http.base_url}/api/processes/", cookies={"sessionid": key})
    return answer.status_code


def listening(server: Server, key: str) -> WebSocketClient:
    """Return a client of ``events`` as the server's own page has it."""
    headers = {"Cookie": f"sessionid={key}", "Origin": str(server.http.base_url).rstrip("/")}
    return WebSocketClient(server.websocket_url(), headers=headers)


def open_pages(stack: ExitStack, servers: Sequence[Server], keys: Sequence[str]) -> list[Page]:
    """Open a page at every server with every session; all work."""
    pages = [
        Page(server=server, key=key, socket=stack.enter_context(listening(server, key)))
        for server in servers
        for key in keys
    ]
    for page in pages:
        page.socket.ping()
        assert page.rest_status() == 200
    return pages
