"""HTTP in, HTTP out. Handlers that touch the database are plain functions: they run in worker threads."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from app.auth import Caller
from app.lifecycle import Status
from app.schemas import Health, NewOrder, Order, OrderChange, OrderPage, Problem, Sort, Summary, Transition
from app.service import OrderService

REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No valid token"},
    "4XX": {"model": Problem, "description": "Refused"},
}

public = APIRouter()
router = APIRouter(responses=REFUSALS)


async def order_service(request: Request) -> OrderService:
    service: OrderService = request.app.state.orders
    return service


Orders = Annotated[OrderService, Depends(order_service)]


@public.get("/health", operation_id="getHealth")
async def health() -> Health:
    return Health()


@router.post("/orders", status_code=201, operation_id="createOrder")
def create_order(body: NewOrder, caller: Caller, orders: Orders) -> Order:
    return orders.create(caller, body)


@router.get("/orders", operation_id="listOrders")
def list_orders(
    caller: Caller,
    orders: Orders,
    status: Status | None = None,
    sku: Annotated[str | None, Query(max_length=64)] = None,
    sort: Sort = "-created_at",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=512)] = None,
) -> OrderPage:
    return orders.page(caller, status, sku, sort, limit, cursor)


@router.get("/orders/{order_id}", operation_id="getOrder")
def get_order(order_id: str, caller: Caller, orders: Orders) -> Order:
    return orders.read(caller, order_id)


@router.patch("/orders/{order_id}", operation_id="updateOrder")
def update_order(order_id: str, body: OrderChange, caller: Caller, orders: Orders) -> Order:
    return orders.change(caller, order_id, body)


@router.delete("/orders/{order_id}", operation_id="deleteOrder")
def delete_order(order_id: str, caller: Caller, orders: Orders) -> dict[str, str]:
    orders.delete(caller, order_id)
    return {"deleted": order_id}


@router.post("/orders/{order_id}/transitions", operation_id="transitionOrder")
def transition_order(order_id: str, body: Transition, caller: Caller, orders: Orders) -> Order:
    return orders.advance(caller, order_id, body.to)


@router.get("/summary", operation_id="getSummary")
def get_summary(caller: Caller, orders: Orders) -> Summary:
    return orders.summary(caller)
