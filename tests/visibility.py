"""What a position sees, straight from the definition of a PostgreSQL snapshot: the measure for its other methods."""

from events.positions import Position


def sees(position: Position, mark: int) -> bool:
    """Return whether a change with this mark was visible."""
    return mark < position.xmax and mark not in position.in_progress
