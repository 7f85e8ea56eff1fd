"""Reports the later results of slips whose first result was held or unknown."""

import logging
from collections.abc import Callable

from hardware.ports import PrintResult, PrintState, Proof
from hardware.printers.answers.status import StatusFlag
from hardware.printers.journal import PrintJournal
from hardware.printers.print_job import PrintJob, proved_result, unproved_result
from hardware.printers.session.reply_matcher import ReplyMatcher

log = logging.getLogger(__name__)


class LateResults:
    """Writes each late result to the journal, then calls ``report`` with it."""

    def __init__(self, journal: PrintJournal, matcher: ReplyMatcher, report: Callable[[PrintResult], None]) -> None:
        self._journal, self._matcher, self._report = journal, matcher, report

    def report_proofs(self, proved: tuple[PrintJob, ...]) -> None:
        """Report jobs whose reply came after their first result."""
        for job in proved:
            if job.reported is not None and job.proof is not None:
                log.info("late proof of print for slip %s", job.slip.label)
                self._report_job(job, proved_result(job.job_id, job.proof, split=job.split_by_paper_end))

    def report_unknown_as_held(self, stopped_by: StatusFlag) -> None:
        """Report unknown jobs as held by a printer that reports why it stopped."""
        for job in self._matcher.pending:
            unknown = job.reported is PrintState.UNKNOWN and job.proof is None
            if unknown and not job.in_doubt:
                self._report_job(job, unproved_result(job.job_id, PrintState.HELD, stopped_by))

    def report_pending_as_failed(self) -> None:
        """Report pending jobs as failed.

        Their data was dropped, or a part of it was never sent.
        """
        for job in self._matcher.pending:
            if job.reported is not None:
                self._report_job(job, unproved_result(job.job_id, PrintState.FAILED, None))

    def report_held_as_failed(self) -> None:
        """Report all held jobs of the journal as failed: their data was dropped. Those from before a restart too."""
        for slip in self._journal.unconfirmed():
            if slip.state is PrintState.HELD:
                self._record(unproved_result(slip.job, PrintState.FAILED, None))

    def report_job_of_earlier_link(self, process_id: bytes) -> None:
        """Report the job that ``process_id`` proves.

        It was sent over an earlier link, or before a restart.
        """
        job_id = self._journal.job_with_process_id(process_id)
        if job_id is None or any(job.job_id == job_id for job in (*self._matcher.pending, *self._matcher.proved)):
            return
        log.info("late proof of print for job %s", job_id)
        last = self._journal.last_result(job_id)
        # A slip that was held because the paper ended is in two pieces.
        split = last is not None and last.code == StatusFlag.PAPER_OUT
        self._record(proved_result(job_id, Proof.PROCESS_ID, split=split))

    def _report_job(self, job: PrintJob, result: PrintResult) -> None:
        job.reported = result.state
        self._matcher.forget_proved(job)
        self._record(result)

    def _record(self, result: PrintResult) -> None:
        self._journal.record_result(result)
        self._report(result)
