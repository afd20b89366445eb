"""Fetches the API description that a submission publishes, with caps, and hands it over sanitised.

It refuses redirects, other origins and anything that is neither JSON nor YAML; "not published" is a fact, not an error.
"""

from typing import Any

from harness_probe.client import Client
from harness_probe.transport import ServiceError
from sanitise import SpecRejected, sanitise

PLACES = (
    "/openapi.json",
    "/openapi.yaml",
    "/openapi.yml",
    "/api/openapi.json",
    "/docs/openapi.json",
    "/swagger.json",
    "/v3/api-docs",
)


def fetch(client: Client, headers: dict[str, str], base_url: str) -> dict[str, Any]:
    """{"state": absent | rejected | accepted, "place", "code", "reason", "notes", "spec"}; the last when accepted."""
    for place in PLACES:
        try:
            answer = client.get(place, headers=headers)
        except ServiceError as error:
            if error.kind == "too_large":
                return {"state": "rejected", "place": place, "code": "spec_rejected", "reason": str(error)}
            if error.kind == "timeout":  # a hanging service would hang at every place
                return {"state": "absent", "tried": [place], "reason": str(error)}
            continue
        if answer.status_code != 200 or "html" in answer.headers.get("content-type", ""):
            continue
        try:
            spec, notes = sanitise(answer.content, base_url)
        except SpecRejected as error:
            return {"state": "rejected", "place": place, "code": error.code, "reason": str(error)}
        return {"state": "accepted", "place": place, "notes": notes, "spec": spec}
    return {"state": "absent", "tried": list(PLACES)}
