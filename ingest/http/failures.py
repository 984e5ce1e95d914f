"""Why a server did not answer, in words without its address and without what it sent."""

import http.client
import ssl
from http.client import HTTPException
from socket import gaierror


def describe_failure(error: Exception) -> str:
    """`connection refused`, `no answer in time`: what the network, TLS or HTTP came to."""
    if isinstance(error.__cause__, OSError | HTTPException | UnicodeError):
        error = error.__cause__
    match error:
        case TimeoutError():
            return "no answer in time"
        case gaierror() | UnicodeError():
            return "the name of its host is not known"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {error.verify_message.partition(',')[0]}"
        case ssl.SSLError():
            return f"no TLS with it: {(error.reason or 'it hung up').replace('_', ' ').lower()}"
        case http.client.RemoteDisconnected():
            return "it hung up without an answer"
        case OSError(strerror=str(strerror)) if strerror:
            return strerror[0].lower() + strerror[1:]
        case http.client.BadStatusLine() | http.client.UnknownProtocol():
            return "what it answers is no HTTP"
        case http.client.LineTooLong():
            return "a line of its answer is longer than HTTP allows"
    return f"its answer cannot be read ({type(error).__name__})"
