"""The registry's service, put together from its calls."""

from wurao.v1 import optouts_pb2_grpc

from classifier.server.optouts.callers import CallerCalls
from classifier.server.optouts.cases import CaseCalls
from classifier.server.optouts.contacts import ContactCalls
from classifier.server.optouts.lists import ListCalls
from classifier.server.optouts.notices import NoticeCalls
from classifier.server.optouts.reports import ReportCalls
from classifier.server.optouts.reviews import ReviewCalls
from classifier.server.optouts.subjects import SubjectCalls


class OptOutService(
    ContactCalls,
    ListCalls,
    SubjectCalls,
    ReviewCalls,
    CaseCalls,
    NoticeCalls,
    CallerCalls,
    ReportCalls,
    optouts_pb2_grpc.OptOutServiceServicer,
):
    """Answers every call of the contract."""
