"""Posts the frames of each change to nchan, over one connection: the address of its publisher is the argument."""

import http.client
import sys
import time
from urllib.parse import urlsplit

from benchmarks.publishing import frames, serve

ADDRESS = urlsplit(sys.argv[1])
CONNECTION = http.client.HTTPConnection(ADDRESS.netloc)


def publish(key: str) -> float:
    """Post both frames of a change."""
    at = time.monotonic()
    for frame in frames(key):
        CONNECTION.request("POST", ADDRESS.path, frame)
        CONNECTION.getresponse().read()
    return at


if __name__ == "__main__":
    serve(publish)
