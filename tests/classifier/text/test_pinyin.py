"""Spelling by sound."""

import pytest

from classifier.text.pinyin import spell


@pytest.mark.parametrize(
    ("heard", "meant"),
    [("在打", "再打"), ("头诉", "投诉"), ("搔饶", "骚扰"), ("推定", "退订"), ("张里", "脏你")],
)
def test_what_recognisers_confuse_sounds_the_same(heard: str, meant: str) -> None:
    """Homophones are spelled alike; other words are not."""
    assert spell(heard) == spell(meant)
    assert heard != meant
    assert spell(heard) != spell("关闭")


def test_nasal_and_retroflex_finals_merge() -> None:
    """zh/z, ng/n and n/l are one."""
    assert spell("张") == spell("脏") == spell("站")
    assert spell("你") == spell("里")


def test_length_is_kept() -> None:
    """One character, one sound, so offsets hold."""
    text = "td打来👌"
    assert len(spell(text)) == len(text)
    assert spell(text)[:2] == "td"
