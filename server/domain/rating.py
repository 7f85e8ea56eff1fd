"""The levels at which a visitor may rate the service."""

from enum import StrEnum


class SatisfactionLevel(StrEnum):
    """The levels of a rating, the best first. A test keeps ``RatingLevel`` of the wire equal."""

    VERY_SATISFIED = "very_satisfied"
    SATISFIED = "satisfied"
    NEUTRAL = "neutral"
    DISSATISFIED = "dissatisfied"
