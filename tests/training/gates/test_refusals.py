"""A refusal says the same in the terminal and, in two languages, on the page."""

from string import Formatter

import pytest

from training.gates.refusals import Reason, Refusal, chance, percent, percent_limit
from training.report.words import Words


@pytest.mark.parametrize("reason", Reason)
def test_the_catalogue_says_what_the_terminal_says(reason: Reason) -> None:
    """Every reason has words in both languages, the English ones those of the refusal itself."""
    both = Words().both(f"refusal.{reason}")
    figures = {name: f"<{name}>" for _text, name, *_form in Formatter().parse(both["en"]) if name}
    assert figures
    assert str(Refusal(reason, figures)) == both["en"].format(**figures)
    assert both["zh"].format(**figures) != both["en"].format(**figures)


def test_figures_are_told_in_one_unit() -> None:
    """A share just within its limit is seen to be, and no chance is told as none."""
    assert (percent(0.0057), percent_limit(0.006)) == ("0.57 %", "0.6 %")
    assert percent_limit(0.83) == "83 %"
    assert [chance(p) for p in (1.0, 0.05, 0.0012, 0.0004)] == ["1.000", ".050", ".001", "< .001"]
