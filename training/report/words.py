"""The words of a report in English and Chinese."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup, escape

LANGUAGES = {"en": "en", "zh": "zh-Hans"}
"""Class of a text in the page -> its language tag; the order is that of words.toml."""

_PATH = Path(__file__).parent / "words.toml"
_SLOT = re.compile(r"\\\{(\w+)\\\}")


class Words:
    """The catalogue, read once for a report."""

    def __init__(self) -> None:
        """Read words.toml."""
        content = tomllib.loads(_PATH.read_text("utf-8"))
        self._words: dict[str, Mapping[str, str]] = {
            f"{section}.{name}": dict(zip(LANGUAGES, words, strict=True))
            for section, entries in content.items()
            for name, words in entries.items()
        }

    def __contains__(self, key: str) -> bool:
        """Say whether a key is in the catalogue."""
        return key in self._words

    def both(self, key: str) -> dict[str, str]:
        """Return language -> words; what is not in the catalogue comes back without its section.

        Args:
            key: ``section.name``.
        """
        found = self._words.get(key)
        return dict(found) if found else dict.fromkeys(LANGUAGES, key.partition(".")[2] or key)

    def label(self, key: str) -> dict[str, str]:
        """Return the words of a plot's text: a key's, or the text itself where it is a figure.

        Args:
            key: ``plot.name``, or what a plot wrote by itself.
        """
        return self.both(key) if key in self else dict.fromkeys(LANGUAGES, key)

    def say(self, key: str, **values: object) -> Markup:
        """Return both languages as HTML, of which the page shows one.

        Args:
            key: ``section.name``.
            values: Put in for ``{name}``; escaped unless markup.
        """
        return self.spans(self.both(key), **values)

    def spans(self, both: Mapping[str, str], **values: object) -> Markup:
        """Return the same words in both languages as HTML.

        Args:
            both: Language -> words; escaped.
            values: Put in for ``{name}``; escaped unless markup.
        """
        if not values and len(set(both.values())) == 1:
            return escape(both["en"])
        return Markup("").join(
            Markup('<span class="{0}" lang="{1}">{2}</span>').format(
                # The words are escaped first; what is put in is escaped by format.
                language,
                LANGUAGES[language],
                Markup(escape(words)).format(**values),  # ruff: ignore[unsafe-markup-use]
            )
            for language, words in both.items()
        )

    def gate(self, name: str) -> dict[str, str]:
        """Return language -> name of a gate, which may end in the value of a slice.

        Args:
            name: As the verdict has it.
        """
        whole, colon, value = name.rpartition(": ")
        if f"gate.{name}" in self or not colon:
            return self.both(f"gate.{name}")
        parts = self.both(f"gate.{whole}"), self.both("page.colon"), self.both(f"value.{value}")
        return {language: "".join(part[language] for part in parts) for language in LANGUAGES}

    def problem(self, message: str) -> Markup:
        """Return a message of a check as HTML, in both languages where the catalogue knows it.

        Args:
            message: Place and field, which stay as they are, and what is wrong there.
        """
        for key, both in self._words.items():
            if key.startswith("problem."):
                said = _SLOT.sub(r"(?P<\1>.+)", re.escape(both["en"]))
                if found := re.fullmatch(f"(?P<head>.*: ){said}", message):
                    values = found.groupdict()
                    return escape(values.pop("head")) + self.say(key, **values)
        return escape(message)

    @property
    def keys(self) -> list[str]:
        """Every key."""
        return list(self._words)

    def characters(self) -> set[str]:
        """Return every character that the catalogue uses."""
        return {c for both in self._words.values() for words in both.values() for c in words}
