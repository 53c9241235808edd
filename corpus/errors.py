"""The four kinds of failure that callers are expected to answer for. Concepts subclass them beside their own rules."""


class GroundworkError(Exception):
    """A failure that carries a sentence for the person who asked. Subclass one of the four kinds, never this."""


class NotFound(GroundworkError):
    """It does not exist, or this principal may not know that it does. The two are never told apart."""


class Conflict(GroundworkError):
    """The request is sound but contradicts the present state."""


class NotPermitted(Conflict):
    """The person may know of it, but this is another one's to do."""


class Invalid(GroundworkError):
    """The request itself is wrong; the message says what to do instead."""


class Unavailable(GroundworkError):
    """Something outside (a model, an index, a disk) does not answer now; trying again later may help."""
