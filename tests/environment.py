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
}.items():
    os.environ.setdefault(_name, _value)
