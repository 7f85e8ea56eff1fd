"""A process that has imported our programs, and becomes one of them by fork (``forked_programs``)."""

import gc
import json
import os
import runpy
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

PRELOADED = ("server.app", "counter.app", "display.app")
MAX_REQUEST = 1 << 20


@dataclass(frozen=True, slots=True)
class ProgramRequest:
    """A program to start: the arguments of Python, and the standard streams."""

    arguments: Sequence[str]
    folder: str
    environment: Mapping[str, str]
    streams: Sequence[int]


def main() -> None:
    """Serve the test process on standard input; the forked processes become programs."""
    del sys.path[0]  # the folder of this file
    _preload()
    with socket.socket(fileno=os.dup(0)) as connection:
        request = _serve(connection)
    if request is not None:
        _run(request)


def _preload() -> None:
    """Import the programs, but forget the modules that will run as ``__main__``.

    The templates of the pages are compiled, too.
    """
    for name in PRELOADED:
        import_module(name)
        del sys.modules[name]
        package, _, module = name.rpartition(".")
        delattr(sys.modules[package], module)
    _compile_templates()
    gc.freeze()


def _compile_templates() -> None:
    """Compile all templates of the pages once; the applications of the programs share them."""
    templates = import_module("server.web.shared.web_application").WebApplication().jinja_env
    templates.filters["in_groups"] = import_module("server.domain.office").in_groups
    for name in templates.list_templates(extensions=["html"]):
        templates.get_template(name)


def _serve(connection: socket.socket) -> ProgramRequest | None:
    """Fork at each request, and return it in the forked process.

    None: the test process has ended.
    """
    while True:
        data, streams, _, _ = socket.recv_fds(connection, MAX_REQUEST, 3)
        if not data:
            return None
        pid = _fork_orphan()
        if pid == 0:
            return ProgramRequest(**json.loads(data), streams=streams)
        connection.send(str(pid).encode())
        for stream in streams:
            os.close(stream)


def _fork_orphan() -> int:
    """Fork a process whose parent has ended: the test process adopts it.

    Return 0 in the new process, else its id.
    """
    read_end, write_end = os.pipe()
    between = os.fork()
    if between == 0:
        pid = os.fork()
        if pid == 0:
            os.close(read_end)
            os.close(write_end)
            return 0
        os.write(write_end, str(pid).encode())
        os._exit(0)
    os.waitpid(between, 0)
    pid = int(os.read(read_end, 32))
    os.close(read_end)
    os.close(write_end)
    return pid


def _run(request: ProgramRequest) -> None:
    """Become the program."""
    for number, stream in enumerate(request.streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(request.environment)
    os.chdir(request.folder)
    if request.arguments[0] == "-m":
        sys.argv = list(request.arguments[1:])
        runpy.run_module(request.arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = list(request.arguments)
        runpy.run_path(request.arguments[0], run_name="__main__")


if __name__ == "__main__":
    main()
