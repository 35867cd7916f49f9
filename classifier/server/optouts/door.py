"""What every call of the registry goes through: the store's errors, and threads for its work."""

import asyncio
import logging
import os
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from grpc import aio

from classifier.errors import InvalidInputError, RegistryError, StoreError
from classifier.optouts.derived.opt_outs import NOTICE_TEXTS
from classifier.optouts.desk.contact_counter import ContactCounter
from classifier.optouts.desk.given_notices import reworded
from classifier.optouts.policy.notices import Notices
from classifier.optouts.policy.policy_file import Policies
from classifier.optouts.registry import Registry
from classifier.server.configured_registry import (
    ConfiguredRegistry,
    without_first_notice,
    without_notices,
)
from classifier.server.optouts.reading import Reading
from classifier.server.optouts.refusals import (
    abort_registry,
    log_store_error,
)
from classifier.server.security.caller import current_caller
from classifier.server.security.refusal_log import RefusalLog
from classifier.server.status import Refusal, abort_invalid
from classifier.server.waiting_threads import WaitingThreads

Context = aio.ServicerContext[Any, Any]
R = TypeVar("R")
T = TypeVar("T")

_log = logging.getLogger(__name__)
_COUNT_EVERY_SECONDS = 5.0
_CLOSE_SECONDS = 1.0  # beyond the grace, and below what a supervisor waits then
_THREADS = 32  # writers that wait for the same commit; they wait, they do not compute


@dataclass(frozen=True, slots=True)
class Desk:
    """The registry as the service uses it.

    Attributes:
        registry: The one that answers.
        policies: The rules that it keeps.
        notices: What people are told.
        region: Where numbers without a country code are read when the subject says nothing.
        counter: Counts what checks answered, for the rates of callers.
        threads: Where work runs that waits for the disk.
    """

    registry: Registry
    policies: Policies
    notices: Notices
    region: str
    counter: ContactCounter
    threads: WaitingThreads

    def reading(self) -> Reading:
        """Return the reading of one request."""
        return Reading(self.region, self.registry.ring)

    async def work(self, context: Context, work: Callable[[], T]) -> T:
        """Do work that may wait, in a thread; an error of ours ends the call.

        Args:
            context: Of the call.
            work: What the registry is to do.

        Raises:
            CancelledError: Nobody waits for it any more; where the store then fails, the log says
                so.
        """
        done = self.threads.submit(work)
        try:
            return await asyncio.wrap_future(done)
        except asyncio.CancelledError:  # its deadline passed, or the caller went away
            done.add_done_callback(_tell_operator)
            raise
        except InvalidInputError as error:
            await abort_invalid(context, error)
        except RegistryError as error:
            await abort_registry(context, error)


def _tell_operator(done: Future[Any]) -> None:
    """Log why the store failed for whom nobody can tell any more."""
    error = None if done.cancelled() else done.exception()
    if isinstance(error, StoreError):
        log_store_error(error)


def make_desk(configured: ConfiguredRegistry) -> Desk:
    """Return a desk with threads of its own.

    Args:
        configured: The registry that answers, and its rules.
    """
    for code in without_notices(configured.policies, configured.notices):
        _log.warning("profile %s: no notice serves it; add its texts to WURAO_NOTICES", code)
    for code in without_first_notice(configured.policies, configured.notices):
        _log.warning("profile %s: has no text for a first contact; add it to WURAO_NOTICES", code)
    for notice in _reworded_notices(configured):
        _log.warning(
            "the notice %s is another text now than was given, and is refused; put the old text "
            "back in WURAO_NOTICES and give the new one the next version",
            notice,
        )
    threads = WaitingThreads(_THREADS, "registry")
    counter = ContactCounter(configured.registry, f"server {os.getpid()}")
    return Desk(
        configured.registry,
        configured.policies,
        configured.notices,
        configured.region,
        counter,
        threads,
    )


def _reworded_notices(configured: ConfiguredRegistry) -> list[str]:
    try:
        given = configured.registry.store.read(lambda view: view.rows(NOTICE_TEXTS))
    except StoreError as error:  # no reason not to serve
        _log.warning("which notices were given cannot be read: %s", error, exc_info=error)
        return []
    return reworded(given, configured.notices)


async def keep_counts(desk: Desk) -> None:
    """Write down every few seconds what checks answered, until cancelled; then close the registry.

    Args:
        desk: Whose counts.
    """
    loop = asyncio.get_running_loop()
    try:
        while True:
            await asyncio.sleep(_COUNT_EVERY_SECONDS)
            await loop.run_in_executor(desk.threads, _flush, desk)
    finally:
        closed = loop.run_in_executor(desk.threads, _close, desk)
        try:
            await asyncio.wait_for(closed, _CLOSE_SECONDS)
        except TimeoutError:
            _log.warning("the registry's store does not answer; the last counts of checks are lost")


def _close(desk: Desk) -> None:
    _flush(desk)
    desk.registry.close()


def _flush(desk: Desk) -> None:
    try:
        desk.counter.flush()
    except RegistryError as error:
        _log.warning("counts of checks wait: %s", error, exc_info=error)


class Door:
    """Base of the registry's calls."""

    def __init__(self, desk: Desk, refusals: RefusalLog) -> None:
        """Keep the desk.

        Args:
            desk: Does the work.
            refusals: Is told of each refusal.
        """
        self._desk = desk
        self._refusals = refusals

    async def _refuse_role(self, context: Context, method: str) -> NoReturn:
        """End a call for which a field of the request asks for a role that the caller has not."""
        await self._refusals.refuse(context, method, Refusal.WRONG_ROLE, current_caller())

    async def _read(
        self, context: Context, read: Callable[[Reading, R], T], request: R
    ) -> tuple[Desk, T]:
        """Return the desk and what was asked; a request that breaks a limit ends the call."""
        reading = self._desk.reading()
        try:
            asked = read(reading, request)
            reading.finish()
        except InvalidInputError as error:
            await abort_invalid(context, error)
        return self._desk, asked
