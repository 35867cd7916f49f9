"""Folding to one written form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.text.fold import fold


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("請您不要再打來", "请您不要再打来"),
        ("ＴＤ！！", "td"),
        ("别\u200b再\ufe0f 打，了", "别再打了"),
        ("妳們", "你们"),
        ("OK👌", "ok👌"),
        ("，。！", ""),
        ("\ue000别", "别"),
        ("哈" * 20 + "别打了" + "！" * 9, "哈哈哈别打了"),
        ("拨10000000转", "拨10000000转"),
        ("noooooo", "noooooo"),
    ],
)
def test_forms_that_mean_the_same_fold_to_one(text: str, bare: str) -> None:
    """Script, width, case, punctuation, invisible characters and long laughter do not matter."""
    assert fold(text).bare == bare


def test_clauses_are_what_stands_between_separators() -> None:
    """Spaces and punctuation part clauses alike, also those of one word."""
    assert fold("喂，在开会 晚点打！").clauses == ("喂", "在开会", "晚点打")
    assert fold("好，好，好，好，好").clauses == ("好",) * 5


@given(st.text())
def test_offsets_lead_back_to_the_original(text: str) -> None:
    """Every folded character stands for the original one that its offset names."""
    folded = fold(text)
    assert len(folded.offsets) == len(folded.bare)
    assert list(folded.offsets) == sorted(set(folded.offsets))
    for character, offset in zip(folded.bare, folded.offsets, strict=True):
        assert fold(text[offset]).bare == character


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("以后 不要 再 打 电话 了", ("以后不要再打电话了",)),
        ("以 后 别 打 了 ， 谢 谢", ("以后别打了", "谢谢")),
        ("我 的 app 是 2 0 版", ("我的app是20版",)),
        ("嗯 不用了 谢谢", ("嗯", "不用了", "谢谢")),
        ("我在开会呢 你晚一点 再打过来 好吧", ("我在开会呢", "你晚一点", "再打过来", "好吧")),
        ("我跟你讲    别再打了", ("我跟你讲", "别再打了")),
        ("   好的 再见   ", ("好的", "再见")),
        (" " * 40 + "\nplease stop calling me", ("please", "stop", "calling", "me")),
    ],
)
def test_spaces_of_a_recogniser_that_parts_words_are_no_pauses(
    text: str, clauses: tuple[str, ...]
) -> None:
    """Some write words or characters apart; where a caller paused, pieces are longer."""
    folded = fold(text)
    assert folded.clauses == clauses
    assert "".join(text[place] for place in folded.offsets) == folded.bare
