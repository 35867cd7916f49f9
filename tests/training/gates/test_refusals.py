"""A refusal says the same in the terminal and, in two languages, on the page."""

from string import Formatter

import pytest

from training.gates.refusals import Reason, Refusal
from training.report.words import Words


@pytest.mark.parametrize("reason", Reason)
def test_the_catalogue_says_what_the_terminal_says(reason: Reason) -> None:
    """Every reason has words in both languages, the English ones those of the refusal itself."""
    both = Words().both(f"refusal.{reason}")
    figures = {name: f"<{name}>" for _text, name, *_form in Formatter().parse(both["en"]) if name}
    assert figures
    assert str(Refusal(reason, figures)) == both["en"].format(**figures)
    assert both["zh"].format(**figures) != both["en"].format(**figures)
