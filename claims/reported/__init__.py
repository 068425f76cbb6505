"""The reports that there are: one definition each (``claims.reportcolumns.Report``), in the order of the page.

The bargain: a definition is literal, and whatever shows, serves, writes or mails a report reads it from here. None
counts what a person did; open work by assignee counts what lies with them.
"""

from claims.reportcolumns import CLAIMS, Report
from claims.reported.copy import LINES, PIECES, USAGES
from claims.reported.sources import ACCUSATIONS, BY_SOURCE, SOURCES
from claims.reported.work import SIGN_OFFS, WEEKS, WORK

REPORTS: dict[str, Report] = {
    report.name: report
    for report in (CLAIMS, WORK, PIECES, SIGN_OFFS, SOURCES, BY_SOURCE, ACCUSATIONS, USAGES, LINES, WEEKS)
}
