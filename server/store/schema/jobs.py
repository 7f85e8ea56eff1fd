"""The work of stations, calls for help, and the answers to requests."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, text

from server.store.schema.base import Ms, metadata, one_of
from server.store.schema.compact import Compact

# ``seq``: the journal's sequence of the fact. ``kind``: slip, reprint and test print a slip; roll: note a new paper
# roll; clear: clear the printer's buffer; seen: drop an unconfirmed slip that staff dismissed. ``mark``: printed on the
# paper (staff, reprint, test). ``state``: open until the station reports a result. Results of slips: printed, failed,
# unknown (whether it was printed), or held: the printer will print it later. Results of other jobs: done, failed.
# dropped: the day was closed before. ``proof``: how the result is known (process_id, fence, none).
job = Table(
    "job",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("seq", Integer, nullable=False, unique=True),
    Column("day", String(10)),
    Column("station", String(40), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("ticket", ForeignKey("ticket.id")),
    Column("mark", String(20)),
    Column("state", String(10), nullable=False),
    Column("proof", String(20)),
    Column("made_at_ms", Ms, nullable=False),
    Column("done_at_ms", Ms),
    one_of("kind", "slip", "reprint", "test", "roll", "clear", "seen"),
    one_of("state", "open", "printed", "held", "failed", "unknown", "done", "dropped"),
)
JOB_IS_OPEN = text("state = 'open'")
Index("open_jobs", job.c.station, job.c.seq, sqlite_where=JOB_IS_OPEN, postgresql_where=JOB_IS_OPEN)

# A visitor's call for staff at a kiosk. ``taken_by``: the member of staff who goes there, as the id of the actor.
help_call = Table(
    "help_call",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("day", String(10)),
    Column("station", String(40), nullable=False),
    Column("at_ms", Ms, nullable=False),
    Column("taken_at_ms", Ms),
    Column("taken_by", String(40)),
)

# A request that was carried out: ``hash`` of its body, and the ids of its result (``ticket``, ``counter``, ``job``).
# ``caller``: role and id of the actor; ``day``: the day that was open then; ``seq``: the journal's sequence of the fact
# with the result.
request = Table(
    "request",
    metadata,
    Column("caller", String(120), primary_key=True),
    Column("request_id", Compact(40), primary_key=True),
    Column("hash", Compact(64), nullable=False),
    Column("day", String(10)),
    Column("ticket", ForeignKey("ticket.id")),
    Column("counter", ForeignKey("counter.id")),
    Column("job", String(40)),
    Column("seq", Integer, nullable=False),
    sqlite_with_rowid=False,
)
