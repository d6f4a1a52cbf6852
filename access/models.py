"""What is stored of access: Django's permissions for the roles, and what was revoked."""

from django.db import models
from django.db.models.functions import Now

from access.roles import Role


class Access(models.Model):
    """No table: it carries the permissions that give Django's users the roles, ``access.view`` and so on."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = [(role.value, f"Has the role {role.value}") for role in Role]

    def __str__(self) -> str:
        return "access"


class Revocation(models.Model):
    """What a principal was granted before ``revoked_at`` counts no more; one row for each principal, the newest.

    ``access.operations`` writes it.
    """

    # See Caller.principals.
    principal = models.CharField(max_length=255, unique=True)
    # By the clock of the database.
    revoked_at = models.DateTimeField(db_default=Now(), db_index=True)
    # Whether what is granted later does not count either, until somebody takes the row away.
    is_blocked = models.BooleanField(default=False)
    revoked_by = models.CharField(max_length=255)

    def __str__(self) -> str:
        return self.principal
