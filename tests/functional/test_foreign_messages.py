"""Noise in the Redis of a running server: browsers go on hearing what is committed, and nothing else."""

import random

import pytest
import redis

from tests import services
from tests.functional.clients import WebSocketClient, fence, hears
from tests.functional.installations import Databases, installation
from tests.servers import server as run_server
from tests.waiting import eventually

pytestmark = pytest.mark.once


def test_noise_on_the_channel_layer_disturbs_nobody(databases: Databases) -> None:
    noise = random.Random(7)
    with (
        services.redis() as (redis_url, _),
        installation(databases) as environment,
        # The log brings nothing during the test.
        run_server(**{**environment, "REDIS_URL": redis_url, "EVENTS_LOG_INTERVAL_SECONDS": "3600"}) as server,
        redis.Redis.from_url(redis_url) as layer,
        WebSocketClient(server.websocket_url()) as client,
    ):
        [name] = eventually(lambda: [each for each in layer.pubsub_channels() if each.endswith(b"__group__events")])
        fence(client, server)
        client.arrivals.clear()

        for length in [*range(100), 1_000_000]:
            layer.publish(name, noise.randbytes(length))
        process_id = server.start("demo_confirm_change")
        eventually(lambda: server.status_of(process_id) == "suspended")

        hears(client, server, "L I L I L I L I L I", process_id)
        assert server.http.get("/api/health").json() == "OK"
        log = server.log.read_text()
        assert (log.count("Messages ignored"), log.count("Traceback")) == (1, 0)
