"""Unit tests touch no database and no network: they must pass with both switched off."""
