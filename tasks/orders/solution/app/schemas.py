"""Request and response bodies, as the contract has them."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.lifecycle import Status


def whole(value: object) -> object:
    """JSON does not tell 2.0 from 2; text, fractions and booleans stay what they are and are refused as integers."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(whole)]
Sku = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Note = Annotated[str, Field(max_length=500)]
Sort = Literal["created_at", "-created_at", "total_cents", "-total_cents"]


class StrictBody(BaseModel):
    """A request body: unknown fields and converted types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NewItem(StrictBody):
    sku: Sku
    quantity: Annotated[Whole, Field(ge=1, le=1000)]
    unit_price_cents: Annotated[Whole, Field(ge=0, le=10_000_000)]


NewItems = Annotated[list[NewItem], Field(min_length=1, max_length=50)]


class NewOrder(StrictBody):
    items: NewItems
    note: Note | None = None


class OrderChange(StrictBody):
    version: Annotated[Whole, Field(ge=1, le=1_000_000_000)]
    # The default only marks "not sent"; an explicit null is refused.
    items: NewItems = Field(default_factory=list)
    note: Note | None = None

    def sent(self, field: str) -> bool:
        return field in self.model_fields_set


class Transition(StrictBody):
    to: Annotated[Status, Field(strict=False)]


class Item(BaseModel):
    sku: str
    quantity: int
    unit_price_cents: int
    line_total_cents: int


class Order(BaseModel):
    id: str
    customer: str
    status: Status
    items: list[Item]
    note: str | None
    subtotal_cents: int
    discount_cents: int
    total_cents: int
    version: int
    created_at: str
    updated_at: str


class OrderPage(BaseModel):
    orders: list[Order]
    total: int
    next_cursor: str | None


class Figures(BaseModel):
    count: int = 0
    total_cents: int = 0


class FiguresByStatus(BaseModel):
    draft: Figures = Figures()
    submitted: Figures = Figures()
    paid: Figures = Figures()
    shipped: Figures = Figures()
    cancelled: Figures = Figures()


class Summary(BaseModel):
    orders: int
    total_cents: int
    by_status: FiguresByStatus


class Health(BaseModel):
    status: Literal["ok"] = "ok"


class Problem(BaseModel):
    """Every refusal."""

    detail: str
