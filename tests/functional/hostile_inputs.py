"""Bytes that break the websocket protocol, and the close codes with which a server may answer each."""

import struct

from tests.functional.raw_frames import BINARY, CONTINUATION, TEXT, frame

DROPPED = None
"""In place of a close code: the connection ends without a close frame, as daphne's websocket library does it."""


def declared(length: int) -> bytes:
    """Return the beginning of a message that says it has this length."""
    return bytes([0x80 | TEXT, 0x80 | 127]) + struct.pack(">Q", length) + bytes(4) + b"x" * 100


INPUTS: dict[str, tuple[bytes, set[int | None]]] = {
    "100 MB declared": (declared(100 * 1024 * 1024), {1009, DROPPED}),
    "2^63 bytes declared": (declared(2**63 - 1), {1009, DROPPED}),
    "a length with its highest bit set": (declared(2**64 - 1), {1002, 1009, DROPPED}),
    "text that is not UTF-8": (frame(TEXT, b"\xc3\x28"), {1007, DROPPED}),
    "text that ends within a character": (frame(TEXT, b"\xe2\x82"), {1007, DROPPED}),
    "text that is not UTF-8, then a close": (
        frame(TEXT, b"\xff") + frame(0x8, struct.pack(">H", 1000)),
        {1000, 1007, DROPPED},
    ),
    "fragments that are not UTF-8": (frame(TEXT, b"a", final=False) + frame(CONTINUATION, b"\xff"), {1007, DROPPED}),
    "compressed without negotiation": (bytes([0xC0 | TEXT, 0x81]) + bytes(4) + b"x", {1002, DROPPED}),
    "reserved bit 2": (bytes([0xA0 | TEXT, 0x81]) + bytes(4) + b"x", {1002, DROPPED}),
    "reserved bit 3": (bytes([0x90 | TEXT, 0x81]) + bytes(4) + b"x", {1002, DROPPED}),
    "reserved opcode": (frame(0x7, b"x"), {1002, DROPPED}),
    "reserved control opcode": (frame(0xF, b"x"), {1002, DROPPED}),
    "a fragmented ping": (frame(0x9, b"x", final=False), {1002, DROPPED}),
    "a text within fragments": (frame(TEXT, b"a", final=False) + frame(TEXT, b"b"), {1002, DROPPED}),
    "a close of one byte": (frame(0x8, b"x"), {1002, DROPPED}),
    "a close with a reserved code": (frame(0x8, struct.pack(">H", 1005)), {1002, DROPPED}),
    "a close that is not UTF-8": (frame(0x8, struct.pack(">H", 1000) + b"\xff"), {1002, 1007, DROPPED}),
    "unmasked": (frame(BINARY, b"x", masked=False), {1002, DROPPED}),
    "HTTP in place of a frame": (b"GET / HTTP/1.1\r\n\r\n", {1002, DROPPED}),
}
