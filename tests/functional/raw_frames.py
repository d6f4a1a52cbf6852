"""Bytes of the websocket protocol as a client sends them, right or wrong."""

import struct

HANDSHAKE = (
    "GET /api/ws/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
TEXT, BINARY, CONTINUATION = 0x1, 0x2, 0x0


def frame(opcode: int, payload: bytes, *, final: bool = True, masked: bool = True) -> bytes:
    """Encode a frame (RFC 6455, section 5.2); a masking key of zeros leaves the payload readable."""
    head = bytes([opcode | (0x80 if final else 0)])
    mask_bit = 0x80 if masked else 0
    if len(payload) < 126:
        length = bytes([mask_bit | len(payload)])
    else:
        length = bytes([mask_bit | 126]) + struct.pack(">H", len(payload))
    return head + length + (bytes(4) if masked else b"") + payload
