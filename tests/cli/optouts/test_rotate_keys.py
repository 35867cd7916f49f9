"""`wurao optouts rotate-keys`: the first key, further ones, and what comes under them."""

from tests.cli.optouts.conftest import NUMBER, Run, records


def test_each_step_is_told_as_json(unmade: Run, settings: dict[str, str]) -> None:
    """One object on standard output, whatever else is said beside it."""
    keys, place = settings["WURAO_REGISTRY_KEYS"], settings["WURAO_REGISTRY"]
    (first,) = records(unmade("rotate-keys", "--new", "--json"))
    assert first == {"version": 1, "file": keys, "registry": place}
    unmade("add", NUMBER)
    (added,) = records(unmade("rotate-keys", "--only-add", "--json"))
    assert added == {"version": 2, "file": keys}
    (used,) = records(unmade("rotate-keys", "--json"))
    assert (used["version"], used["hashed"]) == (2, 1)
    again = unmade("rotate-keys", "--json")
    assert "key 3 is in" in again.stderr
    assert [(told["version"], told["retired"]) for told in records(again)] == [(3, [2])]
    unmade("check", NUMBER, status=3)
