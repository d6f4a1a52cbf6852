"""Positions in the change log: up to where a client has been told."""

import re
from dataclasses import dataclass
from typing import Self

_FORM = re.compile(r"(?P<xmin>\d{1,19}):(?P<xmax>\d{1,19}):(?P<in_progress>(?:\d{1,19}(?:,\d{1,19})*)?)", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """A moment, described by the marks of the changes that were visible at it.

    A change's mark is its transaction's id on PostgreSQL and its row id where transactions cannot overlap. The text
    is that of a PostgreSQL snapshot, ``xmin:xmax:xip,xip`` (its documentation, section 9.27, "Transaction ID and
    Snapshot Information Functions"); clients take it for an opaque word.
    """

    xmin: int
    """Below it everything is visible."""
    xmax: int
    """From it on nothing is."""
    in_progress: frozenset[int] = frozenset()
    """Between the two, what is not visible."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the position that was written as ``text``.

        Raises:
            ValueError: it never was.
        """
        if not (form := _FORM.fullmatch(text)):
            raise ValueError("this is no position")
        in_progress = frozenset(int(mark) for mark in form["in_progress"].split(",") if mark)
        return cls(xmin=int(form["xmin"]), xmax=int(form["xmax"]), in_progress=in_progress)

    def __str__(self) -> str:
        return f"{self.xmin}:{self.xmax}:{','.join(map(str, sorted(self.in_progress)))}"

    def sees(self, mark: int) -> bool:
        """Return whether a change with this mark was visible."""
        return mark < self.xmax and mark not in self.in_progress

    def includes(self, other: "Position") -> bool:
        """Return whether all that was visible at the other one was visible at this."""
        late = {mark for mark in self.in_progress if mark < other.xmax}
        return self.xmax >= other.xmax and late <= other.in_progress

    def until(self, mark: int) -> "Position":
        """Return a position at which was visible, of what this one sees, all up to the mark."""
        in_progress = frozenset(late for late in self.in_progress if late <= mark)
        return Position(xmin=min(in_progress, default=mark + 1), xmax=mark + 1, in_progress=in_progress)
