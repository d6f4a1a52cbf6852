"""The engine's settings: a single row."""

from django.db import models


class EngineSettings(models.Model):
    """The stored part of the engine's status; the only row has primary key 1."""

    ONLY_ID = 1

    global_lock = models.BooleanField(default=False)

    class Meta:
        verbose_name = "engine status"
        verbose_name_plural = "engine status"

    def __str__(self) -> str:
        return "locked" if self.global_lock else "unlocked"
