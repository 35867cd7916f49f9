"""Reports and purges of a mistyped tenant."""

import json
from collections.abc import Callable
from pathlib import Path

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
