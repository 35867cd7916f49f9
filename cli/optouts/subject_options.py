"""The options that say how a subject is read, of the verbs that name one."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from classifier.optouts.subjects.subject import Subject, SubjectKind


def _known_region(_context: click.Context, _option: click.Parameter, region: str) -> str:
    from classifier.optouts.subjects.phone_numbers import REGIONS
    from classifier.optouts.subjects.subject import is_unicode

    if is_unicode(region) and region.upper() not in REGIONS:
        raise click.BadParameter("is no region; two letters such as CN, TW, HK or MO")
    return region.upper()


region_option = click.option(
    "--region",
    envvar="WURAO_REGION",
    default="CN",
    show_default=True,
    callback=_known_region,
    help="How a number without a country code is read.",
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads subjects as the command line names them.

    Attributes:
        region: How a number without a country code is read; two capital letters.
        kind: What a subject is; None for whatever its looks say.
    """

    region: str
    kind: "SubjectKind | None" = None

    def __call__(self, written: str) -> "Subject":
        """Return the subject that was written.

        Args:
            written: In any spoken or written form.

        Raises:
            InvalidSubjectError: It cannot be read.
        """
        from classifier.optouts.subjects.subject import parse_subject

        return parse_subject(written, self.kind, self.region)

    def held(self, written: str) -> "Subject":
        """Return the subject that was written, as it may have been taken down before.

        Args:
            written: In any spoken or written form; a chat account behind any scheme.

        Raises:
            InvalidSubjectError: It cannot be read.
        """
        from classifier.optouts.subjects.subject import parse_held_subject

        return parse_held_subject(written, self.kind, self.region)


def subject_options(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a verb the options that say how a subject is read, as one reader.

    Args:
        verb: Takes it as `read`.
    """
    # As in classifier.optouts.subjects.subject, which a help page need not load.
    kinds = click.Choice(["phone", "email", "chat", "device"])

    @region_option
    @click.option("--subject-kind", type=kinds, help="What it is.  [default: told by its looks]")
    @functools.wraps(verb)
    def reading(
        *arguments: object, region: str, subject_kind: str | None, **options: object
    ) -> None:
        from classifier.optouts.subjects.subject import SubjectKind

        kind = SubjectKind(subject_kind) if subject_kind else None
        verb(*arguments, read=Reader(region, kind), **options)

    return reading
