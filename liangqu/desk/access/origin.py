"""Whether a page of this desk sent a form, as far as the browser says it; the token is asked for too."""

from urllib.parse import urlsplit

from starlette.requests import Request

_OWN_SITES = frozenset({"same-origin", "none"})


def is_foreign(request: Request, public_url: str = "") -> bool:
    """Whether the browser says that a page of another place sent it.

    `Origin: null` says nothing: with our Referrer-Policy our own forms have it too.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in _OWN_SITES
    origin = request.headers.get("origin", "null")
    if origin == "null":
        return False
    own = {request.headers.get("host", "").casefold(), urlsplit(public_url).netloc.casefold()}
    try:
        return urlsplit(origin).netloc.casefold() not in own - {""}
    except ValueError:
        return True
