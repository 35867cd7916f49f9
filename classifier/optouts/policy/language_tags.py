"""BCP 47 language tags, as far as texts are told apart by them: language, script and region."""

from typing import NamedTuple

_WRITTEN_IN = {"tw": "hant", "hk": "hant", "mo": "hant"}
"""Regions whose Chinese is not written in `hans`."""

_USUAL_REGIONS = {"hans": "cn", "hant": "tw"}
"""Where a script of Chinese is at home (likely subtags of CLDR)."""

_NEXT_REGIONS = {"mo": "hk"}
"""Whose texts stand in for a region's own (parent locales of CLDR)."""

_CHINESE = frozenset({"zh", "cmn", "yue"})


class LanguageTag(NamedTuple):
    """A tag in lower case; what it leaves open is empty.

    Attributes:
        language: Such as ``en``; ``zh`` for Mandarin and Cantonese too.
        script: Such as ``hant``; of Chinese also where the region says it.
        region: Such as ``hk``.
    """

    language: str
    script: str
    region: str


def read_tag(written: str) -> LanguageTag:
    """Return a tag, in whatever case it is written.

    Args:
        written: Such as ``zh-Hant-HK``, ``zh-TW`` or ``yue``.
    """
    language, *subtags = written.strip().lower().split("-")
    # A singleton begins an extension, which says nothing of language, script or region.
    named = subtags[: next((i for i, part in enumerate(subtags) if len(part) == 1), len(subtags))]
    script = next((part for part in named if len(part) == 4 and part.isalpha()), "")
    region = next((part for part in named if len(part) == 2 or part.isdecimal()), "")
    if language not in _CHINESE:
        return LanguageTag(language, script, region)
    if "yue" in {language, *named} and script != "hans":
        region = region or "hk"
    if not script and region:
        script = _WRITTEN_IN.get(region, "hans")
    return LanguageTag("zh", script, region)


def nearness(spoken: str, wanted: str) -> tuple[bool, ...]:
    """Return how well a language serves a reader: the greater of two tuples is the nearer.

    Args:
        spoken: Tag of a text.
        wanted: Tag that the reader prefers.

    Returns:
        Whether language, script and region are the same, whether the region is the next one, and
        whether the text is for no region; all false in another language.
    """
    text, reader = read_tag(spoken), read_tag(wanted)
    if text.language != reader.language:
        return (False,) * 5
    script, region = reader.script, reader.region
    if reader.language == "zh":
        script = script or "hans"
        region = region or _USUAL_REGIONS.get(script, "")
    near = _NEXT_REGIONS.get(region) == text.region
    return True, text.script == script, text.region == region, near, not text.region


def within(spoken: str, wanted: str) -> bool:
    """Say whether a language is one of those that a tag stands for, as ``zh`` does for all Chinese.

    Args:
        spoken: Tag of a text.
        wanted: Tag whose languages are looked for.
    """
    text, group = read_tag(spoken), read_tag(wanted)
    return (
        text.language == group.language
        and group.script in {"", text.script}
        and (not group.region or text.region in {"", group.region})
    )
