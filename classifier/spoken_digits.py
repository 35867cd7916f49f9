"""How digits are said and written in Chinese: counting words, radio digits, banker's forms."""

import string

SPOKEN_DIGITS = str.maketrans({
    character: digit
    for digit, characters in zip(
        string.digits,
        (
            "〇零洞○",
            "一幺么壹",
            "二两兩贰貳",
            "三叁叄參参",
            "四肆",
            "五伍",
            "六陆陸",
            "七柒拐",
            "八捌",
            "九玖勾",
        ),
        strict=True,
    )
    for character in characters
})
"""For `str.translate`: each character that says a digit, with that digit."""
