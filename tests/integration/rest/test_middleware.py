"""How a request comes to its view."""

from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.conf import settings
from django.test import AsyncClient
from django.utils.module_loading import import_string


async def test_behind_the_static_files_all_middleware_runs_where_the_view_does(monkeypatch: pytest.MonkeyPatch) -> None:
    sent_to_a_thread = set()
    original = SyncToAsync.__call__

    async def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(self.func, "__name__", "") in ("process_request", "process_response"):
            sent_to_a_thread.add(type(self.func.__self__))
        return await original(self, *args, **kwargs)

    monkeypatch.setattr(SyncToAsync, "__call__", noted)
    static_files = settings.MIDDLEWARE.index("servestatic.middleware.ServeStaticMiddleware")

    await AsyncClient().get("/api/nothing")

    behind = {import_string(name) for name in settings.MIDDLEWARE[static_files:]}
    assert sent_to_a_thread
    assert sent_to_a_thread & behind == set()
