"""Positions in the change log: up to where a client has been told."""

import re
from dataclasses import dataclass
from typing import Self

_NUMBER = r"\d{1,19}"
_FORM = re.compile(
    rf"(?P<epoch>{_NUMBER}):(?P<xmax>{_NUMBER}):(?P<in_progress>(?:{_NUMBER}(?:,{_NUMBER})*)?)", re.ASCII
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """A moment, described by the marks of the changes that were visible at it.

    A change's mark is its transaction's id on PostgreSQL and its row id where transactions cannot overlap. The text is
    the epoch and the ``xmax:xip,xip`` of a PostgreSQL snapshot (its documentation, section 9.27, "Transaction ID and
    Snapshot Information Functions"); clients take it for an opaque word.
    """

    epoch: int = 0
    """Of the marks: positions of different ones tell nothing about each other."""
    xmax: int
    """From it on nothing is visible."""
    in_progress: frozenset[int] = frozenset()
    """Below it, what is not."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the position that was written as ``text``.

        Raises:
            ValueError: it never was.
        """
        if not (form := _FORM.fullmatch(text)):
            raise ValueError("this is no position")
        in_progress = frozenset(int(mark) for mark in form["in_progress"].split(",") if mark)
        return cls(epoch=int(form["epoch"]), xmax=int(form["xmax"]), in_progress=in_progress)

    def __str__(self) -> str:
        return f"{self.epoch}:{self.xmax}:{','.join(map(str, sorted(self.in_progress)))}"

    def includes(self, other: "Position") -> bool:
        """Return whether all that was visible at the other one was visible at this."""
        late = {mark for mark in self.in_progress if mark < other.xmax}
        return self.epoch == other.epoch and self.xmax >= other.xmax and late <= other.in_progress

    def until(self, mark: int) -> "Position":
        """Return a position at which was visible, of what this one sees, all up to the mark."""
        in_progress = frozenset(late for late in self.in_progress if late <= mark)
        return Position(epoch=self.epoch, xmax=mark + 1, in_progress=in_progress)
