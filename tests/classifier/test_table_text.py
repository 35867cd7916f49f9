"""Encodings are told apart whichever reader asks; what is told wrong would be learnt or lost."""

from pathlib import Path

import pytest

from classifier.errors import TableError
from classifier.table_text import encoding_of


def told(content: bytes, name: str = "text") -> str:
    """Return the encoding of a table in which one column is known."""
    lines = content.splitlines(keepends=True)
    return encoding_of(Path("x.csv"), lines, lambda start: name in start)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "big5hkscs"])
@pytest.mark.parametrize("text", ["請不要再打來了謝謝你", "唔好再打嚟"])
def test_encodings_are_told_by_the_characters(encoding: str, text: str) -> None:
    """Whether a header says anything or not."""
    assert told(f"text\n{text}\n".encode(encoding)) == encoding.removesuffix("-sig")


@pytest.mark.parametrize("encoding", ["gb18030", "big5hkscs"])
def test_a_known_column_tells_what_characters_do_not(encoding: str) -> None:
    """What makes sense in both is refused where the columns say nothing either."""
    content = "電話\n1\n" if encoding == "big5hkscs" else "号码\n1\n"
    assert told(content.encode(encoding), content[:2]) == encoding
    with pytest.raises(TableError, match=r"x\.csv: is not UTF-8 and may be GB18030 or Big5; name"):
        told("号码\n1\n".encode("gb18030"))


def test_damage_makes_no_other_encoding() -> None:
    """A broken character stays one, in UTF-8 and in Big5, whose bytes GB18030 reads all."""
    rows = ["別再打了我已經講過三次了\n".encode(name) for name in ("utf-8", "big5")]
    assert told(b"\xff\n" + rows[0] * 2) == "utf-8"
    assert told(b"\xff\n" + rows[1] * 2) == "big5hkscs"


def test_encodings_go_by_one_name(tmp_path: Path) -> None:
    """Whoever compares the name that people gave need not know its other spellings."""
    names = {"GBK": "gbk", "UTF_16": "utf-16", "utf8": "utf-8", "Big5-HKSCS": "big5hkscs"}
    assert {n: encoding_of(tmp_path, [], len, n) for n in names} == names
    with pytest.raises(TableError, match="base64 is no encoding"):
        encoding_of(tmp_path, [], len, "base64")


def test_a_table_in_ascii_is_utf_8() -> None:
    """As is an empty one."""
    assert told(b"text\n1\n") == told(b"") == "utf-8"
