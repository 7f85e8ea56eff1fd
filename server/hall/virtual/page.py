"""The web application of the virtual hall's page, for loopback only.

It shows the output of the simulated devices, and forwards a fixed list of calls to the control ports.
"""

from flask import Flask

from server.hall.virtual import device_routes, hall_routes, view_routes
from server.hall.virtual.context import EXTENSION_KEY, PageContext
from server.hall.virtual.control_clients import ControlError
from server.hall.virtual.requests import HttpError, add_headers, control_error, http_error, refuse_foreign_requests


def make_page(context: PageContext) -> Flask:
    """Return the application of one hall."""
    app = Flask("server.hall.virtual", template_folder="templates", static_folder="static")
    app.extensions[EXTENSION_KEY] = context
    app.before_request(refuse_foreign_requests)
    app.after_request(add_headers)
    app.register_error_handler(HttpError, http_error)
    app.register_error_handler(ControlError, control_error)
    for routes in (view_routes, device_routes, hall_routes):
        app.register_blueprint(routes.blueprint)
    return app
