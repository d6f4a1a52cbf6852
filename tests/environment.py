"""The environment of the tests, set before Django reads its settings; ``pyproject.toml`` loads this as a plugin."""

import os

for _name, _value in {
    "DEBUG": "true",
    "EXECUTOR": "immediate",
    "LEASE_SECONDS": "3",
    "MAX_WORKERS": "4",
    "PYTHONASYNCIODEBUG": "1",
}.items():
    os.environ.setdefault(_name, _value)
