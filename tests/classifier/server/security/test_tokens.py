"""Making tokens and finding them again."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from classifier.errors import TokensError
from classifier.server.security.permissions import Role
from classifier.server.security.tokens import find_token, new_token


def test_a_token_is_found_by_its_text_alone() -> None:
    """The text finds its own token among others; what is kept does not hold the text."""
    text, token = new_token("bot-platform", [Role.CLASSIFY])
    _other_text, other = new_token("bot-platform", [Role.ADMIN])
    known = {token.id: token, other.id: other}
    assert find_token(known, text) is token
    assert token.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert text.rpartition("_")[2] not in repr(token)


def test_no_two_tokens_are_alike() -> None:
    """Ids and secrets come from randomness, 256 bits of it for the secret."""
    texts = {new_token("x", [Role.REVIEW])[0] for _ in range(100)}
    assert len({text.split("_")[1] for text in texts}) == 100
    assert len({text.split("_", 2)[2] for text in texts}) == 100
    assert all(len(text.split("_", 2)[2]) == 43 for text in texts)


def test_another_secret_is_not_let_in() -> None:
    """A known id with another secret, a prefix, a suffix or the hash itself finds nothing."""
    text, token = new_token("x", [Role.REVIEW])
    known = {token.id: token}
    secret = new_token("y", [Role.REVIEW])[0].split("_", 2)[2]
    guesses = ["", "wurao_", token.sha256, f"wurao_{token.id}_{secret}", text[:-1], text + "A"]
    for guess in [*guesses, f" {text}", text.upper(), text.replace("_", "-"), "秘密", "\ud800"]:
        assert find_token(known, guess) is None
    assert find_token({}, text) is None


@pytest.mark.parametrize("name", ["", "two words", "张三", "a" * 65, "-x", "x\n"])
def test_names_are_plain(name: str) -> None:
    """A name goes into logs and records, so it holds nothing that could be more than a name."""
    with pytest.raises(TokensError, match="name has 1 to 64 letters"):
        new_token(name, [Role.REVIEW])


def test_a_token_without_a_role_is_refused() -> None:
    """It could do nothing; the message lists the roles."""
    with pytest.raises(TokensError, match=r"needs a role: classify, registry\.write"):
        new_token("x", [])


def test_a_token_expires_at_its_time() -> None:
    """Not a moment before; without a time never; a time without a zone is refused."""
    now = datetime.now(UTC)
    assert not new_token("x", [Role.REVIEW])[1].has_expired()
    assert not new_token("x", [Role.REVIEW], now + timedelta(hours=1))[1].has_expired()
    text, token = new_token("x", [Role.REVIEW], now)
    assert token.has_expired()
    assert find_token({token.id: token}, text) is token
    with pytest.raises(TokensError, match="with a time zone"):
        new_token("x", [Role.REVIEW], now.replace(tzinfo=None))
