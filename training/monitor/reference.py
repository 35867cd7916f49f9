"""What traffic is held against: the frozen test as a model answers it, or earlier traffic.

The frozen test is what every bundle brings along. Its turns are hard and no traffic: many more
of them are opt-outs than anyone hears in a day. An earlier period is the better reference.
Training turns are none: out of fold there are answers of the linear model alone, while the second
reader, the words and the rules know all of these turns.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import structs

from classifier.decision_log.decisions import (
    LoggedDecision,
    decision_from_record,
    decision_to_record,
)
from classifier.decision_log.log_reader import Damage
from classifier.errors import MonitorError
from classifier.masking.mask import mask_text
from classifier.model_bundle import Bundle
from classifier.turns import Prediction, Turn
from training.answers import Answer
from training.beside_bundle import REFERENCE, write_beside
from training.monitor.profile import (
    FROZEN_TEST,
    TRAFFIC,
    Profile,
    UnknownShare,
    build_profile,
    unknown_words,
)
from training.monitor.stored_profile import profile_from_dict

_KEY = "profile"
_WANTED = "is no reference; name a log, or what `wurao monitor --json` printed"


def profile_frozen_test(bundle: Bundle, version: str, answers: Sequence[Answer]) -> Profile:
    """Return the numbers of the frozen test as a model answered it.

    Args:
        bundle: The model.
        version: What it will be called.
        answers: To the frozen test.
    """
    decisions = (
        _as_logged(place, a.turn.turn, structs.replace(a.prediction, model_version=version))
        for place, a in enumerate(answers)
    )
    source = f"the frozen test as model {version} answers it"
    return build_profile(decisions, unknown_words(bundle), FROZEN_TEST, source)


def write_reference(profile: Profile, bundle_folder: Path) -> None:
    """Write a bundle's own reference into its folder.

    Args:
        profile: From `profile_frozen_test`.
        bundle_folder: The bundle.

    Raises:
        OutputError: It can't be written there.
    """
    write_beside(bundle_folder / REFERENCE, {_KEY: profile.to_dict()})


def read_reference(path: Path) -> Profile:
    """Return the numbers that an earlier `wurao monitor --json` printed, or a bundle's own.

    Args:
        path: A JSON file.

    Raises:
        MonitorError: It is none; names the field that is wrong.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
        json.dumps(content, ensure_ascii=False).encode()  # half a character could not be shown
    except OSError as error:
        raise MonitorError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise MonitorError(f"{path}: {_WANTED}; it is no whole JSON: {error}") from None
    if not isinstance(content, dict) or _KEY not in content:
        raise MonitorError(f"{path}: {_WANTED}")
    return profile_from_dict(content[_KEY], f"{path}: {_KEY}")


def profile_traffic(
    decisions: Iterable[LoggedDecision], unknown_share: UnknownShare, source: str, damage: Damage
) -> Profile:
    """Return the numbers of traffic.

    Args:
        decisions: Of a log.
        unknown_share: Of the model.
        source: Where they come from, for people.
        damage: Of that log, counted while decisions come.

    Raises:
        MonitorError: There are none.
    """
    profile = build_profile(decisions, unknown_share, TRAFFIC, source)
    if not profile.decisions and damage.lines:
        message = f"none of the {damage.lines:,} lines can be opened; take the key file of this log"
        raise MonitorError(f"{source}: {message}")
    if not profile.decisions:
        raise MonitorError(f"{source}: no decision was logged in that period")
    return profile


def _as_logged(place: int, turn: Turn, prediction: Prediction) -> LoggedDecision:
    decision = LoggedDecision(0.0, "", turn, len(turn.text), prediction, 1.0)
    record = decision_to_record(decision, mask_text)
    return decision_from_record(record | {"id": str(place)})
