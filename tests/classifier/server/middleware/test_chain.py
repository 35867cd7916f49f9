"""The chain leads every call of our services, and knows the kinds of calls that there are."""

import asyncio
import inspect

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from grpc import aio
from wurao.v1 import classifier_pb2, classifier_pb2_grpc, optouts_pb2

from classifier.server.middleware.access import Access
from classifier.server.middleware.admission import Admission
from classifier.server.middleware.chain import CallChain
from classifier.server.middleware.observation import Observation
from classifier.server.middleware.unread import UnreadCalls
from classifier.server.optouts.service import OptOutService
from classifier.server.security.allowances import Allowances
from classifier.server.security.refusal_log import RefusalLog
from classifier.server.services import ClassifierService
from classifier.server.status import INTERNAL_MESSAGE
from classifier.server.telemetry.figures import Figures

SERVICERS = {
    "ClassifierService": (classifier_pb2.DESCRIPTOR, ClassifierService),
    "OptOutService": (optouts_pb2.DESCRIPTOR, OptOutService),
}


@pytest.mark.parametrize("name", SERVICERS)
def test_every_method_is_of_a_kind_that_is_led(name: str) -> None:
    """One answer to one message, or a generator of answers to a stream; others would be let by."""
    file, servicer = SERVICERS[name]
    methods: list[MethodDescriptor] = list(file.services_by_name[name].methods)
    assert methods
    for method in methods:
        behave = getattr(servicer, method.name)
        streams = (method.client_streaming, method.server_streaming)
        expected = (True, True) if inspect.isasyncgenfunction(behave) else (False, False)
        assert streams == expected, method.full_name


def broken_clock() -> float:
    """Fail, as no clock does."""
    raise OverflowError("text of Python's own")


def test_a_fault_of_the_middleware_is_no_word_to_the_caller() -> None:
    """What fails before a method is asked is answered as what fails in it."""
    refusals = RefusalLog()
    access = Access(None, Allowances(1, 1, broken_clock), refusals)
    observation, admission = Observation(Figures(), 0), Admission(10, 10)
    chain = CallChain(observation, admission, access, UnreadCalls(10))
    servicer = classifier_pb2_grpc.ClassifierServiceServicer()  # type: ignore[abstract]
    classifier_pb2_grpc.add_ClassifierServiceServicer_to_server(servicer, chain.as_server)

    async def ask() -> aio.AioRpcError:
        server = aio.server(handlers=[chain])
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
            with pytest.raises(aio.AioRpcError) as caught:
                await stub.GetModel(classifier_pb2.GetModelRequest(), timeout=5)
        await server.stop(0)
        return caught.value

    error = asyncio.run(ask())
    assert (error.code(), error.details()) == (grpc.StatusCode.INTERNAL, INTERNAL_MESSAGE)
