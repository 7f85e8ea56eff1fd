"""Print jobs: check the printer, send the slip, wait for proof, report the result.

A fence (GS r 1) follows every slip. The printer answers it after everything before it, so the reply proves the slip;
the real-time status (DLE EOT) jumps the queue and gives the reason when the reply is missing. A printer with neither
fences nor process ids is polled for as long as the slip takes to print; then it counts as printed, without proof. So
does a slip whose reply came before its paper can have moved.
"""

import logging

from hardware.ports import HealthState, PrintResult, PrintState, Proof
from hardware.printers import encode
from hardware.printers.answers import status
from hardware.printers.answers.status import StatusFlag
from hardware.printers.context import PrinterContext
from hardware.printers.drawing.paper import SlipError
from hardware.printers.encode import Encoder
from hardware.printers.print_job import PrintJob, proved_result, unproved_result
from hardware.printers.session.session import PrinterSession
from hardware.printers.transports.transport import LinkLost
from hardware.slips.slip import Slip

log = logging.getLogger(__name__)

CAN_PRINT = (HealthState.READY, HealthState.WARNING)
"""The states in which a slip is sent."""


class PrintJobs:
    """Prints one job at a time; the printer's thread owns it."""

    def __init__(self, context: PrinterContext, session: PrinterSession, encoder: Encoder) -> None:
        self._context, self._session, self._encoder = context, session, encoder
        self._journal, self._mono_s = context.journal, context.mono_s
        self._profile, self._limits = context.profile, context.limits
        self._premature_logged = False  # whether it was logged that this printer replies too early

    def warm_up(self, slip: Slip) -> None:
        """Draw ``slip`` and discard it, so that fonts and letters are loaded. Never raises."""
        try:
            self._encoder(slip)
        except SlipError as error:
            log.warning("a slip of this layout may not fit: %s", error)

    def print_job(self, job: PrintJob) -> PrintResult:
        """Print a job, and return its result. Never raises.

        The journal has the result by then. A job of which no byte was sent is not in the journal.
        """
        last_result = self._journal.last_result(job.job_id)
        if last_result is not None:
            log.info("job %s was printed before and is not printed again", job.job_id)
            return last_result
        try:
            data, length_mm = self._encode(job)
        except SlipError as error:
            log.error("slip %s cannot be printed: %s", job.slip.label, error)
            return unproved_result(job.job_id, PrintState.FAILED, StatusFlag.FAULT)
        reason = self._check_ready(length_mm / self._profile.speed_mm_s)
        if reason is not None:
            # No byte was sent, so this slip cannot come out later.
            return unproved_result(job.job_id, PrintState.FAILED, reason)
        self._journal.record_sending(job.job_id, job.slip.label, length_mm, job.process_id)
        result = self._send_and_prove(job, data, length_mm)
        self._session.forget_proved(job)
        self._journal.record_result(result)
        self._session.refresh_health()
        return result

    # --- encode and check

    def _encode(self, job: PrintJob) -> tuple[bytes, float]:
        """Return the job's bytes with its fence, and the paper it takes in mm. Raises ``SlipError``."""
        encoded = self._encoder(job.slip)
        automatic = self._profile.answers and self._profile.automatic_status
        data = encode.RESET + (encode.AUTOMATIC_STATUS if automatic else b"") + encoded.data
        if self._profile.process_id:
            job.process_id = self._journal.new_process_id()
            data += encode.process_id(job.process_id)
        return data + (encode.FENCE if self._profile.answers and self._profile.fence else b""), encoded.length_mm

    def _check_ready(self, print_s: float) -> str | None:
        """Return the code of the reason to send nothing now, if any.

        The code is one of ``DeviceHealth``. ``print_s``: how long the slip's paper takes at print speed. Waits for
        reply matching to be in sync.
        """
        session = self._session
        health = session.poll()
        if not self._profile.answers:
            return None if session.is_open else health.code
        if health.state not in CAN_PRINT or session.is_busy:
            return health.code or StatusFlag.FAULT
        try:
            if session.wait_for_sync(print_s):
                return None
        except LinkLost as error:
            session.disconnect(error)
        health = session.refresh_health()
        return health.code if health.state not in CAN_PRINT and health.code is not None else StatusFlag.FAULT

    # --- send

    def _send_and_prove(self, job: PrintJob, data: bytes, length_mm: float) -> PrintResult:
        try:
            result = self._send(job, data, length_mm)
        except LinkLost as error:
            self._session.disconnect(error)
            result = unproved_result(job.job_id, PrintState.UNKNOWN, status.OFF)
        if job.proof is Proof.PROCESS_ID:
            return proved_result(job.job_id, job.proof, split=job.split_by_paper_end)
        return result

    def _send(self, job: PrintJob, data: bytes, length_mm: float) -> PrintResult:
        """Send the job's bytes, and wait for its proof. Raises ``LinkLost``."""
        session, print_s = self._session, length_mm / self._profile.speed_mm_s
        timeout_s = self._limits.write_timeout_s(len(data)) + print_s
        if not self._profile.answers:
            state = PrintState.PRINTED if session.send_unproved(data, timeout_s) else PrintState.UNKNOWN
            return unproved_result(job.job_id, state, None)
        job.earliest_out_at_s = self._mono_s() + self._min_print_s(len(data), length_mm)
        if session.send(job, data, timeout_s):
            return self._wait_for_proof(job, self._mono_s() + print_s)
        if session.stopped_by is None:
            return unproved_result(job.job_id, PrintState.UNKNOWN, status.SILENT)
        return unproved_result(job.job_id, PrintState.HELD, session.stopped_by)

    def _min_print_s(self, byte_count: int, length_mm: float) -> float:
        """Return the least time in s for ``byte_count`` bytes and ``length_mm`` of paper."""
        profile, head_bytes = self._profile, self._context.head_bytes
        # On a line slower than the paper, only the feed to the cutter is left when the last row arrives.
        ending_mm = profile.head_to_cutter_mm + encode.ROWS_AFTER_LAST / profile.dots_per_mm
        transmission_s = byte_count * self._limits.byte_s
        return max(
            profile.min_print_s(length_mm, head_bytes), transmission_s + profile.min_print_s(ending_mm, head_bytes)
        )

    # --- prove

    def _wait_for_proof(self, job: PrintJob, printed_by_s: float) -> PrintResult:
        """Wait for the proof of print; return the job's first result. Raises ``LinkLost``.

        ``printed_by_s``: the moment (monotonic seconds) by which the slip should be out.
        """
        session, round_clean = self._session, True
        while not self._context.closing():
            round_clean = self._wait_for_reply(job, printed_by_s)
            if job.proof is None:
                break
            # A fence counts only after a clean status round; else it is withdrawn, and waited for again.
            session.status_round()
            if job.proof is not None:
                return proved_result(job.job_id, job.proof, split=job.split_by_paper_end)
        if session.stopped_by is not None and not session.may_have_lost_data:
            return unproved_result(job.job_id, PrintState.HELD, session.stopped_by)
        if round_clean and not self._can_be_proved(job) and not job.in_doubt and not self._context.closing():
            self._log_premature(job)
            session.expect_no_reply(job)
            return unproved_result(job.job_id, PrintState.PRINTED, None)
        return unproved_result(job.job_id, PrintState.UNKNOWN, None if round_clean else status.SILENT)

    def _wait_for_reply(self, job: PrintJob, printed_by_s: float) -> bool:
        """Wait for the slip's reply with status rounds meanwhile. Return whether the last round was clean.

        True also when there was none. ``printed_by_s``: as in ``_wait_for_proof``.
        """
        session, round_clean = self._session, True
        next_status_at_s = self._mono_s() + self._limits.status_interval_s
        while job.proof is None and not self._context.closing():
            now_s = self._mono_s()
            end_s = printed_by_s + (self._limits.fence_s if self._can_be_proved(job) else 0.0)
            if now_s >= end_s:
                return session.status_round()
            if now_s >= next_status_at_s:
                round_clean = session.status_round()
                next_status_at_s = self._mono_s() + self._limits.status_interval_s
                if session.stopped_by is not None:
                    return round_clean
            session.receive(max(0.0, min(next_status_at_s, end_s) - self._mono_s()))
        return round_clean

    def _can_be_proved(self, job: PrintJob) -> bool:
        """Return whether a reply of this printer may still prove this slip."""
        return self._profile.can_prove and not job.premature

    def _log_premature(self, job: PrintJob) -> None:
        """Log once that this printer's replies prove nothing."""
        if job.premature and not self._premature_logged:
            self._premature_logged = True
            log.warning(
                "the printer answered before the paper of slip %s can have moved: its answers prove nothing; "
                "run luot-hardware probe",
                job.slip.label,
            )
