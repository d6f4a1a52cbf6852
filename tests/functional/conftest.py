"""Functional tests run the product as people do: servers are OS processes, clients speak HTTP and websocket."""
