"""Signing a browser in and out, and who is signed in."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie, SameSite

from swiftcache.api.credentials import cookie_name, credentials_of, is_by_http
from swiftcache.api.openapi import ACCOUNT_KEY, SESSION_COOKIE, documented
from swiftcache.api.request import CurrentCaller, CurrentEvent, provided
from swiftcache.api.resolver import api
from swiftcache.api.routes import SESSION
from swiftcache.sessions.contract import SessionResponse
from swiftcache.sessions.service import SessionService
from swiftcache.sessions.wiring import session_service

Service = Annotated[SessionService, provided(session_service)]

_TAG = "session"
_NOT_STORED = {"Cache-Control": "no-store"}


@api.post(
    SESSION,
    status_code=201,
    **documented(
        "createSession",
        "Signed in: the session's cookie is set, which stands for the account key for 12 hours at most",
        201,
        SessionResponse,
        tag=_TAG,
        by=(ACCOUNT_KEY,),
        sets_cookie=True,
    ),
)
def create_session(service: Service, caller: CurrentCaller, event: CurrentEvent) -> Response[SessionResponse]:
    begun = service.begin(caller)
    return Response(
        status_code=HTTPStatus.CREATED,
        content_type="application/json",
        headers=_NOT_STORED,
        cookies=[_cookie(event, begun.token, begun.seconds)],
        body=SessionResponse.of(begun.signed_in),
    )


@api.get(SESSION, **documented("getSession", "Who asks, and what they may do", 200, SessionResponse, tag=_TAG))
def get_session(service: Service, caller: CurrentCaller) -> Response[SessionResponse]:
    return Response(
        status_code=HTTPStatus.OK,
        content_type="application/json",
        headers=_NOT_STORED,
        body=SessionResponse.of(service.current(caller)),
    )


@api.delete(
    SESSION,
    status_code=204,
    **documented(
        "deleteSession",
        "Signed out: the session opens nothing any more, and its cookie is cleared",
        204,
        None,
        tag=_TAG,
        by=(SESSION_COOKIE,),
        sets_cookie=True,
    ),
)
def delete_session(service: Service, event: CurrentEvent) -> Response[None]:
    service.end(credentials_of(event).session_token)
    return Response(status_code=HTTPStatus.NO_CONTENT, cookies=[_cookie(event, "", 0)])


def _cookie(event: dict[str, Any], token: str, seconds: int) -> Cookie:
    return Cookie(
        name=cookie_name(event),
        value=token,
        path="/",
        secure=not is_by_http(event),
        http_only=True,
        max_age=seconds,
        same_site=SameSite.STRICT_MODE,
    )
