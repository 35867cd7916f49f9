"""Spelling by sound."""

import pytest

from classifier.text.pinyin import spell


@pytest.mark.parametrize(
    ("heard", "meant"),
    [("在打", "再打"), ("投宿", "投诉"), ("搔饶", "骚扰"), ("聚宝", "举报"), ("推定", "退订")],
)
def test_what_recognisers_confuse_sounds_the_same(heard: str, meant: str) -> None:
    """Homophones share their spelling where their syllables do."""
    same = [a == b for a, b in zip(spell(heard), spell(meant), strict=True)]
    assert any(same)


def test_nasal_and_retroflex_finals_merge() -> None:
    """zh/z, ng/n and n/l are one."""
    assert spell("张") == spell("脏") == spell("站")
    assert spell("你") == spell("里")


def test_length_is_kept() -> None:
    """One character, one sound, so offsets hold."""
    text = "td打来👌"
    assert len(spell(text)) == len(text)
    assert spell(text)[:2] == "td"
