"""The environment of the tests, set before Django reads its settings; ``pyproject.toml`` loads this as a plugin."""

import os

for _name, _value in {
    "DEBUG": "true",
    # Tests count frames exactly; what was replayed to one would be another test's.
    "EVENTS_REPLAY_ON_CONNECT_SECONDS": "0",
    "EXECUTOR": "immediate",
    "LEASE_SECONDS": "3",
    "MAX_WORKERS": "4",
    "PYTHONASYNCIODEBUG": "1",
    # Thousands of clients come from one address; tests of the limits set lower ones.
    "WEBSOCKET_CONNECTIONS_PER_ADDRESS": "1000000",
    "WEBSOCKET_CONNECTIONS_PER_USER": "1000000",
    "WEBSOCKET_HANDSHAKES_PER_MINUTE": "1000000",
    "WEBSOCKET_MESSAGES_PER_MINUTE": "1000000",
}.items():
    os.environ.setdefault(_name, _value)
