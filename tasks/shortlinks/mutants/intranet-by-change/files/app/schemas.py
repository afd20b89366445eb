"""Request and response bodies, as the contract has them."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from app import moments
from app.slugs import check_wish
from app.targets import check_target


def whole(value: object) -> object:
    """JSON does not tell 2.0 from 2; text, fractions and booleans stay what they are and are refused as integers."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def moment(value: object) -> object:
    return value if value is None else moments.parse(value)


Whole = Annotated[int, BeforeValidator(whole)]
TargetUrl = Annotated[str, AfterValidator(check_target)]
ChangedUrl = Annotated[
    str,
    Field(
        max_length=2048,
        pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://(([A-Za-z0-9-]+[.])+[A-Za-z][A-Za-z0-9-]*|[0-9.]+|\[[0-9A-Fa-f:.]+\])"
        r"([:/?#][!-\[\]-~]*)?$",
    ),
]
State = Literal["active", "disabled", "expired", "exhausted"]


class StrictBody(BaseModel):
    """A request body: unknown fields and converted types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NewLink(StrictBody):
    target_url: TargetUrl
    slug: Annotated[str, AfterValidator(check_wish)] | None = None
    expires_at: Annotated[datetime | None, BeforeValidator(moment)] = None
    ttl_s: Annotated[Whole, Field(ge=1, le=31_536_000)] | None = None
    max_visits: Annotated[Whole, Field(ge=1, le=1_000_000)] | None = None

    @model_validator(mode="after")
    def one_end(self) -> Self:
        if self.expires_at is not None and self.ttl_s is not None:
            raise ValueError("give expires_at or ttl_s, not both")
        return self


class LinkChange(StrictBody):
    # None only marks "not sent"; an explicit null is refused.
    target_url: ChangedUrl = Field(default=None)  # type: ignore[assignment]
    disabled: bool = Field(default=None)  # type: ignore[assignment]

    @model_validator(mode="after")
    def something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("give target_url or disabled")
        return self


class Link(BaseModel):
    slug: str
    target_url: str
    owner: str
    state: State
    disabled: bool
    visits: int
    max_visits: int | None
    expires_at: str | None
    created_at: str
    updated_at: str


class LinkPage(BaseModel):
    links: list[Link]
    total: int
    next_cursor: str | None


class Preview(BaseModel):
    slug: str
    target_url: str


class Day(BaseModel):
    day: str
    visits: int


class Stats(BaseModel):
    slug: str
    visits: int
    unique_visitors: int
    by_day: list[Day]


class Health(BaseModel):
    status: Literal["ok"] = "ok"


class Problem(BaseModel):
    """Every refusal."""

    detail: str
