"""The members of an organization, and its account keys."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from swiftcache.api.openapi import documented, each
from swiftcache.api.request import CurrentCaller, provided
from swiftcache.api.resolver import api
from swiftcache.api.routes import ORGANIZATIONS
from swiftcache.organizations.account_keys import AccountKeyService
from swiftcache.organizations.contract import (
    AccountKeyBody,
    ChangeMemberRequest,
    CreateAccountKeyRequest,
    CreateAccountKeyResponse,
    CreatedAccountKeyBody,
    CreateMemberRequest,
    GoneBody,
    ListAccountKeysResponse,
    ListMembersResponse,
    MemberBody,
    MemberResponse,
    RemoveMemberResponse,
    RevokeAccountKeyResponse,
)
from swiftcache.organizations.members import MemberService
from swiftcache.organizations.wiring import account_key_service, member_service

AccountKeys = Annotated[AccountKeyService, provided(account_key_service)]
Service = Annotated[MemberService, provided(member_service)]

MEMBERS = f"{ORGANIZATIONS}/<organization_id>/members"
KEYS = f"{ORGANIZATIONS}/<organization_id>/keys"
_TAG = "members"
_KEYS_TAG = "account keys"


@api.get(MEMBERS, **documented("listMembers", "The members", 200, ListMembersResponse, 404, tag=_TAG))
def list_members(organization_id: str, service: Service, caller: CurrentCaller) -> ListMembersResponse:
    members = service.all(caller, organization_id)
    return ListMembersResponse(members=[MemberBody.of(member) for member in members])


@api.post(
    MEMBERS,
    status_code=201,
    **documented(
        "createMember",
        "The member",
        201,
        MemberResponse,
        404,
        409,
        429,
        body=True,
        tag=_TAG,
        leads_to=each(
            "getMember changeMember removeMember",
            organizationId="$request.path.organizationId",
            memberId="$response.body#/member/id",
        ),
    ),
)
def create_member(
    organization_id: str, request: Annotated[CreateMemberRequest, Body()], service: Service, caller: CurrentCaller
) -> Response[MemberResponse]:
    member = service.add(caller, organization_id, request.name, request.role)
    return Response(
        status_code=HTTPStatus.CREATED,
        content_type="application/json",
        headers={"Location": f"{ORGANIZATIONS}/{organization_id}/members/{member.id}"},
        body=MemberResponse(member=MemberBody.of(member)),
    )


@api.get(f"{MEMBERS}/<member_id>", **documented("getMember", "The member", 200, MemberResponse, 404, tag=_TAG))
def get_member(organization_id: str, member_id: str, service: Service, caller: CurrentCaller) -> MemberResponse:
    member = service.get(caller, organization_id, member_id)
    return MemberResponse(member=MemberBody.of(member))


@api.patch(
    f"{MEMBERS}/<member_id>",
    **documented(
        "changeMember",
        "The changed member; a new role counts for its account keys at once",
        200,
        MemberResponse,
        404,
        409,
        body=True,
        tag=_TAG,
    ),
)
def change_member(
    organization_id: str,
    member_id: str,
    request: Annotated[ChangeMemberRequest, Body()],
    service: Service,
    caller: CurrentCaller,
) -> MemberResponse:
    member = service.change(caller, organization_id, member_id, request.name, request.role)
    return MemberResponse(member=MemberBody.of(member))


@api.delete(
    f"{MEMBERS}/<member_id>",
    **documented(
        "removeMember", "Removed, and its account keys with it", 200, RemoveMemberResponse, 404, 409, tag=_TAG
    ),
)
def remove_member(
    organization_id: str, member_id: str, service: Service, caller: CurrentCaller
) -> RemoveMemberResponse:
    service.remove(caller, organization_id, member_id)
    return RemoveMemberResponse(member=GoneBody(id=member_id))


@api.get(KEYS, **documented("listAccountKeys", "The account keys", 200, ListAccountKeysResponse, 404, tag=_KEYS_TAG))
def list_account_keys(
    organization_id: str, account_keys: AccountKeys, caller: CurrentCaller
) -> ListAccountKeysResponse:
    keys = account_keys.all(caller, organization_id)
    return ListAccountKeysResponse(keys=[AccountKeyBody.of(key) for key in keys])


@api.post(
    KEYS,
    status_code=201,
    **documented(
        "createAccountKey",
        "The account key, shown this once",
        201,
        CreateAccountKeyResponse,
        404,
        409,
        429,
        body=True,
        tag=_KEYS_TAG,
        leads_to=each(
            "revokeAccountKey",
            organizationId="$request.path.organizationId",
            keyId="$response.body#/createdKey/id",
        ),
    ),
)
def create_account_key(
    organization_id: str,
    request: Annotated[CreateAccountKeyRequest, Body()],
    account_keys: AccountKeys,
    caller: CurrentCaller,
) -> Response[CreateAccountKeyResponse]:
    created = account_keys.create(caller, organization_id, request.new_key())
    return Response(
        status_code=HTTPStatus.CREATED,
        content_type="application/json",
        body=CreateAccountKeyResponse(created_key=CreatedAccountKeyBody.of(created)),
    )


@api.delete(
    f"{KEYS}/<key_id>",
    **documented(
        "revokeAccountKey", "Revoked: it works no more", 200, RevokeAccountKeyResponse, 404, 409, tag=_KEYS_TAG
    ),
)
def revoke_account_key(
    organization_id: str, key_id: str, account_keys: AccountKeys, caller: CurrentCaller
) -> RevokeAccountKeyResponse:
    account_keys.revoke(caller, organization_id, key_id)
    return RevokeAccountKeyResponse(key=GoneBody(id=key_id))
