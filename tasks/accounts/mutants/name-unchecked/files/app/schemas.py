"""Request and response bodies, as the contract has them."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def whole(value: object) -> object:
    """JSON does not tell 2.0 from 2; text, fractions and booleans stay what they are and are refused as integers."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Email = Annotated[str, Field(pattern=r"^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,30}(\.[A-Za-z0-9-]{1,30}){1,3}$")]
NewPassword = Annotated[str, Field(min_length=10, max_length=128)]
GivenPassword = Annotated[str, Field(min_length=1, max_length=128)]
DisplayName = str


class StrictBody(BaseModel):
    """A request body: unknown fields and converted types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NewAccount(StrictBody):
    email: Email
    password: NewPassword
    display_name: DisplayName


class Credentials(StrictBody):
    email: Email
    password: GivenPassword


class PasswordChange(Credentials):
    new_password: NewPassword


class NewSession(Credentials):
    # The default only marks "not sent"; an explicit null is refused.
    ttl_s: Annotated[int, BeforeValidator(whole), Field(ge=1, le=86_400)] = 86_400


class Revocation(StrictBody):
    token: Annotated[str, Field(min_length=1, max_length=4096)]


class AccountChange(StrictBody):
    display_name: DisplayName


class Account(BaseModel):
    id: str
    email: str
    display_name: str
    role: Literal["member"] = "member"
    created_at: str


class StartedSession(BaseModel):
    """The one answer that shows a token."""

    id: str
    token: str
    created_at: str
    expires_at: str


class Session(BaseModel):
    id: str
    created_at: str
    expires_at: str
    current: bool


class SessionList(BaseModel):
    sessions: list[Session]


class Health(BaseModel):
    status: Literal["ok"] = "ok"


class Problem(BaseModel):
    """Every refusal."""

    detail: str
