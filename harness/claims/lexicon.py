"""Words of the claims grammar without numbers: capabilities, behaviours, and what marks a skill or an output format.

Refuses to match anything by itself: tables of patterns only, so that a reader can see what counts as a claim.
Source: the definitions of five published agents and the grammar derived from them (`harness agent claims` prints it).
"""

import re

from harness.claims.script import words

CAPABILITIES: dict[str, str] = {
    "rest_api": r"rest(?:ful)?(?: api\w*)?",
    "graphql": r"graphql",
    "grpc": r"grpc",
    "websocket": r"websockets?",
    "openapi": r"openapi|swagger",
    "api_versioning": r"api versioning|versioning strateg\w+",
    "pagination": r"pagination",
    "filtering": r"(?:data )?filtering",
    "rate_limiting": r"rate[- ]limit\w*",
    "cors": r"cors",
    "security_headers": r"security headers",
    "input_validation": r"input validation|request/response validation|validation",
    "sql_injection_prevention": r"sql injection(?: prevention)?",
    "authentication": r"authentication",
    "jwt": r"jwt",
    "oauth2": r"oauth ?2?",
    "rbac": r"rbac|abac|role-based access control",
    "encryption": r"encrypt\w*",
    "password_hashing": r"bcrypt|argon2|password hashing|hashing",
    "audit_logging": r"audit logging",
    "migrations": r"migrations?(?: scripts?)?",
    "seed_data": r"seed data(?: scripts?)?",
    "transactions": r"transactions?(?: management)?|rollback",
    "connection_pooling": r"connection pool\w*",
    "caching": r"cach(?:e|es|ing)(?: layers?| strateg\w+)?",
    "idempotency": r"idempotency",
    "message_queue": r"message queues?|dead letter\w*",
    "circuit_breaker": r"circuit breakers?",
    "health_checks": r"health[- ]checks?",
    "graceful_shutdown": r"graceful shutdown",
    "metrics_endpoint": r"prometheus|metrics endpoints?",
    "structured_logging": r"structured log\w*",
    "correlation_ids": r"correlation ids?",
    "tracing": r"distributed tracing|opentelemetry",
    "unit_tests": r"unit (?:and integration )?tests?",
    "integration_tests": r"integration tests?",
    "multi_stage_build": r"multi-stage build",
    "secret_management": r"secrets? management",
    "owasp": r"owasp",
}

BEHAVIOURS: dict[str, str] = {
    "no_delegation": r"(?:do not|don't|never)(?: \w+)? delegate",
    "no_infinite_loops": r"infinite loops?",
    "asks_when_ambiguous": r"ambiguous[^.\n]*clarif\w+|seek clarification",
    "structured_json": r"structured json",
    "concise_replies": r"(?:keep )?responses concise",
    "summary": r"clear summary",
    "backend_only": r"backend development only",
    "halts_on_circular_dependencies": r"halt if circular dependenc\w+",
    "stops_at_requested_endpoints": r"stop after generating all requested endpoints",
    "status_updates": r"status updates",
}

SKILL_LINE = words(
    r"expertise|expert in|proficien\w+|specializ\w+ in|specialis\w+ in|familiar\w* with|experienced? (?:in|with)|"
    r"experience (?:in|with)|knowledge of|knowledgeable|skilled (?:in|with|at)|master(?:y|s|ed)? (?:of|in)|basics|"
    r"精通|熟悉|擅长|掌握|владе\w+|опыт\w*|Expertise|maîtris\w+|experiencia|experiência|dominio|domínio"
)
SKILL_HAN = re.compile(r"精通|熟悉|擅长|擅長|掌握|得意|専門|전문")
SKILL_HEADING = words(
    r"expertise|proficien\w+|skills?|mastery|capabilities|technolog(?:y|ies)|tool preferences|development tools|stack|"
    r"competenc(?:y|ies)|background|toolbox|技术栈|技能|専門"
)
OUTPUT_HEADING = words(r"(?:output|response|reply|answer) (?:structure|format|sections?)|deliverables")
