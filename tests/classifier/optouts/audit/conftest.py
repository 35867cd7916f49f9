"""What the tests of an audit share."""

from collections.abc import Callable

import pytest

from classifier.optouts.recording.changes import Revocation
from classifier.optouts.records import OptOutRequest, Scope
from classifier.optouts.registry import Registry
from classifier.turns import Channel
from tests.classifier.optouts.conftest import phone


@pytest.fixture
def filled(registry: Registry, ask: Callable[..., OptOutRequest]) -> Registry:
    """A registry with a history."""
    for n in range(8):
        registry.record(ask(n % 5, scope=Scope(channel=Channel.SMS if n % 2 else None)))
    registry.revoke(Revocation("acme", "v1", "clerk", "opted_in", subject=phone(1), note="来信"))
    registry.record(ask(9))
    assert registry.store.verify().findings == ()
    return registry


def tamper(registry: Registry, *statements: str) -> None:
    """Change tables behind the registry's back, as someone with its rights could, and hide it."""
    with registry.store._database.writing() as connection:
        sqlite = registry.store.instant
        if sqlite:
            own = connection.query("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
            off, on = [f"DROP TRIGGER {name}" for name, _ in own], [sql for _, sql in own]
        else:
            off, on = (
                [f"ALTER TABLE events {word} TRIGGER USER"] for word in ("DISABLE", "ENABLE")
            )
        for statement in (*off, *statements, *on):
            connection.send(statement)
