"""The channels on the wire, and the group on the channel layer that feeds them."""

from enum import StrEnum


class Channel(StrEnum):
    """A websocket channel; the values are its names in ``docs/messages.md``."""

    EVENTS = "events"
    ENGINE_SETTINGS = "engine-settings"
    PROCESSES = "processes"


CHANGES_GROUP = Channel.EVENTS.value
"""All changes travel in one group, to one subscription per server; the manager sorts them by channel."""
