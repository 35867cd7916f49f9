"""The gates in the page of a report, in a real browser."""

import re
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.training.report.conftest import speak
from training.beside_bundle import REPORT_PAGE
from training.gates.judgement import Verdict
from training.gates.refusals import Reason, Refusal
from training.report.write import write_report


def test_failed_gates_speak_both_languages(
    chromium: Chrome, content: dict[str, Any], tmp_path: Path
) -> None:
    """Each reason of a refusal is Chinese on the Chinese page, with the same figures."""
    figures = dict.fromkeys(
        ("value", "limit", "end", "champion", "now", "worse", "better", "loss", "p"), "0.25"
    )
    missed = {"missed": "1", "turns": "9", "words": "<b>l1</b> 别再打了"}
    refusals = tuple(
        Refusal(reason, missed if reason is Reason.MISSES else figures) for reason in Reason
    )
    verdict = Verdict("behaviour cases", False, True, "share ≥ 0.25", 0, 0, 0, None, 9, refusals)
    judged = content["gates"] | {"verdicts": [verdict.to_dict()], "problem": "", "empty": None}
    page = write_report(content | {"gates": judged}, tmp_path)[0].with_name(REPORT_PAGE)
    chromium.get(page.as_uri())
    for language in ("en", "zh"):
        speak(chromium, language)
        shown = [why.text for why in chromium.find_elements(By.CSS_SELECTOR, "#gates-table .why")]
        assert len(shown) == len(Reason)
        assert [text.count("0.25") for text in shown] == [str(r).count("0.25") for r in refusals]
        assert "<b>l1</b> 别再打了" in shown[-1]
        if language == "en":
            assert shown == [str(refusal) for refusal in refusals]
        else:
            assert not [text for text in shown[:-1] if re.search(r"[A-Za-z]{2}", text)]
            assert all(re.search(r"[一-鿿]", text) for text in shown)
