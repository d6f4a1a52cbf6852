"""What other apps may do when the engine changes."""

from django.dispatch import Signal

engine_unlocked = Signal()
"""Sent inside the transaction of every unlock, also of an engine that was not locked."""

engine_locked = Signal()
"""Sent inside the transaction of every lock, also of an engine that was locked; the engine's row is held."""
