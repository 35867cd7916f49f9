"""Puts a server together and runs it until it is told to stop."""

import asyncio
import signal
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack, nullcontext
from functools import partial
from typing import TYPE_CHECKING

import grpc
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2
from wurao.v1 import classifier_pb2, classifier_pb2_grpc, optouts_pb2, optouts_pb2_grpc

from classifier.errors import SettingsError
from classifier.server.health import Health
from classifier.server.heartbeat import start_beating
from classifier.server.memory import keep_little_memory, settle_memory
from classifier.server.middleware.access import make_access
from classifier.server.middleware.admission import Admission, connection_bound, core_bounds
from classifier.server.middleware.chain import CallChain
from classifier.server.middleware.observation import Observation
from classifier.server.middleware.unread import UnreadCalls
from classifier.server.optouts.no_registry import refusing_handler
from classifier.server.reserved_port import cannot_listen, reserved_port
from classifier.server.security.refusal_log import RefusalLog
from classifier.server.security.transport import refuse_exposure, server_credentials
from classifier.server.services import ClassifierService, Observe
from classifier.server.serving_model import ServingModel
from classifier.server.settings import DEFAULT_REGION, Settings
from classifier.server.telemetry.figures import Figures
from classifier.turns import Prediction

if TYPE_CHECKING:
    from classifier.decision_log.log_writer import DecisionLog
    from classifier.server.optouts.heard_opt_outs import HeardOptOuts
    from classifier.server.optouts.service import OptOutService
    from classifier.server.telemetry.tracing import Tracing

SERVICE = classifier_pb2.DESCRIPTOR.services_by_name["ClassifierService"].full_name
_REGISTRY = optouts_pb2.DESCRIPTOR.services_by_name["OptOutService"]
_HEALTH = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
_MAX_MESSAGE_BYTES, _MAX_METADATA_BYTES = 4 * 1024 * 1024, 16 * 1024
_PING_MILLISECONDS, _PONG_MILLISECONDS = 30_000, 10_000
_LEAST_PING_MILLISECONDS = 1_000  # clients behind balancers and NAT ping every 10 to 30 s
_SWITCH_SECONDS = 0.001


async def serve(
    settings: Settings,
    announce: Callable[[str], None],
    supervised: bool = False,
    figures: Figures | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then let calls in flight finish.

    Args:
        settings: How; the number of workers is not looked at.
        announce: Told the address once the server is warm and answers.
        supervised: Whether this is one of several workers: they share the port, give signs of life
            on standard output, and stop when standard input ends, since then their supervisor is
            gone.
        figures: Where to count; None counts in memory, and tells Prometheus where the settings
            want that.

    Raises:
        BundleError: The bundle cannot be served.
        SettingsError: The address cannot be listened on, or not without more protection.
        TokensError: The token file cannot be used.
        CertificateError: The certificate cannot be used.
        StoreError: The registry's store is not there or cannot be opened.
        KeysError: A key of the registry is missing or wrong.
        KeyFileError: The decision log is wanted and its key file cannot be used.
    """
    stopped = _stop_signal(supervised)
    refuse_exposure(settings)
    credentials = server_credentials(settings)
    async with AsyncExitStack() as opened:  # what was opened last is closed first
        keep_little_memory()
        tracing = _tracing(settings.tracing, opened)
        figures = figures or _exposed_figures(settings.metrics_address, opened)
        figures.start()
        model = ServingModel(settings.bundle, settings.second_reader)
        opened.push_async_callback(model.settle)
        figures.serve_model(model.current.manifest.version)
        refusals = RefusalLog()
        opt_outs, heard = _registry(settings, refusals, opened) or (None, None)
        decisions = _decision_log(settings, figures, opened)
        settle_memory()
        # A thread that loads or reads beside the event loop gives way sooner than after 5 ms.
        sys.setswitchinterval(_SWITCH_SECONDS)
        chain = _call_chain(settings, figures, tracing, refusals)
        server = _new_server(settings, supervised, chain)
        observe = _observers(figures, tracing)
        note = decisions.note if decisions is not None else None
        service = ClassifierService(model, observe, heard, note)
        health = _add_services(chain, service, opt_outs, settings)
        port = _listen(server, settings.address, credentials, supervised)
        opened.push_async_callback(service.settle)
        await server.start()
        opened.push_async_callback(_drain, server, health, settings)
        health.set(serving=True)
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, model.look_now)
        reloaded = partial(_count_reload, figures)
        following = model.follow(settings.reload_seconds, reloaded)
        opened.push_async_callback(_end, asyncio.ensure_future(following))
        host = settings.address.rpartition(":")[0]
        announce(f"serving model {model.current.manifest.version} on {host}:{port}")
        if supervised:
            start_beating(sys.stdout.fileno())
        await stopped.wait()


async def _end(work: "asyncio.Future[None]") -> None:
    work.cancel()
    await asyncio.wait({work})


def _call_chain(
    settings: Settings, figures: Figures, tracing: "Tracing | None", refusals: RefusalLog
) -> CallChain:
    return CallChain(
        Observation(figures, settings.access_log, tracing.trace if tracing else None),
        Admission(settings.calls_in_flight, settings.open_streams),
        make_access(settings, refusals),
        UnreadCalls(settings.calls_in_flight),
    )


def _new_server(settings: Settings, supervised: bool, chain: CallChain) -> aio.Server:
    options = (
        # Else gRPC would let a second server share the port without a word.
        ("grpc.so_reuseport", int(supervised)),
        ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
        # By itself gRPC refuses by chance between half of this and this.
        ("grpc.max_metadata_size", _MAX_METADATA_BYTES),
        ("grpc.absolute_max_metadata_size", _MAX_METADATA_BYTES),
        # A caller that is gone without a word: what it said last is kept when its stream ends.
        ("grpc.keepalive_time_ms", _PING_MILLISECONDS),
        ("grpc.http2.ping_timeout_ms", _PONG_MILLISECONDS),
        # By itself gRPC cuts the connection of whoever pings through five minutes of silence.
        ("grpc.http2.min_ping_interval_without_data_ms", _LEAST_PING_MILLISECONDS),
        ("grpc.keepalive_permit_without_calls", 1),
        *core_bounds(settings.calls_in_flight, settings.open_streams),
        connection_bound(),
    )
    return aio.server(handlers=[chain], options=options)


def _add_services(
    chain: CallChain,
    service: ClassifierService,
    opt_outs: "OptOutService | None",
    settings: Settings,
) -> Health:
    registry = _REGISTRY.full_name
    health = Health((SERVICE, *([registry] if opt_outs else ())))
    table = chain.as_server
    classifier_pb2_grpc.add_ClassifierServiceServicer_to_server(service, table)
    if opt_outs is not None:
        optouts_pb2_grpc.add_OptOutServiceServicer_to_server(opt_outs, table)
    else:
        methods = (method.name for method in _REGISTRY.methods)
        chain.add_registered_method_handlers(registry, dict.fromkeys(methods, refusing_handler()))
    health_pb2_grpc.add_HealthServicer_to_server(health, table)
    if settings.reflection:
        names = (SERVICE, registry, _HEALTH, reflection.SERVICE_NAME)
        answer = reflection.aio.ReflectionServicer(names).ServerReflectionInfo
        read = reflection_pb2.ServerReflectionRequest.FromString
        write = reflection_pb2.ServerReflectionResponse.SerializeToString
        handler = grpc.stream_stream_rpc_method_handler(answer, read, write)
        # The two versions differ in their name alone; some tools know the one, some the other.
        for name in (reflection.SERVICE_NAME, "grpc.reflection.v1.ServerReflection"):
            chain.add_registered_method_handlers(name, {"ServerReflectionInfo": handler})
    return health


async def _drain(server: aio.Server, health: Health, settings: Settings) -> None:
    health.set(serving=False)
    # A call that comes in the moment of stopping is cancelled by gRPC, so callers turn away first.
    drain_seconds = min(settings.drain_seconds, settings.grace_seconds)
    await asyncio.sleep(drain_seconds)
    await server.stop(settings.grace_seconds - drain_seconds)


def _tracing(endpoint: str, opened: AsyncExitStack) -> "Tracing | None":
    if not endpoint:
        return None
    try:
        # Costs memory where nobody asks for it.
        from classifier.server.telemetry.tracing import Tracing
    except ImportError:
        message = "WURAO_TRACING: needs OpenTelemetry: `pip install wurao[tracing]`"
        raise SettingsError(message) from None
    tracing = Tracing(endpoint)
    opened.push_async_callback(asyncio.to_thread, tracing.close)
    return tracing


def _registry(
    settings: Settings, refusals: RefusalLog, opened: AsyncExitStack
) -> "tuple[OptOutService, HeardOptOuts] | None":
    if not settings.registry and settings.region == DEFAULT_REGION:
        return None
    # Costs memory where nobody asks for it.
    from classifier.server.configured_registry import configured_registry, refuse_unknown_region
    from classifier.server.optouts.door import keep_counts, make_desk
    from classifier.server.optouts.heard_opt_outs import HeardOptOuts
    from classifier.server.optouts.service import OptOutService

    refuse_unknown_region(settings)
    if not settings.registry:
        return None
    desk = make_desk(configured_registry(settings))
    opened.push_async_callback(_end, asyncio.ensure_future(keep_counts(desk)))
    return OptOutService(desk, refusals), HeardOptOuts(desk, refusals)


def _decision_log(
    settings: Settings, figures: Figures, opened: AsyncExitStack
) -> "DecisionLog | None":
    if settings.decision_log is None:
        return None
    # Costs memory where nobody asks for it.
    from classifier.decision_log.log_writer import DecisionLog, LogPlan

    plan = LogPlan(
        folder=settings.decision_log,
        keys=settings.decision_keys,
        sample=settings.decision_sample,
        sample_objections=settings.decision_sample_objections,
        days=settings.decision_days,
    )
    decisions = DecisionLog(plan, figures.logged)
    opened.push_async_callback(asyncio.to_thread, decisions.close)
    return decisions


def _observers(figures: Figures, tracing: "Tracing | None") -> Observe:
    if tracing is None:
        return figures.classified
    tell = tracing.classified

    def observe(characters: int, prediction: Prediction, seconds: float) -> None:
        figures.classified(characters, prediction, seconds)
        tell(characters, prediction, seconds)

    return observe


def _exposed_figures(address: str, opened: AsyncExitStack) -> Figures:
    figures = Figures()
    if address:
        # Costs memory where nobody asks for it.
        from classifier.server.telemetry.metrics import expose

        opened.enter_context(expose(address, [figures]))
    return figures


def _count_reload(figures: Figures, taken: bool, version: str) -> None:
    figures.reloaded(taken)
    figures.serve_model(version)


def _listen(
    server: aio.Server, address: str, credentials: grpc.ServerCredentials | None, supervised: bool
) -> int:
    # Of a name with several addresses gRPC is content with one; a supervisor has asked for all.
    held = nullcontext(int(address.rpartition(":")[2])) if supervised else reserved_port(address)
    with held as number:
        place = f"{address.rpartition(':')[0]}:{number}"
        try:
            if credentials is None:
                return server.add_insecure_port(place)
            return server.add_secure_port(place, credentials)
        except RuntimeError:
            raise SettingsError(cannot_listen(address)) from None


def _stop_signal(supervised: bool) -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    if supervised:
        loop.add_reader(sys.stdin, _stop_at_the_end_of_input, loop, stopped)
    # By itself it would end the process, and before there is a model it has nothing to do.
    loop.add_signal_handler(signal.SIGHUP, lambda: None)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    return stopped


def _stop_at_the_end_of_input(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    loop.remove_reader(sys.stdin)
    stopped.set()
