"""Gates at which the steps of ``held_workflows`` wait, so that a test decides when each of them ends."""

from pathlib import Path

from tests.waiting import eventually

GIVE_UP_SECONDS = 50


class Gates:
    """The gates of one process: files in a folder, seen by the server and by the test."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    @property
    def pages(self) -> list[dict[str, str]]:
        """The form pages with which a process is started that waits at these gates."""
        return [{"folder": str(self._folder)}]

    def wait_at(self, number: int) -> None:
        """Called by the step: tell that it runs, and wait until its gate is open."""
        self._reached(number).touch()
        eventually(self._open(number).exists, within_seconds=GIVE_UP_SECONDS)

    def wait_until_reached(self, number: int) -> None:
        """Wait until the step runs."""
        eventually(self._reached(number).exists)

    def forget(self, number: int) -> None:
        """Forget that the step runs, so that one can wait until it runs again."""
        self._reached(number).unlink()

    def was_reached(self, number: int) -> bool:
        """Return whether the step has begun."""
        return self._reached(number).exists()

    def is_open(self, number: int) -> bool:
        """Return whether the gate is open."""
        return self._open(number).exists()

    def open(self, number: int) -> None:
        """Let the step end, now or when it comes to its gate."""
        self._open(number).touch()

    def _reached(self, number: int) -> Path:
        return self._folder / f"reached-{number}"

    def _open(self, number: int) -> Path:
        return self._folder / f"open-{number}"
