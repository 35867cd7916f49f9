"""`wurao optouts`."""

import click

from cli.late_verbs import late_verbs

VERBS = {
    "create": ("cli.optouts.create", "Make a new, empty registry under keys at hand."),
    "add": ("cli.optouts.add", "Record an opt-out."),
    "check": ("cli.optouts.check", "Say whether numbers may be contacted."),
    "list": ("cli.optouts.list", "List opt-outs."),
    "show": ("cli.optouts.show", "Show what is held on one subject."),
    "revoke": ("cli.optouts.revoke", "End opt-outs: opted back in, or a mistake."),
    "correct": ("cli.optouts.correct", "Move opt-outs to the right number."),
    "erase": ("cli.optouts.erase", "Erase number and texts of one subject."),
    "import": ("cli.optouts.import_list", "Take in a list: CSV or JSON Lines."),
    "export": ("cli.optouts.export", "Write the list out: CSV or JSON Lines."),
    "backup": ("cli.optouts.backup", "Copy an SQLite registry, while servers write."),
    "reviews": ("cli.optouts.reviews", "List, claim and release doubtful turns."),
    "resolve": ("cli.optouts.resolve", "Decide a doubtful turn."),
    "feedback": ("cli.optouts.feedback", "Open a case for feedback or a complaint."),
    "cases": ("cli.optouts.cases", "List feedback and complaints."),
    "case": ("cli.optouts.case", "Answer or close a case."),
    "callers": ("cli.optouts.callers", "List bots and campaigns with their rates."),
    "caller": ("cli.optouts.caller", "Suspend or release a bot or campaign."),
    "notices": ("cli.optouts.notices", "List notices, or give the one confirmation."),
    "export-labels": ("cli.optouts.export_labels", "Write verdicts as lines for training."),
    "purge": ("cli.optouts.purge", "Remove what has been kept long enough."),
    "verify": ("cli.optouts.verify", "Check the audit log against tampering."),
    "rebuild": ("cli.optouts.rebuild", "Derive the list anew from the audit log."),
    "report": ("cli.optouts.report", "Write the monthly report: HTML, CSV or JSON."),
    "rotate-keys": (
        "cli.optouts.rotate_keys",
        "Make the first key and the registry, or a new key.",
    ),
}
"""Verb -> module with a click command named ``command``, and its line in the help."""


@click.group("optouts", cls=late_verbs(VERBS))
def command() -> None:
    """Work on the opt-out registry of this machine, as WURAO_REGISTRY and its keys name it."""
