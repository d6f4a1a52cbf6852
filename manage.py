#!/usr/bin/env python
"""Run Django's management commands with this project's settings."""

import os
import sys

from django.core.management import execute_from_command_line

from audit.actions import Way
from audit.origins import Origin, acting

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator_ws.settings")
    with acting(Origin(way=Way.COMMAND)):
        execute_from_command_line(sys.argv)
