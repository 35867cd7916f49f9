"""What people are told about refusing: versioned texts, found by purpose, place and language."""

import hashlib
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from classifier.optouts.policy.language_tags import nearness
from classifier.optouts.policy.policy import Policy
from classifier.optouts.policy.policy_table import PolicyTable, read_table
from classifier.turns import Channel

_PLACEHOLDERS = {"company", "contact", "scope"}
_SCOPE_WORDS = {"campaign": {"name"}, "purpose": {"name"}, "until": {"date"}, "and": set[str]()}
_SCOPE_WORDS |= {channel.value: set[str]() for channel in Channel}


class Purpose(StrEnum):
    """What a notice is for."""

    OPT_OUT = "opt_out"
    FIRST_CONTACT = "first_contact"
    HOW_TO_REFUSE = "how_to_refuse"
    CLARIFY = "clarify"
    CONFIRMATION = "confirmation"


@dataclass(frozen=True, slots=True)
class Notice:
    """One version of one text.

    Attributes:
        id: Its name, such as ``cn.opt_out``.
        version: Counted from 1; a text that was used is never changed, only followed.
        purpose: What it is for.
        language: BCP 47, such as ``zh-Hant-HK``.
        jurisdictions: Codes of the profiles that it serves.
        channels: Where it may be used.
        text: With ``$company`` and ``$contact`` to be filled in, and with ``$scope`` where it is
            about an opt-out that does not stop everything for good.
        scope_words: What ``$scope`` is put together from; empty where the text has none. Under
            ``campaign`` and ``purpose`` with ``$name``, under each channel, under ``until`` with
            ``$date``, and under ``and`` what stands between them.
    """

    id: str
    version: int
    purpose: Purpose
    language: str
    jurisdictions: tuple[str, ...]
    channels: frozenset[Channel]
    text: str
    scope_words: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of text and words, 12 hexadecimal digits: a record keeps it beside version."""
        whole = "\n".join([self.text, *map("=".join, sorted(self.scope_words.items()))])
        return hashlib.sha256(whole.encode()).hexdigest()[:12]

    def fill(self, company: str, contact: str, scope: str = "") -> str:
        """Return the text as it is said.

        Args:
            company: Name of the operator.
            contact: Where questions go, such as a telephone number of the operator.
            scope: From `scope_in_words`, for a text that names it.
        """
        return string.Template(self.text).substitute(company=company, contact=contact, scope=scope)

    def scope_in_words(self, reach: str, name: str, channel: str, until: str) -> str:
        """Return what an opt-out stops, in the language of the text.

        Args:
            reach: ``all``, ``campaign`` or ``purpose``.
            name: Of the campaign or purpose.
            channel: The one that is stopped, or empty.
            until: When it ends, as people write it, or empty.
        """
        keys = [key for key in (reach, channel) if key in self.scope_words]
        keys += ["until"] if until else []
        words = (string.Template(self.scope_words[key]) for key in keys)
        return self.scope_words["and"].join(w.substitute(name=name, date=until) for w in words)


class Notices:
    """Every version of every notice."""

    def __init__(self, notices: Iterable[Notice]) -> None:
        """Index them.

        Args:
            notices: Each pair of id and version once.
        """
        self._by_version = {(notice.id, notice.version): notice for notice in notices}

    def all(self) -> list[Notice]:
        """Return every version of every notice, in the order of the file."""
        return list(self._by_version.values())

    def of(self, policy: Policy) -> list[Notice]:
        """Return every version of the notices that serve a profile of a policy.

        Args:
            policy: Of the tenant that speaks.
        """
        enabled = {profile.code for profile in policy.profiles}
        return [notice for notice in self.all() if enabled & set(notice.jurisdictions)]

    def get(self, notice_id: str, version: int) -> Notice | None:
        """Return what a record points to.

        Args:
            notice_id: Its id.
            version: Its version.
        """
        return self._by_version.get((notice_id, version))

    def find(
        self,
        purpose: Purpose,
        policy: Policy,
        channel: Channel,
        language: str = "",
        *,
        narrowed: bool = False,
    ) -> Notice | None:
        """Return the newest notice for an occasion.

        Args:
            purpose: What it is for.
            policy: Its profiles are asked in their order; the first with a text that fits decides.
            channel: Where it will be used.
            language: Preferred, BCP 47; the nearest text of any profile is taken. Without one in
                that language, the first profile with a notice gives its own first language.
            narrowed: Whether it is about an opt-out that does not stop everything for good.
        """
        fitting = [
            notice
            for notice in self._by_version.values()
            if notice.purpose is purpose
            and channel in notice.channels
            and bool(notice.scope_words) is narrowed
        ]
        served = [
            [notice for notice in fitting if profile.code in notice.jurisdictions]
            for profile in policy.profiles
        ]
        if language and (notice := _nearest([notices for notices in served if notices], language)):
            return notice
        for profile, notices in zip(policy.profiles, served, strict=True):
            for own in profile.languages:
                spoken = [notice for notice in notices if notice.language == own]
                if spoken:
                    return max(spoken, key=lambda notice: notice.version)
        return None


def _nearest(served: list[list[Notice]], language: str) -> Notice | None:
    """Return the newest notice that serves a reader best, or None where none is in the language."""

    def near(notice: Notice) -> tuple[bool, ...]:
        return nearness(notice.language, language)

    newest = [max(notices, key=lambda one: (near(one), one.version)) for notices in served]
    best = max(newest, key=near, default=None)
    return best if best is not None and any(near(best)) else None


def read_notices(path: Path | None = None) -> Notices:
    """Read the texts.

    Args:
        path: A TOML file; None takes the one of the package.

    Raises:
        PolicyError: There is no such file, it is not TOML, or an entry is wrong.
    """
    remedy = "name a file of notices or name none for the one of the package"
    top, _content = read_table(path, "notices.toml", remedy)
    notices = []
    seen = set()
    for table in top.tables("notices"):
        notice = _notice(table)
        if (notice.id, notice.version) in seen:
            table.refuse("version", "stands twice for this id; give the newer text the next number")
        seen.add((notice.id, notice.version))
        notices.append(notice)
    top.finish()
    return Notices(notices)


def _notice(table: PolicyTable) -> Notice:
    channels = table.texts("channels", tuple(Channel)) or tuple(Channel)
    notice = Notice(
        id=table.text("id"),
        version=table.integer("version", 1),
        purpose=Purpose(table.choice("purpose", tuple(Purpose))),
        language=table.text("language"),
        jurisdictions=table.texts("jurisdictions"),
        channels=frozenset(Channel(channel) for channel in channels),
        text=table.text("text"),
        scope_words=_scope_words(table.table("scope")) if "scope" in table else {},
    )
    template = string.Template(notice.text)
    if not template.is_valid() or not set(template.get_identifiers()) <= _PLACEHOLDERS:
        problem = "may hold $company, $contact and $scope only; write $$ for a dollar sign"
        table.refuse("text", problem)
    if ("scope" in template.get_identifiers()) is not bool(notice.scope_words):
        table.refuse("text", "must hold $scope where there is a table `scope`, and only there")
    if not notice.jurisdictions:
        table.refuse("jurisdictions", 'must name at least one profile, such as ["CN"]')
    table.finish()
    return notice


def _scope_words(table: PolicyTable) -> dict[str, str]:
    words = {}
    for key, placeholders in _SCOPE_WORDS.items():
        words[key] = table.text(key)
        template = string.Template(words[key])
        if not template.is_valid() or set(template.get_identifiers()) != placeholders:
            named = " and ".join(f"${name}" for name in placeholders) or "no placeholder"
            table.refuse(key, f"must hold {named}; write $$ for a dollar sign")
    table.finish()
    return words
