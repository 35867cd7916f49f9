"""The call that makes the monthly report."""

from wurao.v1 import optouts_pb2 as pb

from classifier.optouts.report.monthly_report import monthly_report
from classifier.optouts.report.report_formats import ReportFile, ReportFormat, write_report
from classifier.server.optouts.door import Context, Door
from classifier.server.optouts.reading import Reading

_FORMATS: dict[int, ReportFormat] = {
    pb.REPORT_FORMAT_UNSPECIFIED: ReportFormat.HTML,
    pb.REPORT_FORMAT_HTML: ReportFormat.HTML,
    pb.REPORT_FORMAT_CSV: ReportFormat.CSV,
    pb.REPORT_FORMAT_JSON: ReportFormat.JSON,
}


class ReportCalls(Door):
    """Makes reports."""

    async def Report(self, request: pb.ReportRequest, context: Context) -> pb.ReportResponse:
        """Make the report of a month.

        Args:
            request: As it came.
            context: Of the call.
        """
        desk, (tenant, month, form) = await self._read(context, _asked, request)

        def work() -> ReportFile:
            # Counts of checks wait in memory for a few seconds.
            desk.counter.flush()
            return write_report(monthly_report(desk.registry, desk.policies, tenant, month), form)

        file = await desk.work(context, work)
        return pb.ReportResponse(
            media_type=file.media_type, file_name=file.name, content=file.content
        )


def _asked(reading: Reading, request: pb.ReportRequest) -> tuple[str, str, ReportFormat]:
    return (
        reading.tenant(request.tenant),
        reading.needed("month", request.month),
        reading.choice("format", request.format, _FORMATS, ReportFormat.HTML),
    )
