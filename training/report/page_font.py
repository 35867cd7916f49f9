"""Cuts the page's Chinese font down to the characters of the catalogue: `make font`.

Machines without a Chinese font then still show the page's words and plots. What people said is
shown in the reader's own fonts. The source is Noto Sans CJK SC, Debian's fonts-noto-cjk, under the
SIL Open Font License 1.1, which stands beside the font (han.LICENSE.txt).
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from training.report.words import Words

FONT = Path(__file__).parent / "templates" / "han.woff"
_SOURCE = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
_SIMPLIFIED = 2
_FIRST_HAN = 0x2E80


def wanted_characters() -> set[str]:
    """Return the characters that the font must hold: Latin ones are everywhere."""
    return {character for character in Words().characters() if ord(character) >= _FIRST_HAN}


def cut_font(source: Path) -> None:
    """Write the smaller font.

    Args:
        source: A collection of Noto Sans CJK.
    """
    options = Options()
    options.flavor = "woff"
    options.layout_features = []
    options.hinting = False
    options.name_IDs = [0, 1, 2, 13, 14]
    font = TTFont(source, fontNumber=_SIMPLIFIED, recalcTimestamp=False)
    cutter = Subsetter(options)
    cutter.populate(text="".join(sorted(wanted_characters())))
    cutter.subset(font)
    font.flavor = "woff"
    font.save(FONT)


if __name__ == "__main__":
    cut_font(Path(sys.argv[1]) if len(sys.argv) > 1 else _SOURCE)
