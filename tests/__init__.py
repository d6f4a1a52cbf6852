"""The test suite: ``unit`` (pure), ``integration`` (database and layers), ``functional`` (servers as OS processes).

``browser`` runs the client in Chromium; ``faults`` breaks what the product stands on, under load.
"""
