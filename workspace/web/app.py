"""The WSGI application: routing, authentication, sizes, errors and request ids. Its answers are in `api/`."""

from __future__ import annotations

import copy
import logging
import traceback
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Flask, current_app, g, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from workspace.core.errors import ApiError, CommitUnknown, DatabaseDamaged, Problem, SchemaMoved, not_found
from workspace.database import failures
from workspace.web import context, health, http
from workspace.web.admin import access, configurations, rates
from workspace.web.callers import caller_of_request
from workspace.web.context import EXTENSION, running
from workspace.web.http import PREFIX, answer, max_body, needs_write, too_large
from workspace.writes import moments

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType
    from wsgiref.types import StartResponse, WSGIEnvironment

    from flask import Response

    from workspace.core.errors import DatabaseUnavailable
    from workspace.web.app_config import Settings

_LOG = logging.getLogger("workspace")
_LARGER = "workspace.larger"
"""The key in `Flask.extensions` of a part's larger application, once something of it was asked for."""
_PART = "PART"
_HTTP_PROBLEMS = {
    403: Problem("forbidden", "this may not be done"),
    404: Problem("not_found", "Resource Not Found"),
    405: Problem("method_not_allowed", "this path does not have this method"),
}


def create_app(settings: Settings) -> Flask:
    """Create the workspace as a WSGI application, on a migrated and initialised database."""
    from workspace.database.unmoved import Unmoved
    from workspace.web import public as rest
    from workspace.web.kept.answers import KeptAnswers
    from workspace.web.kept.checks import Checks
    from workspace.web.public.http import totals

    # Compiling all routes takes far longer than an answer, and they are the same for every workspace.
    app = copy.copy(_routed(demo=settings.demo))
    unmoved = Unmoved(settings.engine)
    app.extensions = {
        EXTENSION: settings,
        totals.KEPT: totals.Totals(unmoved),
        rest.LIMITER: rest.limiter(settings),
        rest.SCROLLS: rest.EndedScrolls(),
        rates.LIMITER: rates.limiter(settings),
    }
    if settings.embedded is None and settings.upstream is None:
        # Where others ask with every request of theirs, and nothing else than the database decides.
        checks = Checks(settings, unmoved.pinned)
        app.wsgi_app = KeptAnswers(app.wsgi_app, unmoved, settings.clock, checks)  # type: ignore[method-assign]
    return app


def create_admin_first(settings: Settings) -> Flask:
    """Create the same for a process that calls the admin API: the rest is loaded on demand."""
    app = copy.copy(_in_parts(_Part))
    app.extensions = {EXTENSION: settings, rates.LIMITER: rates.limiter(settings)}
    return app


class _Part(Flask):
    """The routes of every plan; any other goes to a larger part, made on first use."""

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._answers(environ):
            answered: Iterable[bytes] = super().wsgi_app(environ, start_response)
            return answered
        if _LARGER not in self.extensions:
            self.extensions[_LARGER] = self._larger()
        larger: Flask = self.extensions[_LARGER]
        return larger(environ, start_response)

    def resources(self) -> Iterable[ModuleType]:
        return access, configurations

    def _answers(self, environ: WSGIEnvironment) -> bool:
        return self.url_map.bind_to_environ(environ).test()

    def _larger(self) -> Flask:
        app = copy.copy(_in_parts(_Admin))
        app.extensions = {name: self.extensions[name] for name in (EXTENSION, rates.LIMITER)}
        return app


class _Admin(_Part):
    """The admin API; pages and the public API are handed on."""

    def resources(self) -> Iterable[ModuleType]:
        from workspace.web.admin import everything

        return everything.RESOURCES

    def _answers(self, environ: WSGIEnvironment) -> bool:
        path: str = environ["PATH_INFO"]
        return path.startswith(f"{PREFIX}/")

    def _larger(self) -> Flask:
        return create_app(self.extensions[EXTENSION])


@cache
def _in_parts(part: type[_Part]) -> Flask:
    app = part("workspace", static_folder=None, template_folder=None)
    app.config[_PART] = True
    _install(app, app.resources())
    app.after_request(_finish)
    return app


@cache
def _routed(*, demo: bool) -> Flask:
    from workspace.web import console, pages
    from workspace.web import public as rest
    from workspace.web.admin import everything

    app = Flask("workspace", static_folder=None, template_folder=None)
    _install(app, everything.RESOURCES)
    app.register_blueprint(health.blueprint)
    pages.install(app, demo=demo)
    console.install(app)
    rest.install(app)
    # Last, so that it comes first: the pages say afterwards what is different in theirs.
    app.after_request(_finish)
    app.before_request(rest.begin)
    app.before_request(pages.begin)
    return app


def _install(app: Flask, resources: Iterable[ModuleType]) -> None:
    """Register resources of the admin API, and the shared parts of every request."""
    # A body of unknown length is read up to here: one byte more than it may have.
    app.config["MAX_CONTENT_LENGTH"] = http.MAX_BODY + 1
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.url_map.merge_slashes = False
    # A path has the methods that are described, no more.
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    for module in resources:
        app.register_blueprint(module.blueprint, url_prefix=PREFIX)
    app.before_request(_begin)
    app.register_error_handler(ApiError, _refused)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(PoolTimeout, _busy)
    app.register_error_handler(CommitUnknown, _not_known)
    app.register_error_handler(SchemaMoved, _out_of_use)
    app.register_error_handler(DatabaseDamaged, _out_of_use)
    app.register_error_handler(Exception, _fault)


def _begin() -> None:
    g.request_id = http.new_request_id()
    if request.url_rule is not None:
        request.environ[http.ROUTE] = request.url_rule.rule
    if not f"{request.path}/".startswith(f"{PREFIX}/"):
        return
    g.caller = caller_of_request(running())
    context.go_by_zone()
    if request.routing_exception is not None:
        raise request.routing_exception
    if "\0" in request.path:
        # No name holds one, and not every database can be asked about it.
        raise not_found()
    if needs_write():
        if "write" not in g.caller.scopes:
            raise ApiError(403, Problem("insufficient_scope", f"the token {g.caller.name!r} may read only"))
        rates.count()
    most = max_body()
    request.max_content_length = most + 1
    if (request.content_length or 0) > most:
        raise too_large()


def _finish(response: Response) -> Response:
    if "caller" in g:
        request.environ[http.CALLER] = g.caller.name
    response.headers["X-Request-Id"] = g.request_id
    for name, value in http.ALWAYS:
        response.headers[name] = value
    if isinstance(request.routing_exception, RequestRedirect):
        # A slash is missing. The framework makes an absolute address, of whatever the request said of its host.
        response.headers["Location"] = http.local_address(response.headers["Location"])
    rates.tell(response)
    if (moment := g.get("moment")) is not None:
        response.headers[moments.HEADER] = str(moment)
    return response


def _refused(problem: ApiError) -> Response:
    # An application that has no pages shows none.
    page = None if _PART in current_app.config else _page(problem)
    if page is not None:
        return page
    errors = [item.document() for item in problem.problems]
    document = {"type": "error.list", "request_id": g.request_id, "errors": errors}
    return answer(document, status=problem.status, headers=problem.headers)


def _page(problem: ApiError) -> Response | None:
    from workspace.web.console import shell as console_shell
    from workspace.web.pages import problems, shell

    if console_shell.is_page(request.path):
        return console_shell.problem(problem.status, problem.problems)
    if not shell.page_is_accepted():
        return None
    response = problems.problem(problem.status)
    response.headers.extend(problem.headers)
    return response


def _http_error(problem: HTTPException) -> Response:
    status = problem.code or 500
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _refused(too_large())
    if status >= 500:  # noqa: PLR2004 - the class of server errors
        return _fault(problem)
    allowed = getattr(problem, "valid_methods", None)
    headers = {"Allow": ", ".join(sorted(allowed))} if allowed else {}
    known = _HTTP_PROBLEMS.get(status)
    # Anything else that the framework refuses is a malformed request.
    return _refused(ApiError(status if known else 400, known or Problem("parameter_invalid", problem.name), headers))


def _database_error(problem: DBAPIError) -> Response:
    if failures.is_busy(problem):
        return _busy(problem)
    matter = failures.storage_problem(problem)
    return _fault(problem) if matter is None else _unusable(matter)


def _busy(problem: Exception) -> Response:
    _LOG.error("request %s: the database did not answer: %s", g.request_id, logged(problem).splitlines()[-1])
    busy = Problem("server_error", "the database did not answer in time; nothing was changed, try again")
    return _refused(ApiError(503, busy, {"Retry-After": "1"}))


def _not_known(problem: CommitUnknown) -> Response:
    _LOG.error("request %s: the database failed at its end: %s", g.request_id, logged(problem).splitlines()[-1])
    return _refused(ApiError(500, Problem("server_error", problem.summary)))


def _out_of_use(problem: DatabaseUnavailable) -> Response:
    return _unusable(problem.summary)


def _unusable(matter: str) -> Response:
    # One line: whoever runs the workspace has to see to it, and there is nothing to learn from where it was met.
    _LOG.error("request %s: %s", g.request_id, matter)
    message = f"{matter}; nothing was changed, whoever runs the workspace has to see to it"
    return _refused(ApiError(503, Problem("database_unusable", message), {"Retry-After": "60"}))


def logged(problem: BaseException) -> str:
    """Return an exception as the log may show it: without the values of the row that a database refused."""
    text = "".join(traceback.format_exception(problem))
    link: BaseException | None = problem
    while link is not None:
        if isinstance(link, DBAPIError) and (message := str(link.orig).strip()):
            text = text.replace(message, message.splitlines()[0])
        link = link.__cause__ or link.__context__
    return text.rstrip()


def _fault(problem: Exception) -> Response:
    _LOG.error("request %s failed\n%s", g.request_id, logged(problem))
    return _refused(ApiError(500, Problem("server_error", "the workspace failed; nothing was changed")))
