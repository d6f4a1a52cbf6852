"""How a contender's publisher is driven: each line of its input orders changes, and it answers when they are out.

Only the standard library: each contender has a Python environment of its own.
"""

import json
import sys
import time
import uuid
from collections.abc import Callable

READY = "The publisher is ready"


def frames(key: str) -> tuple[str, str]:
    """Return the two frames of a change of a process, as docs/messages.md has them."""
    head = '{"name":"invalidateCache","value":{"type":"processes","id":"'
    return head + 'LIST"}}', head + key + '"}}'


def serve(publish: Callable[[str], float]) -> None:
    """Publish as ordered until the input ends.

    ``publish`` announces one change of the process named and returns the monotonic time of its commit. An order
    says how many processes take turns (``keys``), the changes per second (``rate``), and for how many ``seconds``. The
    answer has the number of changes, the seconds, and each process's last commit.
    """
    print(READY, flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        keys = [str(uuid.UUID(int=number)) for number in range(order["keys"])]
        begin, count, commits = time.monotonic(), 0, {}
        while (now := time.monotonic() - begin) < order["seconds"]:
            early = count / order["rate"] - now
            if early > 0:
                time.sleep(min(early, order["seconds"] - now))
                continue
            key = keys[count % len(keys)]
            commits[key] = publish(key)
            count += 1
        print(json.dumps({"changes": count, "seconds": time.monotonic() - begin, "commits": commits}), flush=True)
