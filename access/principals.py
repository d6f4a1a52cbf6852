"""How a revocation names somebody (``Caller.principals``); pure."""

from hashlib import sha256

SUBJECT, USER, SESSION = "subject:", "user:", "session:"
PREFIXES = (SUBJECT, USER, SESSION)

MAX_PRINCIPAL_LENGTH = 255


def user_principal(user_id: object) -> str:
    """Return the principal of a user of Django."""
    return f"{USER}{user_id}"


def session_principal(session_key: str) -> str:
    """Return the principal of a session of Django; from it nobody learns the key, which is as good as a password."""
    return SESSION + sha256(session_key.encode()).hexdigest()


def require_principal(text: str) -> str:
    """Return the text if it can be a principal.

    Raises:
        ValueError: it cannot.
    """
    if not text.startswith(PREFIXES) or text in PREFIXES or not text.isprintable():
        raise ValueError(f"a principal begins with {', '.join(PREFIXES)}")
    return text
