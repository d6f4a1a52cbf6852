"""The test suite: ``unit`` (pure), ``integration`` (database and layers), ``functional`` (servers as OS processes)."""
