"""Redis pub/sub as the channel layer, from which only what a server of this installation has sent is taken."""

from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer
from cryptography.fernet import InvalidToken

from events import conf


class AuthenticPubSubChannelLayer(RedisPubSubChannelLayer):
    """With ``symmetric_encryption_keys`` in its configuration: a message that was not made with one is refused."""

    def deserialize(self, message: bytes) -> Any:
        """Return what was serialized.

        Raises:
            ValueError: it is too long, has not been made with a key of ours, or holds no message.
        """
        if len(message) > conf.MAX_LAYER_MESSAGE_BYTES:
            raise ValueError(f"a message of {len(message)} bytes came over the channel layer")
        try:
            return super().deserialize(message)
        except InvalidToken as error:
            raise ValueError("a message without our signature came over the channel layer") from error
