"""The server of a benchmark is not on the core of its load, though it is started from there."""

import os

from benchmarks.machine import LOAD_CORE, SERVER_CORE, on_core


def test_a_core_within_a_core_is_its_own() -> None:
    before = os.sched_getaffinity(0)

    with on_core(LOAD_CORE):
        with on_core(SERVER_CORE):
            assert os.sched_getaffinity(0) == {SERVER_CORE}
        assert os.sched_getaffinity(0) == {LOAD_CORE}

    assert os.sched_getaffinity(0) == before
