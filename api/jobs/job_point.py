"""How far a job is. At each of these a process may end without losing or doubling anything."""

from enum import StrEnum


class JobPoint(StrEnum):
    ACCEPTED = "accepted"
    """Its row is durable; the queue does not know of it."""
    BEGUN = "begun"
    PLANNED = "planned"
    UNIT_DONE = "unit done"
    """What the unit made is durable; that it is done is not remembered."""
    UNIT_REMEMBERED = "unit remembered"
    FINISHED = "finished"
    """Nothing is left to do, but its row does not say so."""
    ENDED = "ended"
