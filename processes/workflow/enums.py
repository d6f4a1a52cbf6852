"""Who a step belongs to and what a workflow is for; the values are those of ``docs/rest.md``, section 2."""

from enum import StrEnum


class Assignee(StrEnum):
    """Who has to act on a step."""

    NOC = "NOC"
    SYSTEM = "SYSTEM"
    CHANGES = "CHANGES"
    KLANTSUPPORT = "KLANTSUPPORT"


class Target(StrEnum):
    """What a workflow does to its subscription."""

    CREATE = "CREATE"
    MODIFY = "MODIFY"
    TERMINATE = "TERMINATE"
    SYSTEM = "SYSTEM"
    VALIDATE = "VALIDATE"
    RECONCILE = "RECONCILE"
