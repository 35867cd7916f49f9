"""Domains of e-mail addresses that cost time to read."""

import encodings.idna

import pytest

from classifier.errors import InvalidSubjectError
from classifier.optouts.subjects.subject import parse_subject


@pytest.mark.parametrize(
    "written",
    ["zz:a@" + "\ufdfa" * 250, "a@" + "\ufdfa" * 14, "a@" + "中" * 64 + ".cn", "a@" + "中。" * 120],
)
def test_a_domain_too_long_is_not_encoded(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Encoding is slow, some characters stand for eighteen, and batches hold thousands."""
    encode, encoded = encodings.idna.ToASCII, []

    def encode_and_note(label: str) -> bytes:
        encoded.append(label)
        return encode(label)

    monkeypatch.setattr(encodings.idna, "ToASCII", encode_and_note)
    parse_subject("张三@例子.中国.")
    assert encoded.pop() == "中国"
    encoded.clear()
    with pytest.raises(InvalidSubjectError):
        parse_subject(written)
    assert not encoded
