"""What the audit log knows: the actions, what they are done to, and the ways by which people come."""

from enum import StrEnum


class Action(StrEnum):
    """What was done."""

    START = "start"
    RESUME = "resume"
    RESUME_ALL = "resume all"
    ABORT = "abort"
    DELETE = "delete"
    SET_NOTE = "set note"
    CALLBACK = "callback"
    CALLBACK_PROGRESS = "callback progress"
    LOCK = "lock"
    UNLOCK = "unlock"
    SET_IN_SYNC = "set in sync"
    TAKE_OUT_OF_SYNC = "take out of sync"
    CHANGE = "change"
    DESCRIBE = "describe"
    CHOOSE_PRODUCTS = "choose products"
    DISCONNECT = "disconnect"
    BLOCK = "block"
    UNBLOCK = "unblock"
    LOGIN = "login"
    LOGOUT = "logout"
    FAILED_LOGIN = "failed login"
    LOCKOUT = "lockout"
    """Too many logins failed; what is tried from there until it ends is not written down."""
    FORGET = "forget"
    """The audit log let go of its oldest entries."""


class Kind(StrEnum):
    """What it was done to; all tasks, the engine and the log itself have no id."""

    PROCESS = "process"
    TASKS = "tasks"
    ENGINE = "engine"
    SUBSCRIPTION = "subscription"
    PRODUCT = "product"
    WORKFLOW = "workflow"
    PRINCIPAL = "principal"
    USER = "user"
    AUDIT_LOG = "audit log"


class Way(StrEnum):
    """By what way whoever did it came."""

    REST = "rest"
    ADMIN = "admin"
    CONSOLE = "console"
    COMMAND = "command"
    SYSTEM = "system"
