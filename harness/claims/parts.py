"""Whether a figure is of one part of the service only: one endpoint, one sort of query, a store behind the API.

Refuses to know metrics: it reads the words in front of a figure, and the label or heading over it.
"""

import re

from harness.claims.script import words

_PATH = re.compile(r"(?:^|[\s`(|\"'])/(?:[a-z{][\w{}:.*-]*)(?:/|(?=[\s`)|\"',]|$))", re.IGNORECASE)  # /api/orders/{id}
_SORT_OF = re.compile(
    r"(?i)(?<![\w-])(?P<sort>[^\W\d][\w-]*)\s+(?:endpoints?|quer(?:y|ies)|routes?|webhooks?|mutations?|jobs?)\s*$"
)
_WHOLE = words(  # sorts that are all of it together, or most of it
    r"read|write|mixed|all|every|each|any|most|our|the|its|your|these|api|rest|http|graphql|public|core|crud|get|post|"
    r"simple|complex|normal|standard|typical|critical|main|service|backend|read-heavy|write-heavy|heavy|data"
)
_STORE = words(
    r"caches?|caching|redis|memcached|databases?|db|postgres\w*|mysql|mongo\w*|queues?|workers?|background|jobs?|"
    r"kafka|brokers?|cdn|search|vector|storage|base de dados|banco de dados|base de datos|datenbank|база данных|缓存|"
    r"数据库|キャッシュ|データベース|캐시"
)
_NEUTRAL = words(
    r"performance|layer|metrics?|targets?|access|operations?|tier|and|&|of|the|latenc(?:y|ies)|response|times?"
)


def names_a_path(text: str) -> bool:
    """`GET /api/orders`: the figure beside it is of that endpoint."""
    return bool(_PATH.search(text))


def names_a_sort(label: str) -> bool:
    """`Login endpoints`, `Statistics queries`; not `Read endpoints` or `All endpoints`."""
    found = _SORT_OF.search(label)
    return found is not None and not _WHOLE.fullmatch(found["sort"])


def is_store(title: str) -> bool:
    """`Cache`, `Redis and database performance`: what is listed below is not the API."""
    return bool(_STORE.search(title)) and not re.search(r"[^\W\d_]{2,}", _STORE.sub(" ", _NEUTRAL.sub(" ", title)))
