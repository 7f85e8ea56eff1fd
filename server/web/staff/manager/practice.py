"""Start and end the practice of the whole hall, from the page "now"."""

from flask import Blueprint
from werkzeug.wrappers import Response

from server import commands
from server.web.shared.identity import request_translations
from server.web.staff.manager.now_page import run_command

pages = Blueprint("practice", __name__, url_prefix="/manager/practice")


@pages.post("/start")
def start() -> Response:
    """Start a practice."""
    return run_command(
        commands.start_practice,
        lambda _result: request_translations()("mode", "Đã bắt đầu diễn tập. Các số diễn tập bắt đầu từ 901."),
    )


@pages.post("/stop")
def stop() -> Response:
    """End the practice; its tickets expire."""
    return run_command(
        commands.stop_practice,
        lambda _result: request_translations()("mode", "Đã kết thúc diễn tập. Các số diễn tập đã hết hiệu lực."),
    )
