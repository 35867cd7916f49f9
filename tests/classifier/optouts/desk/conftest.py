"""What the tests of the desk share: a registry that follows the shipped policy."""

from collections.abc import Callable, Iterator

import pytest

from classifier.optouts.desk.caller_desk import Callers, CallerStatus
from classifier.optouts.desk.ruling import PolicyRules, followers
from classifier.optouts.open_registry import create_registry, open_registry
from classifier.optouts.policy.policy_file import Policies, read_policies
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.keys import KeyRing


@pytest.fixture(scope="session")
def policies() -> Policies:
    """The shipped policy."""
    return read_policies()


@pytest.fixture
def registry(place: str, ring: KeyRing, policies: Policies) -> Iterator[Registry]:
    """An empty registry that follows the shipped policy."""
    create_registry(place, ring)
    registry = open_registry(place, ring, PolicyRules(policies), followers(policies))
    yield registry
    registry.close()


def caller_status(callers: Callers, kind: str = "caller", name: str = "小爱") -> CallerStatus:
    """Return how a caller of acme stands, of which something was heard."""
    (status,) = [one for one in callers.list("acme") if (one.kind, one.name) == (kind, name)]
    return status


@pytest.fixture
def new_id() -> Callable[[], str]:
    """Gives a request id never used before."""
    count = iter(range(1, 1 << 30))
    return lambda: f"q{next(count)}"
