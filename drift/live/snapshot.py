"""Files in place of AWS: what `drift live` wrote, and what `aws ec2 describe-flow-logs` printed."""

from __future__ import annotations

import codecs
from collections import defaultdict
from collections.abc import Iterable
from copy import copy
from pathlib import Path
from typing import Final

import msgspec

from drift.errors import LiveFileError
from drift.live.foreign import clean, misnamed
from drift.live.response import EntryReader, MalformedEntryError, entry
from drift.model import EVERYTHING, Coverage, Filter, Inventory, Listing, LiveFlowLog, Narrowing

_FORMAT: Final = "drift-live"
_VERSION: Final = "1.0"
_AGAIN: Final = "Write it again with `drift live`, or `aws ec2 describe-flow-logs --output json`."


_ABSENT: Final = msgspec.Raw()


class _Listing(msgspec.Struct, kw_only=True, omit_defaults=False):
    """One account and region, with the entries as AWS names their members."""

    account: str | None
    region: str
    status: Coverage = Coverage.READ
    reason: str | None = None
    next_step: str | None = None
    missing_permission: str | None = None
    account_confirmed: bool = True
    flow_logs: list[msgspec.Raw] = msgspec.field(default_factory=list, name="FlowLogs")
    """Read one by one: 100,000 of them as dictionaries would take most of the memory."""


class _Filter(msgspec.Struct, kw_only=True, rename="pascal"):
    name: str
    values: list[str]


class _Narrowing(msgspec.Struct, kw_only=True):
    """What was asked for, in AWS's names; nothing where everything was."""

    filters: list[_Filter] = msgspec.field(default_factory=list, name="Filters")
    flow_log_ids: list[str] = msgspec.field(default_factory=list, name="FlowLogIds")


class _Snapshot(msgspec.Struct, kw_only=True):
    """The file that `drift live` writes."""

    format: str
    version: str
    read_at: str
    narrowing: _Narrowing = msgspec.field(default_factory=_Narrowing)
    listings: list[_Listing]


class _Head(msgspec.Struct, kw_only=True):
    """Enough of any JSON object to tell what it is; nothing else of it is read."""

    format: object = None
    version: object = None
    flow_logs: msgspec.Raw = msgspec.field(default=_ABSENT, name="FlowLogs")
    next_token: object = msgspec.field(default=None, name="NextToken")
    deployment: msgspec.Raw = _ABSENT
    checkpoint: msgspec.Raw = _ABSENT
    steps: msgspec.Raw = _ABSENT


# -- writing ------------------------------------------------------------------------------------


def dump(inventory: Inventory, read_at: str) -> bytes:
    """Return a snapshot file: the same inventory gives the same bytes, one member to a line."""
    snapshot = _Snapshot(
        format=_FORMAT,
        version=_VERSION,
        read_at=read_at,
        narrowing=_Narrowing(
            filters=[
                _Filter(name=condition.name, values=list(condition.values))
                for condition in inventory.narrowing.filters
            ],
            flow_log_ids=list(inventory.narrowing.flow_log_ids),
        ),
        listings=[_written(found) for found in sorted(inventory.listings, key=_place)],
    )
    return msgspec.json.format(msgspec.json.encode(snapshot), indent=2) + b"\n"


def _place(listing: Listing) -> tuple[str, str, str]:
    return listing.region, listing.account or "", listing.reason or ""


def _written(listing: Listing) -> _Listing:
    return _Listing(
        account=listing.account,
        region=listing.region,
        status=listing.status,
        reason=listing.reason,
        next_step=listing.next_step,
        missing_permission=listing.missing_permission,
        account_confirmed=listing.account_confirmed,
        flow_logs=[
            msgspec.Raw(msgspec.json.encode(entry(one)))
            for one in sorted(listing.flow_logs, key=_flow_log_id)
        ],
    )


def _flow_log_id(live: LiveFlowLog) -> str:
    return live.flow_log_id


# -- reading ------------------------------------------------------------------------------------


def load(path: str, account: str | None = None, region: str | None = None) -> Inventory:
    """Read a file; account and region are those of plain AWS CLI output, which names neither.

    Raises `LiveFileError`.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise LiveFileError(
            f"{path} could not be read: {error.strerror or type(error).__name__}",
            next_step="Check the name and the permissions of the --live file.",
        ) from error
    return parse(data, name=path, account=account, region=region)


def parse(
    data: bytes, *, name: str, account: str | None = None, region: str | None = None
) -> Inventory:
    """Return what a file holds; `name` is what messages call it. Raises `LiveFileError`.

    Output of the AWS CLI that ends with a NextToken was cut short. What it holds is there, so it
    is kept, but its listing is FAILED: what it does not hold may be there as well.
    """
    text = _utf8(data)
    head = _head(text, name)
    if head.format == _FORMAT:
        return _from_snapshot(text, name, head.version)
    if not head.flow_logs:
        raise _foreign(head, name)
    if account is None or region is None:
        missing = " and ".join(
            word for word, value in (("account", account), ("region", region)) if value is None
        )
        raise LiveFileError(
            f"{name} is output of the AWS CLI, which does not tell its {missing}",
            next_step="Name them with --account and --region.",
        )
    wrong = misnamed(account, region)
    if wrong is not None:
        raise LiveFileError(f"{name}: {wrong[1]}", next_step=f"Correct --{wrong[0]}.")
    listing = _Listing(account=account, region=region)
    try:
        listing.flow_logs = msgspec.json.decode(head.flow_logs, type=list[msgspec.Raw])
    except msgspec.ValidationError as error:
        raise _invalid(error, name) from error
    if head.next_token:
        listing.status = Coverage.FAILED
        listing.reason = f"{name} was cut short: it ends with a NextToken"
        listing.next_step = (
            "Run `aws ec2 describe-flow-logs` without --max-items and --no-paginate."
        )
    return Inventory(listings=(_read(listing, name),))


def _utf8(data: bytes) -> bytes:
    """Undo what PowerShell's `>` does to output: UTF-16, or a byte order mark."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.decode("utf-16", "replace").encode()
    return data.removeprefix(codecs.BOM_UTF8).strip()


def _head(text: bytes, name: str) -> _Head:
    if not text:
        raise LiveFileError(f"{name} is empty", next_step=_AGAIN)
    if text[:1] != b"{":
        raise LiveFileError(f"{name} is not a JSON object", next_step=_AGAIN)
    try:
        return msgspec.json.decode(text, type=_Head)
    except msgspec.ValidationError as error:
        raise _invalid(error, name) from error
    except msgspec.DecodeError as error:
        cut = "truncated" in str(error)
        raise LiveFileError(
            f"{name} {'is cut off' if cut else 'is not JSON'}: {clean(error)}", next_step=_AGAIN
        ) from error


def _foreign(head: _Head, name: str) -> LiveFileError:
    """Say what a file is that is none of ours."""
    if head.deployment or head.checkpoint or head.steps:
        return LiveFileError(
            f"{name} is declared, not live: it is a Pulumi state or preview",
            next_step="Give it as a SOURCE, without --live.",
        )
    return LiveFileError(
        f"{name} holds no flow logs: it has neither FlowLogs nor the format {_FORMAT!r}",
        next_step=_AGAIN,
    )


def _from_snapshot(text: bytes, name: str, version: object) -> Inventory:
    if not (isinstance(version, str) and version.split(".")[0] == _VERSION.split(".")[0]):
        raise LiveFileError(
            f"{name} has version {clean(version, 20)}, which this drift does not know",
            next_step="Read it with the drift that wrote it, or write it again with `drift live`.",
        )
    try:
        snapshot = msgspec.json.decode(text, type=_Snapshot)
    except msgspec.ValidationError as error:
        raise _invalid(error, name) from error
    for listing in snapshot.listings:
        wrong = misnamed(listing.account, listing.region)
        if wrong is not None:
            raise LiveFileError(f"{name}: {wrong[1]}", next_step=_AGAIN)
    return Inventory(
        listings=tuple(_read(listing, name) for listing in _once_each(snapshot.listings)),
        narrowing=_asked(snapshot.narrowing),
    )


def _once_each(listings: Iterable[_Listing]) -> Iterable[_Listing]:
    """Put those of the same account and region into one: several files are easily made one.

    Where nobody could tell the account, nobody can tell that it is the same.
    """
    places: dict[tuple[str, str] | int, list[_Listing]] = defaultdict(list)
    for number, listing in enumerate(listings):
        places[(listing.region, listing.account) if listing.account else number].append(listing)
    return [several[0] if len(several) == 1 else _union(several) for several in places.values()]


def _union(listings: list[_Listing]) -> _Listing:
    """Return all that several saw; one that was read outweighs those that were not."""
    read = [listing for listing in listings if listing.status is Coverage.READ]
    union = copy(read[0] if read else listings[0])
    union.account_confirmed = all(listing.account_confirmed for listing in read or listings)
    union.flow_logs = [one for listing in listings for one in listing.flow_logs]
    return union


def _asked(narrowing: _Narrowing) -> Narrowing:
    if not narrowing.filters and not narrowing.flow_log_ids:
        return EVERYTHING
    return Narrowing(
        filters=tuple(
            Filter(name=condition.name, values=tuple(condition.values))
            for condition in narrowing.filters
        ),
        flow_log_ids=tuple(narrowing.flow_log_ids),
    )


def _read(listing: _Listing, name: str) -> Listing:
    return Listing(
        account=listing.account,
        region=listing.region,
        status=listing.status,
        reason=listing.reason,
        next_step=listing.next_step,
        missing_permission=listing.missing_permission,
        account_confirmed=listing.account_confirmed,
        flow_logs=tuple(_entries(listing, name)),
    )


def _entries(listing: _Listing, name: str) -> Iterable[LiveFlowLog]:
    """Read each flow log once, as long as the file says the same of it each time."""
    read = EntryReader(listing.account, listing.region).read
    found: dict[str, LiveFlowLog] = {}
    for number, one in enumerate(listing.flow_logs, start=1):
        try:
            live = read(msgspec.json.decode(one))
        except MalformedEntryError as error:
            raise LiveFileError(f"{name}: {error} (number {number})", next_step=_AGAIN) from error
        if found.setdefault(live.flow_log_id, live) != live:
            raise LiveFileError(
                f"{name} holds two different answers for {clean(live.flow_log_id, 80)}",
                next_step="Keep the newer one, or write the file again with `drift live`.",
            )
    return found.values()


def _invalid(error: msgspec.ValidationError, name: str) -> LiveFileError:
    return LiveFileError(
        f"{name} is not of the shape it should be: {clean(error)}", next_step=_AGAIN
    )
