"""The chain leads every call of our services, and knows the kinds of calls that there are."""

import inspect

import pytest
from google.protobuf.descriptor import MethodDescriptor
from wurao.v1 import classifier_pb2, optouts_pb2

from classifier.server.optouts.service import OptOutService
from classifier.server.services import ClassifierService

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
