"""Features and the places they come from."""

import pytest

from classifier.text.features import FeatureExtractor
from classifier.text.fingerprint import fingerprint, probe_turns
from classifier.text.words import WordCutter
from classifier.turns import Channel, ContextTurn, Speaker, Turn
from training.dictionary import build_dictionary


@pytest.fixture(scope="module")
def extractor() -> FeatureExtractor:
    """An extractor over the default dictionary."""
    return FeatureExtractor(WordCutter(build_dictionary(20, 4)))


def test_every_located_feature_lies_inside_the_text(extractor: FeatureExtractor) -> None:
    """Starts and ends are places in the original text, one for each name."""
    for turn in probe_turns():
        for _name, start, end in extractor.read(turn).places():
            assert 0 <= start <= end < len(turn.text)


def test_a_turn_has_these_features(extractor: FeatureExtractor) -> None:
    """One turn written out: grams, words, concepts, the last clause, channel, question, crosses."""
    turn = Turn("别打，谢谢", Channel.CHAT, (ContextTurn(Speaker.BOT, "方便吗"),))
    named = set(extractor.names(turn))
    assert {"别", "别打", "打谢", "别打谢", "打谢谢", "w:打|谢谢", "w:谢谢"} <= named
    assert {"k:dont", "k:dont~polite", "k:dont>call", "k:dont>call>polite", "l:polite"} <= named
    assert {"n:chat", "n:chat|3", "n:chat=别打谢谢", "q:ask"} <= named
    assert {"x:ask|dont", "x:ask|polite", "y:ask|dont>call>polite", "z:ask|别打谢谢"} <= named
    assert not {"打谢谢谢", "l:dont", "q:-", "w:，"} & named
    places = {name: (start, end) for name, start, end in extractor.read(turn).places()}
    assert places["打谢"] == (1, 3)
    assert places["k:dont~polite"] == (0, 4)
    assert "n:chat" not in places


def test_script_does_not_change_the_features(extractor: FeatureExtractor) -> None:
    """Traditional and Simplified of one sentence are the same turn."""
    assert extractor.names(Turn("請不要再打來了")) == extractor.names(Turn("请不要再打来了"))


def test_short_answer_depends_on_the_question(extractor: FeatureExtractor) -> None:
    """The same word after two questions has other features."""
    ask_stop = (ContextTurn(Speaker.BOT, "是否取消来电"),)
    ask_time = (ContextTurn(Speaker.BOT, "现在方便吗"),)
    assert extractor.names(Turn("对", context=ask_stop)) != extractor.names(
        Turn("对", context=ask_time)
    )


def test_the_last_bot_turn_is_the_question(extractor: FeatureExtractor) -> None:
    """Older bot turns and the subject's own turns change nothing."""
    asked = ContextTurn(Speaker.BOT, "是否取消来电")
    older = (ContextTurn(Speaker.BOT, "您好"), ContextTurn(Speaker.USER, "喂"), asked)
    assert extractor.names(Turn("对", context=older)) == extractor.names(
        Turn("对", context=(asked, ContextTurn(Speaker.USER, "什么")))
    )


def test_fingerprint_depends_on_the_dictionary(extractor: FeatureExtractor) -> None:
    """Another dictionary cuts other words, and the fingerprint tells."""
    other = FeatureExtractor(WordCutter(build_dictionary(20, 2)))
    assert fingerprint(extractor) == fingerprint(extractor)
    assert fingerprint(extractor) != fingerprint(other)


def test_probes_cover_every_channel() -> None:
    """About fifty turns over all channels."""
    probes = probe_turns()
    assert len(probes) >= 45
    assert {turn.channel for turn in probes} == set(Channel)
