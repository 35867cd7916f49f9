"""What every call of the registry goes through: the store's errors, and threads for its work."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from grpc import aio

from classifier.errors import InvalidInputError, RegistryError
from classifier.optouts.policy_file import Policies
from classifier.optouts.registry import Registry
from classifier.server.configured_registry import ConfiguredRegistry
from classifier.server.optouts.reading import Reading
from classifier.server.optouts.refusals import abort_registry, abort_without_registry
from classifier.server.status import abort_invalid

Context = aio.ServicerContext[Any, Any]
T = TypeVar("T")

_THREADS = 32  # writers that wait for the same commit; they wait, they do not compute


@dataclass(frozen=True, slots=True)
class Desk:
    """The registry as the service uses it.

    Attributes:
        registry: The one that answers.
        policies: The rules that it keeps.
        region: Where numbers without a country code are read when the subject says nothing.
        threads: Where work runs that waits for the disk.
    """

    registry: Registry
    policies: Policies
    region: str
    threads: ThreadPoolExecutor

    def reading(self) -> Reading:
        """Return the reading of one request."""
        return Reading(self.region)


def make_desk(configured: ConfiguredRegistry) -> Desk:
    """Return a desk with threads of its own.

    Args:
        configured: The registry that answers, and its rules.
    """
    threads = ThreadPoolExecutor(_THREADS, "registry")
    return Desk(configured.registry, configured.policies, configured.region, threads)


class Door:
    """Base of the registry's calls."""

    def __init__(self, desk: Desk | None) -> None:
        """Keep the desk.

        Args:
            desk: None on a server without a registry.
        """
        self._desk = desk

    async def _open(self, context: Context) -> Desk:
        if self._desk is None:
            await abort_without_registry(context)
        return self._desk

    async def _read(self, context: Context, read: Callable[[Desk], T]) -> T:
        """Read what was asked; a request that breaks a limit ends the call."""
        desk = await self._open(context)
        try:
            return read(desk)
        except InvalidInputError as error:
            await abort_invalid(context, error)

    async def _work(self, context: Context, work: Callable[[], T], *, here: bool = False) -> T:
        """Do work that may wait, in a thread unless `here`; an error of ours ends the call."""
        desk = await self._open(context)
        try:
            if here:
                return work()
            return await asyncio.get_running_loop().run_in_executor(desk.threads, work)
        except InvalidInputError as error:
            await abort_invalid(context, error)
        except RegistryError as error:
            await abort_registry(context, error)
