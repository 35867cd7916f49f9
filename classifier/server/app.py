"""Puts a server together and runs it until it is told to stop."""

import asyncio
import gc
import signal
from collections.abc import Callable

from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection
from wurao.v1 import classifier_pb2, classifier_pb2_grpc

from classifier.errors import SettingsError
from classifier.model_bundle import load_bundle
from classifier.server.interceptors.faults import FaultInterceptor
from classifier.server.services import ClassifierService
from classifier.server.settings import Settings
from classifier.turn_classifier import TurnClassifier

SERVICE = classifier_pb2.DESCRIPTOR.services_by_name["ClassifierService"].full_name
_HEALTH = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
_OPTIONS = (
    # gRPC would let a second server share the port without a word.
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", 4 * 1024 * 1024),
)


async def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT, then let calls in flight finish.

    Args:
        settings: How.
        announce: Told the address once the server is warm and answers.

    Raises:
        BundleError: The bundle cannot be served.
        SettingsError: The address cannot be listened on.
    """
    stopped = _stop_signal()
    classifier = TurnClassifier(load_bundle(settings.bundle, settings.second_reader))
    gc.collect()
    gc.freeze()  # the model lives as long as the process; walking it would pause calls
    server = aio.server(interceptors=[FaultInterceptor()], options=_OPTIONS)
    health = health_aio.HealthServicer()
    classifier_pb2_grpc.add_ClassifierServiceServicer_to_server(
        ClassifierService(classifier), server
    )
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    if settings.reflection:
        names = (SERVICE, _HEALTH, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, server)
    host = settings.address.rpartition(":")[0]
    port = _listen(server, settings.address)
    await server.start()
    for name in ("", SERVICE):
        await health.set(name, health_pb2.HealthCheckResponse.SERVING)
    announce(f"serving model {classifier.manifest.version} on {host}:{port}")
    await stopped.wait()
    await health.enter_graceful_shutdown()
    await server.stop(settings.grace_seconds)


def _listen(server: aio.Server, address: str) -> int:
    try:
        port: int = server.add_insecure_port(address)
    except RuntimeError:
        message = f"{address}: cannot be listened on; is another server there? See WURAO_ADDRESS"
        raise SettingsError(message) from None
    return port


def _stop_signal() -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    return stopped
