"""The chain hash against its definition."""

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from classifier.optouts.events.event import Event, chain_hash

_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.integers(1, 1 << 40), st.integers(0, 1 << 53), st.lists(_texts, min_size=6, max_size=6))
def test_the_chain_covers_canonical_json(seq: int, time_us: int, texts: list[str]) -> None:
    """SHA-256 of the hash before and the fields as JSON without spaces, whatever they hold."""
    kind, actor, tenant, request_id, payload, decided = texts
    event = Event(seq, time_us, kind, actor, tenant, 7, request_id, payload, decided, b"\x01\xff")
    fields = [seq, time_us, kind, actor, tenant, 7, request_id, payload, decided, "01ff"]
    plain = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    assert chain_hash(bytes(32), event) == hashlib.sha256(bytes(32) + plain).digest()
