"""The options that say what is stopped, of the verbs that record it."""

import functools
from collections.abc import Callable

import click

from classifier.optouts.records import Reach, Scope
from classifier.turns import Channel
from cli.options import OneOf

NARROWING = "--only-campaign, --only-purpose or --only-channel"
"""The options, as an error names them."""


def _named(_context: click.Context, _option: click.Parameter, name: str | None) -> str | None:
    if name is not None and not name.strip():
        raise click.BadParameter("is empty")
    return name


def scope_options(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a verb the options that narrow what is stopped, as one scope.

    Args:
        verb: Takes it as `scope`; None where no option is given.

    Raises:
        UsageError: Campaign and purpose are both given.
    """

    @click.option(
        "--only-campaign", callback=_named, help="Stop only this campaign, instead of everything."
    )
    @click.option("--only-purpose", callback=_named, help="Stop only this purpose.")
    @click.option("--only-channel", type=OneOf(Channel), help="Stop only this channel.")
    @functools.wraps(verb)
    def narrowed(
        *arguments: object,
        only_campaign: str | None,
        only_purpose: str | None,
        only_channel: Channel | None,
        **options: object,
    ) -> None:
        scope = _scope(only_campaign, only_purpose, only_channel)
        verb(*arguments, scope=scope, **options)

    return narrowed


def _scope(campaign: str | None, purpose: str | None, channel: Channel | None) -> Scope | None:
    if campaign and purpose:
        raise click.UsageError("give --only-campaign or --only-purpose, not both")
    if campaign:
        return Scope(Reach.CAMPAIGN, campaign, channel)
    if purpose:
        return Scope(Reach.PURPOSE, purpose, channel)
    return Scope(channel=channel) if channel else None
