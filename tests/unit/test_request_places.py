"""When a request takes a place and when it leaves it, whatever its client does."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from orchestrator_ws import request_places
from orchestrator_ws.request_places import REFUSALS, BoundedRequests, Message
from tests.waiting import TIMEOUT_SECONDS, aeventually

WHOLE: Message = {"type": "http.request", "body": b"", "more_body": False}
PART: Message = {"type": "http.request", "body": b"x", "more_body": True}
GONE: Message = {"type": "http.disconnect"}
OK = [{"type": "http.response.start", "status": 200, "headers": []}, {"type": "http.response.body", "body": b"made"}]


class Work:
    """Stands in for Django: reads the body, works while its gate is closed, and answers."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.begun = 0

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        while (message := await receive()).get("more_body"):
            pass
        if message == GONE:
            return
        self.begun += 1
        await self.gate.wait()
        if scope.get("fails"):
            raise ValueError("a bug")
        for part in OK:
            await send(part)


class Request:
    """One request on its way; ``arrive`` brings parts of it, and it reads its answer once ``reads`` is set."""

    def __init__(self, application: BoundedRequests, path: str, **scope: Any) -> None:
        self.answer: list[Message] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self._parts: asyncio.Queue[Message] = asyncio.Queue()
        whole = {"type": "http", "path": path, "headers": [], **scope}
        self.task = asyncio.create_task(application(whole, self._parts.get, self._send))

    def arrive(self, *parts: Message) -> "Request":
        for part in parts:
            self._parts.put_nowait(part)
        return self

    async def status(self) -> int:
        await asyncio.wait_for(self.task, TIMEOUT_SECONDS)
        return int(self.answer[0]["status"])

    async def _send(self, message: Message) -> None:
        await self.reads.wait()
        self.answer.append(message)


@pytest.fixture(autouse=True)
def two_places(configure: Callable[..., None]) -> None:
    configure(max_concurrent_requests=2)


@pytest.fixture
async def work() -> Work:
    return Work()


@pytest.fixture
async def application(work: Work) -> BoundedRequests:
    return BoundedRequests(work)


@pytest.fixture
async def full(application: BoundedRequests, work: Work) -> list[Request]:
    requests = [Request(application, "/api/processes").arrive(WHOLE) for _ in range(2)]
    await aeventually(lambda: work.begun == 2)
    return requests


async def finish(work: Work, *requests: Request) -> list[int]:
    work.gate.set()
    return [await request.status() for request in requests]


async def test_one_too_many_is_refused_at_once_and_the_next_after_them_served(
    application: BoundedRequests, work: Work, full: list[Request]
) -> None:
    before = REFUSALS._value.get()
    refused = Request(application, "/api/processes").arrive(WHOLE)

    assert await refused.status() == 503
    assert REFUSALS._value.get() - before == 1
    assert dict(refused.answer[0]["headers"])[b"retry-after"] == b"1"
    assert await finish(work, *full) == [200, 200]
    assert await Request(application, "/api/processes").arrive(WHOLE).status() == 200


async def test_what_fails_leaves_its_place(application: BoundedRequests, work: Work) -> None:
    work.gate.set()
    failing = [Request(application, "/", fails=True).arrive(WHOLE).task for _ in range(3)]

    assert [type(error) for error in await asyncio.gather(*failing, return_exceptions=True)] == [ValueError] * 3
    assert await Request(application, "/").arrive(WHOLE).status() == 200


async def test_a_request_whose_body_does_not_come_takes_no_place(application: BoundedRequests, work: Work) -> None:
    slow = [Request(application, "/").arrive(PART) for _ in range(5)]
    whole = [Request(application, "/").arrive(WHOLE) for _ in range(2)]
    await aeventually(lambda: work.begun == 2)

    assert await slow[0].arrive(PART, WHOLE).status() == 503
    assert await finish(work, *whole) == [200, 200]
    assert await slow[1].arrive(WHOLE).status() == 200
    await asyncio.gather(*[request.arrive(GONE).task for request in slow[2:]])


async def test_an_answer_that_nobody_reads_takes_no_place(application: BoundedRequests, work: Work) -> None:
    work.gate.set()
    unread = [Request(application, "/") for _ in range(5)]
    for request in unread:
        request.reads.clear()
        request.arrive(WHOLE)
    await aeventually(lambda: work.begun == 5)

    assert await Request(application, "/").arrive(WHOLE).status() == 200
    for request in unread:
        request.reads.set()
        assert await request.status() == 200


async def test_a_file_that_nobody_reads_is_given_up(
    application: BoundedRequests, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_places, "UNREAD_SECONDS", 0.01)
    work.gate.set()
    unread = [Request(application, "/static/a.js") for _ in range(2)]
    for request in unread:
        request.reads.clear()
        request.arrive(WHOLE)

    await asyncio.wait([request.task for request in unread], timeout=TIMEOUT_SECONDS)

    assert [(request.task.done(), request.answer) for request in unread] == [(True, [])] * 2
    assert await Request(application, "/static/a.js").arrive(WHOLE).status() == 200


async def test_files_have_places_of_their_own(application: BoundedRequests, work: Work, full: list[Request]) -> None:
    files = [Request(application, "/static/a.js").arrive(WHOLE) for _ in range(2)]
    await aeventually(lambda: work.begun == 4)

    assert await Request(application, "/static/a.js").arrive(WHOLE).status() == 503
    assert await finish(work, *full, *files) == [200] * 4


@pytest.mark.parametrize("path", ["/api/health", "/api/health/"])
async def test_health_is_answered_one_at_a_time_whatever_its_clients_do(
    path: str, application: BoundedRequests, work: Work, full: list[Request]
) -> None:
    unread = Request(application, path)
    unread.reads.clear()
    asking = [Request(application, path).arrive(*parts) for parts in ([], [PART], [WHOLE])]
    await aeventually(lambda: work.begun == 3)
    work.gate.set()

    assert [await request.status() for request in asking] == [200, 200, 200]
    assert work.begun == 6
    unread.reads.set()
    assert await unread.status() == 200


async def test_the_log_has_one_line_a_minute(
    application: BoundedRequests, work: Work, full: list[Request], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        await Request(application, "/").arrive(WHOLE).status()

    assert [record.name for record in caplog.records].count("orchestrator_ws.request_places") == 1
    await finish(work, *full)


@pytest.mark.parametrize(("origin", "may_read"), [(b"https://ui.example.org", True), (b"https://evil.test", False)])
async def test_a_page_that_may_read_answers_may_read_the_refusal(
    origin: bytes, may_read: bool, configure: Callable[..., None]
) -> None:
    configure(max_concurrent_requests=0, cors_origins=("https://ui.example.org",))
    request = Request(BoundedRequests(Work()), "/", headers=[(b"origin", origin)]).arrive(WHOLE)
    await request.status()

    allowed = dict(request.answer[0]["headers"]).get(b"access-control-allow-origin")

    assert allowed == (origin if may_read else None)
