"""Endpoints with which people try devices."""

from server.web.api.endpoint import ApiRequest
from server.web.api.requests import actor_of
from server.web.shared.device_trials import begin_trial, judge_trial
from server.wire.messages import JudgeDevice, TryDevice


def try_device(request: ApiRequest[TryDevice]) -> None:
    begin_trial(request.context, actor_of(request), request.body, request.body.station, request.body.device)


def judge_device(request: ApiRequest[JudgeDevice]) -> None:
    judge_trial(request.context, actor_of(request), request.body)
