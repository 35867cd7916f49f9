"""Log lines and request ids."""

import json
import logging
import sys

import pytest

from classifier.server.telemetry.call_log import (
    JsonFormatter,
    Seldom,
    TextFormatter,
    choose_request_id,
    request_id,
)


def record(message: str, **extra: object) -> logging.LogRecord:
    """Return a record as a logger would make it."""
    log = logging.getLogger("wurao.test")
    info = sys.exc_info()
    return log.makeRecord(
        log.name, logging.WARNING, __file__, 1, message, (), info if info[0] else None, extra=extra
    )


@pytest.mark.parametrize(
    "sent",
    ["6f1e8f9a-5c1b-4e0b-9a50-1d1f6a0b2c3d", "abcdefghijklmnop", "a" * 64, "A.b_c-0123456789"],
)
def test_well_formed_id_is_kept(sent: str) -> None:
    """A caller finds its own id in our log."""
    assert choose_request_id(sent) == sent


@pytest.mark.parametrize(
    "sent",
    [
        None,
        b"abcdefghijklmnop",
        "",
        "a" * 15,
        "a" * 65,
        "8613800138000",
        "abcdefghijklmno ",
        "以后别再打了以后别再打了以后别再打",
        'abcdefghijklmno"',
        "abcdefghijklmno\n",
    ],
)
def test_any_other_id_is_replaced(sent: str | bytes | None) -> None:
    """No number, no text and nothing that breaks a line comes into the log as an id."""
    made = choose_request_id(sent)
    assert made != sent
    assert choose_request_id(made) == made
    assert choose_request_id(None) != made


def test_json_line_holds_the_event() -> None:
    """One object a line, with the call's id and the event's own fields."""
    token = request_id.set("abcdefghijklmnop")
    try:
        line = JsonFormatter().format(record('two\nlines "quoted"', fields={"code": "INTERNAL"}))
    finally:
        request_id.reset(token)
    event = json.loads(line)
    assert "\n" not in line
    assert event.pop("time").endswith("Z")
    assert event == {
        "level": "warning",
        "logger": "wurao.test",
        "message": 'two\nlines "quoted"',
        "request_id": "abcdefghijklmnop",
        "code": "INTERNAL",
    }


@pytest.mark.parametrize("formatter", [JsonFormatter(), TextFormatter()])
def test_exception_is_told_without_its_text(formatter: logging.Formatter) -> None:
    """An exception's text may hold what the subject said: only type and place are told."""
    line = ""
    try:
        int("我的电话是13800138000")
    except ValueError:
        line = formatter.format(record("failed"))
    assert "13800138000" not in line
    assert "ValueError at " in line
    assert "test_call_log.py:" in line


def test_text_line_is_one_line() -> None:
    """A line break in a message makes no second event."""
    line = TextFormatter().format(record("two\nlines", fields={"code": "OK"}))
    assert line.endswith("WARNING two lines code=OK")


def test_the_pool_of_connections_repeats_itself_seldom() -> None:
    """A line about the same trouble waits, one about another trouble and those of others do not."""
    seldom, pool, ours = Seldom(), logging.getLogger("psycopg.pool"), logging.getLogger("wurao")

    def passes(log: logging.Logger, message: str, detail: str) -> bool:
        args = (detail,)
        made = log.makeRecord(log.name, logging.WARNING, __file__, 1, message, args, None)
        return seldom.filter(made)

    assert passes(pool, "error connecting: %s", "first")
    assert not passes(pool, "error connecting: %s", "second")
    assert passes(pool, "discarding: %s", "third")
    assert all(passes(ours, "error connecting: %s", "fourth") for _ in "ab")
