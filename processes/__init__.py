"""Processes: the runs of workflows, from the definition to REST and admin."""
