"""Counts of checks that cannot be written down at once."""

import pytest

from classifier.errors import StoreError
from classifier.optouts.desk.contact_counter import ContactCounter
from classifier.optouts.events.event import Event
from classifier.optouts.listing import Filter
from classifier.optouts.records import ALLOWED, Contact
from classifier.optouts.registry import Registry
from tests.classifier.optouts.conftest import listed_events


def test_what_the_store_did_not_take_is_written_the_next_time(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No contact is lost from the rates because the database was away for a moment."""
    counter = ContactCounter(registry, "worker 0")
    counter.count(Contact("acme", caller="小爱"), ALLOWED, 3)

    def away(_work: object) -> Event:
        raise StoreError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(registry.store, "write", away)
        with pytest.raises(StoreError):
            counter.flush()
    counter.count(Contact("acme", caller="小爱"), ALLOWED)
    counter.flush()
    (event,) = listed_events(registry, Filter("acme", kinds=["contacts_counted"]))
    assert [count["allowed"] for count in event.asked()["counts"]] == [4]
