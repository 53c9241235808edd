"""Which names are people's: those that an embedder finds closer to people's names than to those of things and "
"places."""

from collections.abc import Sequence

from corpus.embedder import Embedder

_PEOPLE = ("John Smith", "Maria Garcia", "Anna Müller", "Wei Chen", "Fatima Khan")
_THINGS = (
    "Human Resources Department",
    "Finance Team",
    "Annual Leave",
    "Cloud Service",
    "Safety Policy",
    "Security Agency",
    "Project Guide",
    "Travel Card",
    "New York",
    "San Francisco",
    "Northern Europe",
    "North Sea",
)


def people_among(names: Sequence[str], embedder: Embedder) -> frozenset[str]:
    """Precise rather than complete: what is left out may still be a person."""
    unique = [name for name in dict.fromkeys(names) if not any(part.isupper() for part in name.split())]
    if not unique:
        return frozenset()
    vectors = embedder.embed([*_PEOPLE, *_THINGS, *unique])
    people, things, asked = vectors[: len(_PEOPLE)], vectors[len(_PEOPLE) : -len(unique)], vectors[-len(unique) :]
    like_people = (asked @ people.T).mean(axis=1)
    like_things = (asked @ things.T).max(axis=1)
    return frozenset(
        name for name, one, other in zip(unique, like_people, like_things, strict=True) if float(one) > float(other)
    )
