"""The MQTT topics that a kiosk subscribes to, and the events made from their messages."""

from kiosk.flow.events import Event, JobsListed
from server.wire.messages import Board, Office, ServerBeat, WorkList
from server.wire.station.compose import TopicModels
from server.wire.station.events import ReceivedMessage, common_event
from server.wire.topics import Topics


def topic_models(topics: Topics, station: str) -> TopicModels:
    """Return the kiosk's topics, each with the model of its messages."""
    return {
        topics.office: Office,
        topics.board: Board,
        topics.server: ServerBeat,
        topics.work(station): WorkList,
    }


def event_of(message: ReceivedMessage) -> Event | None:
    """Return the event of a received message; None for a message without one."""
    if isinstance(message.content, WorkList):
        return JobsListed(tuple(message.content.jobs), message.content.helper)
    return common_event(message)
