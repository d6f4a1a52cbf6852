"""The host under systemd that the documentation describes; a folder stands for ``/``."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.documented import read_blocks
from tests.functional.stand_ins import Unit, stand_ins
from tests.functional.terminals import Terminal, replace_all
from tests.servers import START_SECONDS
from tests.services import free_port
from tests.waiting import eventually

PORTS = ("8000", "8001")
"""Those of the servers in the documentation; the first is also the default."""

QUICK = {"SHUTDOWN_GRACE_SECONDS": "0.2", "WEB_WORKERS": "1"}
"""Lets servers start and end soon."""


def documented_environment() -> dict[str, str]:
    """Return the variables of the environment file that ``docs/operations.md`` shows."""
    (text,) = (block.text for block in read_blocks("docs/operations.md") if "# orchestrator.env" in block.text)
    return dict(line.split("=", 1) for line in text.splitlines() if not line.startswith("#"))


@dataclass(frozen=True, kw_only=True)
class Host:
    """Folders, and free ports for those of the documentation."""

    root: Path
    ports: dict[str, int] = field(default_factory=lambda: {port: free_port() for port in PORTS})

    @property
    def replaced(self) -> dict[str, str]:
        """What stands for folders and ports of the documentation."""
        folders = {f"/{name}/": f"{self.root}/{name}/" for name in ("opt", "etc")}
        return folders | {documented: str(port) for documented, port in self.ports.items()}

    def terminal(self, page: str) -> Terminal:
        """Open a terminal on it."""
        return Terminal(
            page=page,
            desk=self.root / "desk",
            folder=self.root,
            # Dependencies that are not there would be downloaded.
            variables={"PIP_NO_INDEX": "1"},
            replaced=self.replaced,
            programs=stand_ins(self.root),
        )

    def unit(self, name: str) -> Unit:
        """Return the unit, whose instance is named as in the documentation."""
        return Unit(root=self.root, name=replace_all(name, self.replaced))

    def save_environment_file(self, path: Path, **values: str) -> None:
        """Save the file of ``docs/operations.md``, where these values are others, or added."""
        lines = [f"{name}={value}\n" for name, value in {**documented_environment(), **QUICK, **values}.items()]
        path.write_text("".join(lines))

    def save_unit(self, *, with_instances: bool) -> None:
        """Save the unit of ``docs/operations.md``, with what ``docs/howto/systemd.md`` adds for instances."""
        (text,) = (block.text for block in read_blocks("docs/operations.md") if block.text.startswith("[Unit]"))
        (for_instances,) = (block.text for block in read_blocks("docs/howto/systemd.md") if block.language == "ini")
        added = for_instances if with_instances else f"[Service]\nEnvironment=PORT={self.ports[PORTS[0]]}"
        path = self.root / f"etc/systemd/system/orchestrator{'@' * with_instances}.service"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(replace_all(text, self.replaced).replace("[Service]", added))

    def answers(self, port: str) -> bool:
        """Return whether a server does at that port of the documentation, as one behind a proxy does."""
        headers = {"Host": "orchestrator.example.org", "X-Forwarded-Proto": "https"}
        with contextlib.suppress(httpx.TransportError):
            answer = httpx.get(f"http://127.0.0.1:{self.ports[port]}/api/health", headers=headers)
            return answer.status_code == 200
        return False


@contextlib.contextmanager
def host(root: Path) -> Iterator[Host]:
    """Yield a host; whatever unit runs on it is stopped in the end."""
    for name in ("opt", "etc"):
        (root / name).mkdir(parents=True)
    made = Host(root=root)
    try:
        yield made
    finally:
        for started in root.glob("var/units/*.pid"):
            Unit(root=root, name=started.stem).stop()


def wait_until_answers(host: Host, *ports: str) -> None:
    """Wait until servers answer at these ports of the documentation."""
    eventually(lambda: all(host.answers(port) for port in ports), within_seconds=START_SECONDS)
