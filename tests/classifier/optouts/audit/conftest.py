"""What the tests of an audit share."""

from collections.abc import Callable

import pytest

from classifier.optouts.changes import Revocation
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
