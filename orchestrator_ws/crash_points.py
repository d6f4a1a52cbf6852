"""Named places at which the product must survive being killed; the fault tests end the OS process there."""

from collections.abc import Callable

_reached: Callable[[str], None] | None = None


def crash_point(name: str) -> None:
    """Say that the OS process is at this place; does nothing unless a test listens."""
    if _reached is not None:
        _reached(name)


def listen(reached: Callable[[str], None]) -> None:
    """Call ``reached`` with the name of each place from now on, in the thread that comes there."""
    global _reached
    _reached = reached
