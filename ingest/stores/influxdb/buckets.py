r"""InfluxDB 2.x: creates a missing bucket, and the mapping under which InfluxQL finds it.

What 2.7 answers, after its source (`tenant/`, `dbrp/`, `authorizer/`, `kit/transport/http`):

| asked | answer |
|---|---|
| a bucket by a name that is not there | 404 `{"code":"not found","message":"bucket \"liangqu\" not found"}` |
| one that the token may not read | 200, an empty list |
| an organisation that the token may not read | 200, an empty list |
| an organisation by a name that is not there | 404 `organization name "epb" not found` |
| to make a bucket, without the right | 401 `write:orgs/…/buckets is unauthorized` |
| anything with a token it does not know | 401 `{"code":"unauthorized","message":"unauthorized access"}` |
| mappings of a database | 200, `content` with the virtual ones too, which 2.4 and later make of each bucket |

A token that is limited to its bucket is enough once that is there: what it may do is seen when it is done.
"""

from msgspec import Struct

from ingest.stores.base import StoreAway
from ingest.stores.influxdb.answers import Denied
from ingest.stores.influxdb.cluster.servers import InfluxServers

NOT_FOUND = "not found"
CONFLICT = "conflict"
UNKNOWN_TOKEN = "unauthorized access"  # noqa: S105 - the server's words


class _Bucket(Struct, rename={"org_id": "orgID"}):
    id: str
    org_id: str = ""


class _Buckets(Struct):
    buckets: list[_Bucket]


class _Organisation(Struct):
    id: str


class _Organisations(Struct):
    orgs: list[_Organisation]


class _Mapping(Struct, rename={"bucket_id": "bucketID"}):
    bucket_id: str = ""


class _Mappings(Struct):
    content: list[_Mapping]


def ensure_bucket(server: InfluxServers, org: str, name: str) -> None:
    """Create what is missing, as far as the token may; a bucket that it cannot see is assumed to exist.

    Raises:
        StoreAway: the bucket is not there and cannot be made, the organisation or the token is unknown, or
            an answer does not come from InfluxDB 2.
    """
    if not org:
        raise _refusal(server, "InfluxDB 2 wants [influxdb] org")
    found = server.api("GET", "/api/v2/buckets", {"org": org, "name": name}, _Buckets)
    if isinstance(found, _Buckets):
        if found.buckets:
            _ensure_mapping(server, org, found.buckets[0], name)
        return
    if found.code == NOT_FOUND and "bucket" in found.words:
        _ensure_mapping(server, org, _create_bucket(server, org, name), name)
    elif found.code == NOT_FOUND or UNKNOWN_TOKEN in found.words:
        raise _refusal(server, f"{found.words} ([influxdb] org is {org!r})")


def _create_bucket(server: InfluxServers, org: str, name: str) -> _Bucket:
    by_hand = f"make it by hand (influx bucket create -o {org} -n {name}) or give a token that may"
    missing = f"there is no bucket {name!r} in {org!r}"
    found = server.api("GET", "/api/v2/orgs", {"org": org}, _Organisations)
    if isinstance(found, Denied) or not found.orgs:
        why = f": {found.words}" if isinstance(found, Denied) else ""
        raise _refusal(server, f"{missing}, and the token may not read the organisation{why}; {by_hand}")
    org_id = found.orgs[0].id
    wanted = {"orgID": org_id, "name": name, "retentionRules": []}
    made = server.api("POST", "/api/v2/buckets", {}, _Bucket, wanted)
    if isinstance(made, Denied):
        raise _refusal(server, f"{missing}, and the token may not make it: {made.words}; {by_hand}")
    return _Bucket(made.id, org_id)


def _ensure_mapping(server: InfluxServers, org: str, bucket: _Bucket, name: str) -> None:
    """The mapping; where none may be seen, writing and reading show whether there is one."""
    within = {"orgID": bucket.org_id} if bucket.org_id else {"org": org}
    found = server.api("GET", "/api/v2/dbrps", within | {"db": name}, _Mappings)
    if isinstance(found, Denied) or found.content:
        return
    mapping = within | {"bucketID": bucket.id, "database": name}
    wanted = mapping | {"retention_policy": "autogen", "default": True}
    made = server.api("POST", "/api/v2/dbrps", {}, _Mapping, wanted)
    if isinstance(made, Denied) and made.code != CONFLICT:
        by_hand = f"influx v1 dbrp create --bucket-id {bucket.id} --db {name} --rp autogen --default"
        raise _refusal(
            server,
            f"no DBRP mapping leads InfluxQL to bucket {name!r}, and the token may not make one:"
            f" {made.words}; make it by hand: {by_hand}",
        )


def _refusal(server: InfluxServers, words: str) -> StoreAway:
    return StoreAway(f"{server.url}: {server.redact(words)}", kind="refuses")
