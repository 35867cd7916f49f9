"""What the tests of lists share: two registries that follow the shipped policy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from classifier.optouts.desk.ruling import PolicyRules, followers
from classifier.optouts.open_registry import create_registry, open_registry
from classifier.optouts.policy.policy_file import read_policies
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.keys import KeyRing


@pytest.fixture
def registry(place: str, ring: KeyRing) -> Iterator[Registry]:
    """An empty registry that follows the shipped policy."""
    policies = read_policies()
    create_registry(place, ring)
    registry = open_registry(place, ring, PolicyRules(policies), followers(policies))
    yield registry
    registry.close()


@pytest.fixture
def second_registry(tmp_path: Path, ring: KeyRing) -> Iterator[Registry]:
    """Another one, as of another company."""
    policies = read_policies()
    place = str(tmp_path / "second.sqlite")
    create_registry(place, ring)
    registry = open_registry(place, ring, PolicyRules(policies), followers(policies))
    yield registry
    registry.close()
