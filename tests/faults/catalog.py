"""All faults, by name."""

from tests.faults import broadcast_faults, client_faults, database_faults, redis_faults, server_faults
from tests.faults.faulting import FAULTS, Fault

__all__ = ["FAULTS", "Fault", "broadcast_faults", "client_faults", "database_faults", "redis_faults", "server_faults"]
