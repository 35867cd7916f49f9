"""What one event says of several opt-outs is kept as long as the last of them."""

from pathlib import Path

from classifier.optouts.derived.opt_outs import REVOKED
from classifier.optouts.events.tables import Where
from classifier.optouts.policy.policy_file import read_policies
from classifier.optouts.records import Reach, Scope
from classifier.optouts.registry import Registry
from classifier.optouts.store import View
from classifier.optouts.times import now_us
from tests.classifier.optouts.desk.test_retention import (
    ALL,
    SHIPPED,
    YEAR_US,
    Ask,
    NewId,
    counts,
    purge,
    revoke,
    secrets_of,
)


def test_the_reason_of_a_revocation_goes_with_the_last_that_it_ended(
    registry: Registry, ask: Ask, new_id: NewId, tmp_path: Path
) -> None:
    """Why somebody may be contacted again is proven as long as an opt-out that it ended is kept."""
    path = tmp_path / "policy.toml"
    path.write_text(SHIPPED.replace(ALL, 'enabled = ["CN"]'), encoding="utf-8")
    policies = read_policies(path)
    long_ago = now_us() - YEAR_US
    registry.record(ask(1, scope=Scope(Reach.CAMPAIGN, "春"), detected_us=long_ago))
    registry.record(ask(1))  # asked again: kept for three years
    revoke(registry, new_id(), ask(1).subject)

    def reason() -> object:
        def look(view: View) -> object:
            (event,) = view.events([Where("kind", "=", REVOKED)])
            return view.secret(event.seq)

        return registry.store.read(look)

    told = counts(purge(registry, policies, 0.6, dry_run=True))
    assert counts(purge(registry, policies, 0.6)) == told
    assert told == {"opt_out": 1, "evidence": 1}
    assert reason() == {"note": "客户来电"}
    assert secrets_of(registry) == 2
    assert counts(purge(registry, policies, 3.1)) == {"opt_out": 1, "evidence": 1}
    assert secrets_of(registry) == 0
    assert registry.store.verify().findings == ()
