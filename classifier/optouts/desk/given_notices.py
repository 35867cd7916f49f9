"""What notices were given before: their texts, to which versions are held, and confirmations."""

from collections.abc import Iterable

from classifier.errors import RewordedError
from classifier.optouts.derived.opt_outs import CONFIRMATIONS, NOTICE_TEXTS
from classifier.optouts.derived.talks import asked_in, same_talk
from classifier.optouts.events.tables import Row, Where
from classifier.optouts.policy.notices import Notice, Notices
from classifier.optouts.recording.changes import opt_outs_of
from classifier.optouts.records import OptOut
from classifier.optouts.store import View


def reworded(given: Iterable[Row], notices: Notices) -> list[str]:
    """Return the notices that are other texts now than were given, as ``id version N``, each once.

    Args:
        given: Rows of `NOTICE_TEXTS`, of whatever tenants.
        notices: The texts.
    """
    others = set()
    for row in given:
        notice = notices.get(row["notice"], row["version"])
        if notice is not None and notice.digest != row["digest"]:
            others.add((notice.id, notice.version))
    return [f"{name} version {version}" for name, version in sorted(others)]


def refuse_reworded(view: View, tenant: str, notice: Notice) -> None:
    """Refuse to give a text where its version was given with another one.

    Args:
        view: To look in.
        tenant: Who speaks.
        notice: To be given.

    Raises:
        RewordedError: It was.
    """
    where = [Where("tenant", "=", tenant), Where("notice", "=", notice.id)]
    for row in view.rows(NOTICE_TEXTS, [*where, Where("version", "=", notice.version)]):
        refuse_other_text(notice, row["digest"])


def refuse_other_text(notice: Notice, digest: str) -> None:
    """Refuse to give a text in the place of another of its id and version.

    Args:
        notice: To be given.
        digest: Of the text that was given.

    Raises:
        RewordedError: It is another text.
    """
    if notice.digest != digest:
        problem = f"the notice {notice.id} version {notice.version} was given with another text"
        remedy = "put that text back in the file of notices (WURAO_NOTICES)"
        raise RewordedError(
            f"{problem}; the operator must {remedy}, and give the new one the next version"
        )


def is_confirmed(view: View, opt_out: OptOut) -> bool:
    """Say whether an opt-out, or another that its subject made in the same talk, was confirmed.

    Args:
        view: To look in.
        opt_out: Of which somebody wants to send one.
    """
    records = [one.record_id for one in opt_outs_of(view, opt_out.tenant, opt_out.subject_id)]
    rows = view.rows(CONFIRMATIONS, [Where("record", "in", records)])
    confirmed = [row["record"] for row in rows]
    if not confirmed or opt_out.record_id in confirmed:
        return bool(confirmed)
    own = view.event(opt_out.record_id)
    others = view.events([Where("seq", "in", confirmed)])
    return any(same_talk(asked_in(other), asked_in(own)) for other in others)
