"""Tells a credential that is written into a source from a name, a label, a placeholder or an example of one.

Programs are full of texts beside the word password: names of error codes, grant types, columns, headers, messages for
people. A text counts as a credential when nobody would take it for one of those.
"""

import itertools
import re

CONTEXT = re.compile(r"passw|pwd|secret|token|session|otp|api_?key|salt|credential|reset|nonce", re.IGNORECASE)
_LITERAL = re.compile(r"""([A-Za-z_][\w.\]\["']*)["']?\s*(?:[:=]=?|!=|:\s*[\w\[\]. |]+\s*=)\s*[rbfu]?(["'])(.*?)\2""")
_LABEL_NAME = re.compile(  # what such a name holds is a name, an address or a text for people
    r"(?:^|_|(?<=[a-z]))(?:url|uri|path|type|types|field|header|name|prefix|suffix|scheme|alg|algorithm|env|var|ttl|kind|"
    r"alphabet|chars|charset|characters|pattern|regex|re|column|table|cookie|param|parameter|query|label|message|msg|"
    r"error|errors|err|code|codes|claim|claims|scope|issuer|audience|purpose|event|action|status|state|policy|hint|doc|"
    r"docs|description|title|detail|example|placeholder|template|format|grant|permission|role|reason|problem|endpoint|"
    r"route|tag|topic|queue|channel|namespace|encoding|separator|delimiter|length|bytes|sql|statement|index)$",
    re.IGNORECASE,
)
_LABEL_PART = re.compile(
    r"invalid|expired|missing|required|wrong|weak|error|mismatch|unknown|revoked|grant|reset_|_reset|changed|dummy|fake|"
    r"placeholder|example|decoy|bogus|timing|incorrect|too_|conflict|denied|forbidden|event",
    re.IGNORECASE,
)
_NO_LOGIN_NAME = re.compile(r"(?:^|_)(?:dummy|fake|decoy|bogus|timing)_", re.IGNORECASE)  # hashed to lose time
_MADE_UP = re.compile(  # one character over and over; a slow hash, by which nobody can log in
    r"^[\W_]*([^\W_])(?:\1|[\W_])*$|^(?:pbkdf2|scrypt|argon2|bcrypt)\w*[$:]", re.IGNORECASE
)
_WORDS_TEXT = (  # of which the codes, grant types, fields and scopes of such programs are made
    "access account active admin already api attempt attempts auth authentication authorization bad basic bearer "
    "body bytes cannot change changed check claim client code common confirm confirmation cookie count create "
    "created credential credentials csrf current data days delete denied digest disabled duplicate email empty "
    "enter error event exceeded exists exp expire expired expires expiry failed failure field fields forbidden "
    "forgot forgotten format found generic grant has hash hashed header hint id identifier in incorrect invalid "
    "is iss issued jti jwt key length limit link locked log logged login logout long malformed match max min "
    "minutes mismatch missing must name needed new no none not null oauth2 of old on or otp owner param parameter "
    "pass passwd password passwords policy present pwd query read reason recover recovery refresh refused "
    "rejected repeat request required requires reset response revoke revoked role rotate rotated salt scope "
    "seconds secret session sessions set short sign signature signed signin signup similar state status str "
    "string sub subject text the to token tokens too ttl type unauthorized unknown unset update updated usage "
    "used user username users value verification verified verify version weak with write wrong your"
)
_WORDS = frozenset(_WORDS_TEXT.split())
_PLACEHOLDER = re.compile(
    r"change.?me|change.?this|replace.?(?:me|this|with)|your[-_. ]|^<.*>$|^\$?\{.*\}$|^x{3,}$|^\*+$|^\.{3}$|"
    r"placeholder|"
    r"example|^(?:to.?do|tbd|none|null|dummy|fake|sample|secret|password|passwd|postgres|root|admin|user|app|test|dev)$|"
    r"^(?:generate|set|put|insert|enter|fill)[-_ ]|goes.?here|^-+$|^0+$|^1234",
    re.IGNORECASE,
)
_WRITTEN = re.compile(r"(?:[A-Za-z]+\d{0,4}|\d{1,4})(?:[_.\-](?:[A-Za-z]+\d{0,4}|\d{1,4}))*[!.]?")
_SHOWN_FILE = re.compile(
    r"(?:^|/)(?:[^/]*\.(?:example|sample|template|dist|md|rst|adoc|txt|http|rest)|"
    r"[^/]*(?:\b(?:example|sample)|openapi|swagger|postman)[^/]*|"
    r"\.env\.(?:tests?|testing|ci)|pytest\.(?:ini|toml)|tox\.ini|\.gitlab-ci\.ya?ml)$|(?:^|/)\.github/",
    re.I,
)


def is_credential(code: str, function: str = "", example: bool = False) -> bool:
    """Whether a line of code that a scanner suspects really holds a credential.

    `function`: the function around it; `example`: the line only shows a value in the API's documentation.
    """
    if example or _LABEL_PART.search(function):
        return False
    pairs = [(name.split(".")[-1].strip("]\"'["), value) for name, _, value in _LITERAL.findall(code)]
    if not pairs:
        return True  # no pair of name and text to be read: believe the scanner
    return any(_is_credential_of(name, value) for name, value in pairs)


def is_shown_only(path: str) -> bool:
    """Whether a file is there to be read or filled in, or for tests only: `.env.example`, README.md, `.env.test`."""
    return _SHOWN_FILE.search(path) is not None


def is_setting(name: str, value: str) -> bool:
    """Whether a line of configuration beside such a word sets something else (`secret_rotation: monthly`)."""
    return not _is_credential_of(name, value) or re.fullmatch(r"[a-z]+([_ -][a-z]+)*", value) is not None


def is_placeholder(value: str) -> bool:
    """Whether a value asks to be replaced (`change-me`, `<your key>`, `${SECRET}`)."""
    return len(value) < 5 or _PLACEHOLDER.search(value) is not None


def is_drawn(value: str) -> bool:
    """Whether a value looks drawn by lot; `dev_secret_123` and `supersecretkey` are what people write to begin with."""
    if len(value) < 8:
        return False
    longest = max(re.split(r"[^A-Za-z]", value), key=len)
    turns = sum(one.islower() != other.islower() for one, other in itertools.pairwise(longest))
    return _WRITTEN.fullmatch(value) is None or (len(longest) >= 16 and turns > len(longest) / 4)


def _is_credential_of(name: str, value: str) -> bool:
    if len(value) < 5 or _LABEL_NAME.search(name) or _NO_LOGIN_NAME.search(name) or _MADE_UP.search(value):
        return False
    if value.startswith(("/", "http://", "https://", "<", "{", "$", "X-", "^", "%(")) or "***" in value:
        return False
    if " " in value or re.fullmatch(r"[A-Z][A-Z0-9_]*", value):  # a sentence, or a variable's name
        return False
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", value)]
    told = bool(words) and re.fullmatch(r"[\w.:/-]+", value) is not None and _WORDS.issuperset(words)
    return not told and not (_LABEL_PART.search(name) and re.fullmatch(r"[a-z]+([_.:-][a-z]+)*", value))
