"""Who acts, as events record it."""

from classifier.server.optouts.reading import Reading
from classifier.server.security.caller import current_caller
from classifier.server.security.permissions import Role


def actor_of(reading: Reading, named: str) -> str:
    """Return who acts: the caller's token and, beside it, whom the request names.

    Args:
        reading: Of the request.
        named: Its field ``actor``.
    """
    named, caller = reading.name("actor", named), current_caller()
    if not caller.token_id:
        return named or caller.name
    return f"{caller.name}: {named}" if named else caller.name


def person_of(reading: Reading, named: str) -> str:
    """Return who acts where somebody must answer for it.

    Args:
        reading: Of the request; notes where nobody is named.
        named: Its field ``actor``.
    """
    if not current_caller().token_id:
        reading.needed("actor", named)
    return actor_of(reading, named)


def may_read_texts() -> bool:
    """Return whether the caller may read what subjects said and see their clear numbers."""
    return Role.REVIEW in current_caller().roles
