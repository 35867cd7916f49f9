"""Proves that the features made here are those that a bundle was trained on."""

import hashlib

from classifier.text.concepts import concept_lexicon
from classifier.text.features import FeatureExtractor
from classifier.text.pinyin import sound_table
from classifier.text.variants import simplified_characters
from classifier.turns import Channel, ContextTurn, Speaker, Turn

_ASKED = (
    "",
    "您好，请问是要取消后续来电吗？",
    "請問您現在方便嗎",
    "您嘅包裹到咗，幾時方便派送？",
    "【某商城】夏季上新，回复TD退订",
)
_SAID = (
    *(
        "以后不要再给我打电话了",
        "把我的号码删掉",
        "TD",
        "唔該以後唔好再打嚟",
        "對",
        "嗯",
        "退订！！",
    ),
    *(
        "现在别打 我在开会",
        "帮我取消一下订单",
        "我不是要投诉 就问一下",
        "不用了谢谢",
        "ＯＫ 👌",
        "12315见",
    ),
    *(
        "呃那个那个，在打我就报警了啊",
        "麻煩把我的資料刪除，謝謝",
        "你們有完沒完",
        "边个俾我电话你哋",
    ),
    *("我身份证在派出所 银行卡也停了 你去营业厅问机器人", "no more calls please"),
    *("別\u200b再\u200b打", "以 后 不 要 再 打 了", "这个 号码 不要 再 联系 谢谢"),
)


def probe_turns() -> list[Turn]:
    """Return the fixed turns whose features make the fingerprint, over all channels and scripts."""
    channels = tuple(Channel)
    return [
        Turn(said, channels[(i + j) % len(channels)], context)
        for i, asked in enumerate(_ASKED)
        for j, said in enumerate(_SAID)
        for context in [(ContextTurn(Speaker.BOT, asked),) if asked else ()]
        if (i + j) % 2 == 0
    ]


def fingerprint(extractor: FeatureExtractor) -> str:
    """Return a SHA-256 over lexicon, tables and the features of the probe turns.

    The lexicon and tables are hashed whole; the probe turns tell changes of code and dictionary.

    Args:
        extractor: The extractor that will serve.
    """
    total = hashlib.sha256()
    for table in (concept_lexicon().concept_of, sound_table(), simplified_characters()):
        total.update(repr(sorted(table.items())).encode())
    for turn in probe_turns():
        total.update("\n".join(sorted(extractor.names(turn))).encode() + b"\0")
    return total.hexdigest()
