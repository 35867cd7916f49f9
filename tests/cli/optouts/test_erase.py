"""`wurao optouts erase` says what stands against it before it asks, and goes on only if told to."""

from tests.cli.optouts.conftest import NUMBER, Run, records

ERASE = ("erase", NUMBER, "--reason", "asked by letter")


def test_an_open_case_holds_an_erasure_up(optouts: Run) -> None:
    """With a question and without; closed or said by an option, it goes on."""
    optouts("add", NUMBER)
    (case,) = records(
        optouts("feedback", "complaint", "--subject", NUMBER, "--text", "老打", "--json")
    )
    for more in ((), ("--yes",)):
        assert "wurao: --despite-open-cases: must be set" in optouts(*ERASE, *more, status=1).stderr
    asked = optouts(*ERASE, "--despite-open-cases", status=1).stdout
    assert f"case {case['case_id']}" in asked
    (done,) = records(optouts(*ERASE, "--despite-open-cases", "--yes", "--json"))
    assert f"case {case['case_id']}" in done["kept"]["open_cases"]  # type: ignore[index]
    optouts("check", NUMBER, status=3)


def test_a_duty_to_keep_is_told_before_and_after(optouts: Run) -> None:
    """It does not hold the erasure up."""
    optouts("add", NUMBER)
    assert "keep it for 5 years" in optouts(*ERASE, status=1).stdout
    assert "keep it for 5 years" in optouts(*ERASE, stdin="y\n").stdout
    assert "keep it for" not in optouts(*ERASE, status=1).stdout
