"""Reports and purges of a mistyped tenant."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from classifier.optouts.desk.contact_counter import ContactCounter
from classifier.optouts.records import ALLOWED, Contact
from classifier.optouts.registry import Registry
from tests.cli.optouts.conftest import NUMBER, Run


def test_a_mistyped_tenant_has_no_report(optouts: Run, tmp_path: Path) -> None:
    """Zeros would say that nobody complained; nothing is written, and what is known has its own."""
    optouts("add", NUMBER, "--tenant", "acme")
    page = tmp_path / "report.html"
    refused = optouts("report", "--tenant", "acmee", "-o", page, status=1).stderr
    assert "tenant acmee: nothing of it is recorded" in refused
    assert not page.exists()
    optouts("report", "--tenant", "acme", "-o", page)
    assert page.exists()


def test_a_mistyped_tenant_is_not_purged(optouts: Run) -> None:
    """Zeros would say that nothing is kept too long; one of whom there is a record gets them."""
    optouts("add", NUMBER, "--tenant", "acme")
    for how in ("--dry-run", "--yes"):
        refused = optouts("purge", "--tenant", "nosuch", how, status=1)
        assert "tenant nosuch: nothing of it is recorded" in refused.stderr
        assert refused.stdout == ""
        optouts("purge", "--tenant", "acme", how)


def test_a_tenant_with_a_complaint_alone_is_known(optouts: Run, tmp_path: Path) -> None:
    """Nobody has to opt out before complaints are reported, and purged when their time is over."""
    optouts("feedback", "complaint", "--text", "太吵", "--tenant", "hk")
    page = tmp_path / "report.json"
    optouts("report", "--tenant", "hk", "-o", page)
    told = json.loads(page.read_text())["tables"]
    assert told["complaints"]["rows"][0]["opened"] == 1
    optouts("purge", "--tenant", "hk", "--dry-run")
    optouts("check", NUMBER, "--tenant", "hk")


def test_counts_alone_make_no_tenant_known(optouts: Run, opened: Callable[[], Registry]) -> None:
    """Whoever asks for a mistyped tenant is counted under it; a list of it would be empty."""
    registry = opened()
    counter = ContactCounter(registry, "server 1")
    counter.count(Contact("acmee", caller="小爱"), ALLOWED)
    counter.flush()
    registry.close()
    for verb in (("check", NUMBER), ("export", "-o", "-"), ("purge", "--yes")):
        refused = optouts(*verb, "--tenant", "acmee", status=1).stderr
        assert "tenant acmee: nothing of it is recorded" in refused


def test_a_list_without_a_row_makes_no_tenant_known(optouts: Run, tmp_path: Path) -> None:
    """Its import left nobody who refuses; a tenant of which a row was taken is known."""
    path = tmp_path / "list.csv"
    path.write_text("号码\nabc\n", encoding="utf-8")
    optouts("import", path, "--tenant", "acmee", status=3)
    assert "nothing of it" in optouts("check", NUMBER, "--tenant", "acmee", status=1).stderr
    path.write_text("号码\n13900139000\n", encoding="utf-8")
    optouts("import", path, "--tenant", "acmee", "--quarantine", tmp_path / "bad.csv")
    optouts("check", NUMBER, "--tenant", "acmee")


@pytest.mark.parametrize("option", [("--tenant", ""), ("--tenant", "a\tb"), ("--region", "ZZ")])
def test_what_no_row_could_be_read_by_is_wrong_use(
    optouts: Run, tmp_path: Path, option: tuple[str, str]
) -> None:
    """Nothing is written: neither the rows nor that a list was read."""
    path = tmp_path / "list.csv"
    path.write_text("号码\n13900139000\n", encoding="utf-8")
    for verb in (("import", path), ("check", NUMBER), ("add", NUMBER)):
        assert f"Invalid value for '{option[0]}'" in optouts(*verb, *option, status=2).stderr
    assert "0 events" in optouts("verify").stdout
    optouts("check", "91234567", "--region", "hk")
