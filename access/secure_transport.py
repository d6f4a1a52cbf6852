"""Which websockets count as safe on their way: those that came by TLS, where the installation has it."""

from typing import Any

from access.origins import RefuseHandshake


class SecureTransport:
    """Refuses the handshake of a ``ws://`` address while ``is_required``; REST is redirected instead."""

    def __init__(self, application: Any, *, is_required: bool) -> None:
        """Stand in front of ``application``; the scheme is the one that the server reports."""
        self._application = application
        self._is_required = is_required

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        """Pass the handshake on or refuse it."""
        if self._is_required and scope["scheme"] != "wss":
            return await RefuseHandshake()(scope, receive, send)
        return await self._application(scope, receive, send)
