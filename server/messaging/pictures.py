"""Reads all pictures (retained MQTT messages with a whole state) from one snapshot."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from server import views
from server.store import Store
from server.wire.messages import Board, CounterPicture, Office, WorkList
from server.wire.topics import Topics

Picture = Board | Office | CounterPicture | WorkList


@dataclass(frozen=True, slots=True)
class Pictures:
    """All pictures of one moment. ``work``: the open jobs of each station that has or had some."""

    board: Board
    office: Office
    counters: Sequence[CounterPicture]
    work: Sequence[WorkList]

    def by_topic(self, topics: Topics) -> Iterator[tuple[str, Picture]]:
        """Yield each picture with its topic."""
        yield topics.board, self.board
        yield topics.office, self.office
        for counter in self.counters:
            yield topics.counter(counter.id), counter
        for work in self.work:
            yield topics.work(work.station), work


def picture_reader(
    store: Store, epoch: str, *, mode: Literal["live", "demo"], visitor_url: Callable[[], str]
) -> Callable[[], Pictures]:
    """Return a function that reads all pictures. It raises ``DatabaseError``.

    ``epoch``: the id of this start of the server; ``visitor_url`` returns the address of the visitors' pages.
    """

    def read() -> Pictures:
        with store.read() as snapshot:
            return Pictures(
                board=views.board(snapshot, epoch),
                office=views.office(snapshot, epoch, mode=mode, visitor_url=visitor_url()),
                counters=[views.counter_picture(snapshot, counter, epoch) for counter in snapshot.office.counters],
                work=[views.work_list(snapshot, station, epoch) for station in views.stations_with_work(snapshot)],
            )

    return read
