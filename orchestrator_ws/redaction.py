"""What no log may hold: tokens, in whatever text they stand. Plain Python; ``log_records`` applies it to the log."""

import re

MASK = "***"

_HEADERS = ("authorization", "sec-websocket-protocol", "cookie")

# What stands in every text, in lower case, that the expression after it finds anything in: hardly a line of a log has
# any. An expression looks at a character a few times at most: what comes in over the network is redacted on the loop.
_RULES = (
    # JSON Web Tokens, and what begins like one: three parts in base64, cut off or not.
    (("eyj",), r"\beyJ[\w-]{6,}(?:\.+[\w-]*)*", MASK),
    # ``?token=``, ``access_token=`` and so on, in addresses.
    (("token=",), r"(?i)(token=)[^&\s\"'<>]+", rf"\1{MASK}"),
    # The same as a key of a dict or of JSON.
    (("token",), r"(?i)(token[\"']?: ?b?[\"'])[^\"']+", rf"\1{MASK}"),
    # The token in the path of a callback.
    (("/callback/",), r"(/callback/)[^/\s\"'?<>]+", rf"\1{MASK}"),
    # Headers, as a line, a pair of bytes or an entry of a dict; a header has its line, or its quotes, to itself.
    (_HEADERS, rf"(?i)((?:{'|'.join(_HEADERS)})[\"']?[:,] ?b?[\"'])[^\"']*", rf"\1{MASK}"),
    (_HEADERS, rf"(?im)((?:{'|'.join(_HEADERS)}): ?)(?!b?[\"'])[^\r\n]*", rf"\1{MASK}"),
    (("subprotocol",), r"(?i)(['\"]subprotocols?['\"]: ?)(?:\[[^\[\]]*\]|['\"][^'\"]*['\"])", rf"\1{MASK}"),
    # What follows the names of the schemes, wherever they stand.
    (("base64.bearer.token",), r"(base64\.bearer\.token[\"']?,\s*b?[\"']?)[^\s\"'\])]+", rf"\1{MASK}"),
    (("bearer ",), r"(?i)(\bbearer )[\w.~+/=-]{16,}", rf"\1{MASK}"),
    # A session of admin, and the password in the address of a database or broker.
    (("sessionid=",), r"(?i)(sessionid=)[^;\s\"']+", rf"\1{MASK}"),
    (("://",), r"(://[^:/@\s]*:)[^@/\s]+@", rf"\1{MASK}@"),
)
_COMPILED = tuple((signs, re.compile(pattern), replacement) for signs, pattern, replacement in _RULES)


def redact(text: str) -> str:
    """Return the text with ``***`` in place of tokens and passwords. Any thread or loop."""
    folded = text.casefold()
    for signs, pattern, replacement in _COMPILED:
        if any(sign in folded for sign in signs):
            text = pattern.sub(replacement, text)
    return text
