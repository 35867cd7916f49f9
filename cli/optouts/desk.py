"""The registry that a verb works on, and the options that say which."""

import functools
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from cli.options import json_option
from cli.output import warn

if TYPE_CHECKING:
    from classifier.optouts.policy.policy_file import Policies
    from classifier.optouts.registry import Registry
    from classifier.server.settings import Settings

_REGISTRY = click.option(
    "--registry", help="SQLite file or postgresql://.  [default: WURAO_REGISTRY]"
)
_KEYS = click.option("--keys", help="Key file.  [default: WURAO_REGISTRY_KEYS or registry.keys]")
_DEFAULT_TENANT = "default"


def _named_tenant(_context: click.Context, _option: click.Parameter, tenant: str) -> str:
    from classifier.optouts.subjects.subject import is_unicode

    if not tenant.strip():
        raise click.BadParameter("is empty; name one, or leave the option out")
    if is_unicode(tenant) and not tenant.isprintable():  # `_refuse_broken_texts` names the rest
        raise click.BadParameter("holds control characters; type it anew")
    return tenant


_TENANT = click.option(
    "--tenant",
    default=_DEFAULT_TENANT,
    show_default=True,
    callback=_named_tenant,
    help="Whose part of it.",
)

_SETTINGS = (
    "WURAO_REGISTRY", "WURAO_REGISTRY_KEYS", "WURAO_POLICY", "WURAO_NOTICES", "WURAO_REGION",
)  # fmt: skip
"""Those of the registry; what else a server needs is no matter of a verb."""

actor_option = click.option(
    "--actor", help="Who acts, for the audit log.  [default: your login name]"
)

table_or_json_option = json_option("JSON instead of a table.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask; for scripts.")

ID = click.IntRange(0, 2**63 - 1)
"""A number of the registry's own, and its versions: as large as a store takes them."""

_MOST_LISTED = 2**31 - 1


def reason_option(told: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the option that says why something is done, as it is needed over gRPC too.

    Args:
        told: Its help.
    """

    def check(_context: click.Context, _option: click.Parameter, reason: str) -> str:
        from classifier.optouts.records import MAX_REASON_CHARACTERS

        if not reason.strip():
            raise click.BadParameter("is empty; say why in a few words")
        if len(reason) > MAX_REASON_CHARACTERS:
            raise click.BadParameter(f"is over {MAX_REASON_CHARACTERS:,} characters; shorten it")
        return reason

    return click.option("--reason", required=True, callback=check, help=told)


def limit_option(most: int, what: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the option that says how many a verb lists; `tell_cut` says where that is not all.

    Args:
        most: Where it is not given.
        what: Is listed, such as ``cases``.
    """
    kind = click.IntRange(1, _MOST_LISTED)
    return click.option("--limit", type=kind, default=most, show_default=True, help=f"Most {what}.")


def tell_cut(remedy: str) -> None:
    """Say beside the answer that it is not all; a script that reads JSON is told too.

    Args:
        remedy: How to see more.
    """
    warn(f"there are more: {remedy}")


def place_options(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a verb the options that say which registry, without opening it.

    Args:
        verb: Takes `registry` and `keys`.
    """
    return _REGISTRY(_KEYS(verb))


@dataclass(frozen=True, slots=True)
class Desk:
    """What a verb works with.

    Attributes:
        registry: Open.
        policies: The rules that it keeps.
        tenant: Whose part of it; empty where a verb is about all of it.
        given_actor: Who acts, as the command line says it; None for whoever is logged in.
    """

    registry: "Registry"
    policies: "Policies"
    tenant: str
    given_actor: str | None

    @property
    def actor(self) -> str:
        """Who acts.

        Raises:
            UsageError: Nobody is named, and whoever runs this has no login name.
        """
        import getpass

        try:
            return self.given_actor or getpass.getuser()
        except (OSError, KeyError):  # of an id without a name, as containers run under
            raise click.UsageError("you have no login name here; say who acts by --actor") from None


def at_registry(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a verb the registry as its first argument, and close it afterwards.

    Args:
        verb: Takes a `Desk` and its own options.

    Raises:
        BadParameter: An option or argument holds bytes that are no text.
        SettingsError: No registry is named.
        StoreError: It is not there or cannot be opened.
        KeysError: A key is missing or wrong.
    """

    @functools.wraps(verb)
    def opened(
        *,
        registry: str | None,
        keys: str | None,
        tenant: str = "",
        actor: str | None = None,
        **options: object,
    ) -> None:
        from classifier.server.configured_registry import configured_registry

        _refuse_broken_texts(click.get_current_context())
        configured = configured_registry(named_settings(registry, keys), mapped=False)
        with closing(configured.registry):
            verb(Desk(configured.registry, configured.policies, tenant, actor), **options)

    return place_options(opened)


def at_tenant(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a verb that only reads a tenant's part of the registry, as `at_registry` does.

    Args:
        verb: Takes a `Desk` and its own options.
    """
    return at_registry(_TENANT(verb))


def at_desk(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a verb that writes into a tenant's part of the registry, as `at_registry` does.

    Args:
        verb: Takes a `Desk` and its own options.
    """
    return at_tenant(actor_option(verb))


def refuse_unknown_tenant(desk: Desk, outcome: str, *, also_default: bool = False) -> None:
    """Refuse a tenant that may be mistyped: everybody may be contacted for it.

    Args:
        desk: Of the tenant.
        outcome: What was not done by that.
        also_default: Whether the default tenant is refused too, which nobody typed.

    Raises:
        ListError: Nothing of it was ever recorded but what a typing error leaves: counts of
            checks, and lists of which no row was taken.
    """
    from classifier.errors import ListError
    from classifier.optouts.derived.caller_counts import COUNTED
    from classifier.optouts.derived.data_handling import LIST_EXPORTED, LIST_IMPORTED
    from classifier.optouts.events.tables import Where

    if desk.tenant == _DEFAULT_TENANT and not also_default:
        return
    others = [Where("kind", "<>", kind) for kind in (COUNTED, LIST_IMPORTED, LIST_EXPORTED)]
    where = [Where("tenant", "=", desk.tenant), *others]
    if not desk.registry.store.read(lambda view: view.events(where, 1)):
        problem = f"tenant {desk.tenant}: nothing of it is recorded"
        raise ListError(f"{problem}; name another by --tenant. {outcome}")


def _refuse_broken_texts(context: click.Context) -> None:
    from classifier.optouts.subjects.subject import is_unicode

    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        texts = value if isinstance(value, tuple) else (value,)
        # A file may have any name, so registry and keys may be any bytes.
        if parameter.name not in {"registry", "keys"} and any(
            isinstance(text, str) and not is_unicode(text) for text in texts
        ):
            raise click.BadParameter("is no UTF-8; type it anew", context, parameter)


def named_settings(registry: str | None, keys: str | None) -> "Settings":
    """Return the settings with the registry that the command line or the environment names.

    Args:
        registry: Where it is; None for WURAO_REGISTRY.
        keys: Its key file; None for WURAO_REGISTRY_KEYS.

    Raises:
        SettingsError: No registry is named, or a setting of the registry cannot be read.
    """
    import os

    from classifier.errors import SettingsError
    from classifier.server.settings import read_settings

    named = {"WURAO_REGISTRY": registry, "WURAO_REGISTRY_KEYS": keys}
    given = {name: value for name, value in named.items() if value is not None}
    known = {name: os.environ[name] for name in _SETTINGS if name in os.environ}
    settings = read_settings(known | given)
    if not settings.registry:
        raise SettingsError("WURAO_REGISTRY: is not set; name a file, such as registry.db")
    return settings


def new_request_id() -> str:
    """Return an id for a request that the command line makes."""
    import uuid

    return f"cli-{uuid.uuid4().hex}"
