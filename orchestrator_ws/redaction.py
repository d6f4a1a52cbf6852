"""What no log may hold: tokens, in whatever text they stand. Plain Python; ``log_records`` applies it to the log."""

import re

MASK = "***"

# Each looks at a character a few times at most: what comes in over the network is redacted on the event loop.
_RULES = (
    # JSON Web Tokens, and what begins like one: three parts in base64, cut off or not.
    (r"\beyJ[\w-]{6,}(?:\.+[\w-]*)*", MASK),
    # ``?token=``, ``access_token=`` and so on, in addresses.
    (r"(?i)(token=)[^&\s\"'<>]+", rf"\1{MASK}"),
    # The same as a key of a dict or of JSON.
    (r"(?i)(token[\"']?: ?b?[\"'])[^\"']+", rf"\1{MASK}"),
    # The token in the path of a callback.
    (r"(/callback/)[^/\s\"'?<>]+", rf"\1{MASK}"),
    # Headers, as a line, a pair of bytes or an entry of a dict; a header has its line, or its quotes, to itself.
    (r"(?i)((?:authorization|sec-websocket-protocol|cookie)[\"']?[:,] ?b?[\"'])[^\"']*", rf"\1{MASK}"),
    (r"(?im)((?:authorization|sec-websocket-protocol|cookie): ?)(?!b?[\"'])[^\r\n]*", rf"\1{MASK}"),
    (r"(?i)(['\"]subprotocols?['\"]: ?)(?:\[[^\[\]]*\]|['\"][^'\"]*['\"])", rf"\1{MASK}"),
    # What follows the names of the schemes, wherever they stand.
    (r"(base64\.bearer\.token[\"']?,\s*b?[\"']?)[^\s\"'\])]+", rf"\1{MASK}"),
    (r"(?i)(\bbearer )[\w.~+/=-]{16,}", rf"\1{MASK}"),
    # A session of admin, and the password in the address of a database or broker.
    (r"(?i)(sessionid=)[^;\s\"']+", rf"\1{MASK}"),
    (r"(://[^:/@\s]*:)[^@/\s]+@", rf"\1{MASK}@"),
)
_COMPILED = tuple((re.compile(pattern), replacement) for pattern, replacement in _RULES)


def redact(text: str) -> str:
    """Return the text with ``***`` in place of tokens and passwords. Any thread or loop."""
    for pattern, replacement in _COMPILED:
        text = pattern.sub(replacement, text)
    return text
