"""Opens the registry that the settings name; the command line opens it in the same way."""

from dataclasses import dataclass

from classifier.errors import SettingsError
from classifier.optouts.desk.ruling import PolicyRules, followers
from classifier.optouts.open_registry import open_registry
from classifier.optouts.policy.notices import Notices, Purpose, read_notices
from classifier.optouts.policy.policy_file import Policies, read_policies
from classifier.optouts.registry import Registry
from classifier.optouts.subjects.keys import keys_from_file
from classifier.optouts.subjects.phone_numbers import REGIONS
from classifier.server.settings import Settings


@dataclass(frozen=True, slots=True)
class ConfiguredRegistry:
    """A registry with the rules that it keeps.

    Attributes:
        registry: Open.
        policies: Of every tenant.
        notices: What people are told.
        region: Where numbers without a country code are read.
    """

    registry: Registry
    policies: Policies
    notices: Notices
    region: str


def refuse_unknown_region(settings: Settings) -> None:
    """Make sure that numbers without a country code can be read.

    Args:
        settings: Of the server to be started.

    Raises:
        SettingsError: The region is none that has phone numbers.
    """
    if settings.region not in REGIONS:
        message = "no region of that code has phone numbers; set one such as CN, TW, HK or MO"
        raise SettingsError(f"WURAO_REGION: {message}")


def configured_registry(settings: Settings, *, mapped: bool = True) -> ConfiguredRegistry:
    """Return the registry, open.

    Args:
        settings: Name it, its keys, its policy and its notices.
        mapped: See `open_registry`.

    Raises:
        SettingsError: The region is none.
        PolicyError: The file of policies or of notices is wrong.
        StoreError: The store is not there, cannot be opened or is newer than this program.
        KeysError: A key is missing or wrong.
    """
    refuse_unknown_region(settings)
    policies, notices = read_policies(settings.policy), read_notices(settings.notices)
    keys = keys_from_file(settings.registry_keys)
    rules = PolicyRules(policies)
    registry = open_registry(settings.registry, keys, rules, followers(policies), mapped=mapped)
    return ConfiguredRegistry(registry, policies, notices, settings.region)


def without_notices(policies: Policies, notices: Notices) -> list[str]:
    """Return the codes of enabled profiles that no notice serves, of whatever tenant.

    Args:
        policies: Of every tenant.
        notices: What people are told.
    """
    served = {code for notice in notices.all() for code in notice.jurisdictions}
    enabled = {code for policy in policies.all() for code in policy.codes}
    return sorted(enabled - served)


def without_first_notice(policies: Policies, notices: Notices) -> list[str]:
    """Return the codes of enabled profiles that ask for a notice at first contact and have no text.

    Args:
        policies: Of every tenant.
        notices: What people are told; a profile that none of them serves is not named here.
    """
    first = [notice for notice in notices.all() if notice.purpose is Purpose.FIRST_CONTACT]
    served = {code for notice in first for code in notice.jurisdictions}
    asking = {
        profile.code
        for policy in policies.all()
        for profile in policy.profiles
        if profile.first_contact_notice
    }
    return sorted(asking - served - {*without_notices(policies, notices)})
