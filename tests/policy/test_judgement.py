"""A stack as it is judged: read once, patient after a deployment, told policy by policy."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from drift.errors import CredentialsError, DriftError, UsageError
from drift.live.terms import Target
from drift.model import (
    EVERYTHING,
    Coverage,
    FlowLog,
    Inventory,
    Lifecycle,
    Listing,
    LiveFlowLog,
    Narrowing,
    ProviderCredentials,
)
from drift.policy import verdicts
from drift.policy.as_sent import as_sent
from drift.policy.catalog import Name
from drift.policy.judgement import Judge, Judgement
from drift.policy.options import Settings
from drift.policy.reading import Patience
from drift.policy.resources import read
from tests.policy.engine import UNKNOWN, Json, Properties, Provider, Resource, secret
from tests.policy.stack import (
    ACCOUNT,
    AWS,
    BUCKET,
    FLOW_LOG,
    FORMAT,
    NATIVE_FLOW_LOG,
    REGION,
    SUBNET,
    VPC,
    as_seen,
    flow_log,
    inputs,
    new_flow_log,
    seen_properties,
)

URN = "urn:pulumi:prod::net::"


def live(flow_log_id: str, resource_id: str = "vpc-1", **more: str) -> LiveFlowLog:
    return LiveFlowLog(
        flow_log_id=flow_log_id,
        account=ACCOUNT,
        region=REGION,
        created_at="2026-03-03T02:17:00Z",
        flow_log=FlowLog(
            resource_id=resource_id,
            traffic_type="ALL",
            log_destination_type="s3",
            log_destination=more.get("log_destination", BUCKET),
            log_format=FORMAT,
            max_aggregation_interval=600,
            tags={"Team": more["team"]} if "team" in more else {},
        ),
    )


@dataclass
class FakeAws:
    """Lists what it is given, a listing for each time that it is asked; the last one stays."""

    listings: Sequence[Sequence[LiveFlowLog]]
    asked: list[tuple[tuple[Target, ...], Narrowing]] = field(default_factory=list)

    def __call__(self, targets: Sequence[Target], narrowing: Narrowing) -> Inventory:
        found = self.listings[min(len(self.asked), len(self.listings) - 1)]
        self.asked.append((tuple(targets), narrowing))
        listing = Listing(account=ACCOUNT, region=REGION, flow_logs=tuple(found))
        return Inventory(listings=(listing,), narrowing=narrowing)


def judged(
    *resources: Resource,
    aws: Callable[[Sequence[Target], Narrowing], Inventory] | None = None,
    preview: bool = True,
    naps: list[float] | None = None,
) -> Judgement:
    judge = Judge(
        is_preview=lambda: preview,
        ask=aws or FakeAws([[]]),
        patience=Patience(sleep=([] if naps is None else naps).append),
    )
    return judge.judgement(Name.MISSING, as_seen(*resources))


def said(
    name: Name, judgement: Judgement, settings: Settings | None = None
) -> list[tuple[str | None, str]]:
    found = verdicts.violations(name, judgement, settings or Settings())
    return [(one.urn, one.message) for one in found]


# -- what is declared -----------------------------------------------------------------------------


def test_a_deployed_flow_log() -> None:
    contents = read(as_seen(flow_log("a", "fl-1", vpcId="vpc-1")), {})
    [declared] = contents.declared.flow_logs
    assert (declared.flow_log_id, declared.account, declared.region, declared.lifecycle) == (
        "fl-1",
        ACCOUNT,
        REGION,
        Lifecycle.CREATED,
    )
    assert (declared.project, declared.stack, declared.provider_urn) == ("net", "prod", None)


@pytest.mark.parametrize("protect", [True, False])
def test_what_is_protected_is_imported_as_such(protect: bool) -> None:
    resource = replace(flow_log("a", "fl-1", vpcId="vpc-1"), protect=protect)
    [declared] = read(as_seen(resource), {}).declared.flow_logs
    assert declared.protected == protect


def test_one_to_be_created_is_where_its_provider_is() -> None:
    there = Provider(
        name="there",
        inputs={
            "region": "eu-west-1",
            "profile": "deploy",
            "allowedAccountIds": '["222222222222"]',
        },
    )
    resource = Resource(
        type=FLOW_LOG,
        name="a",
        provider=there,
        parent="urn:pulumi:prod::net::acme:Logs::logs",
        properties={"id": UNKNOWN, "arn": UNKNOWN, "vpcId": UNKNOWN, "logDestination": BUCKET},
    )
    parent = Resource(type="acme:Logs", name="logs", properties={})
    [declared] = read(as_seen(parent, resource), {}).declared.flow_logs
    assert (declared.lifecycle, declared.flow_log_id) == (Lifecycle.TO_CREATE, None)
    assert (declared.account, declared.region) == ("222222222222", "eu-west-1")
    assert declared.credentials == ProviderCredentials(profile="deploy")
    assert (declared.provider_urn, declared.parent_urn) == (there.urn, parent.urn)


def test_one_whose_id_is_empty_is_still_to_be_created() -> None:
    [declared] = read(as_seen(flow_log("a", "", arn="", vpcId="v")), {}).declared.flow_logs
    assert (declared.lifecycle, declared.flow_log_id) == (Lifecycle.TO_CREATE, None)


def test_aws_native() -> None:
    resource = Resource(
        type=NATIVE_FLOW_LOG,
        name="a",
        provider=Provider(package="aws-native", inputs={"region": REGION}),
        properties={"id": "fl-1", "resourceId": "vpc-1", "tags": [{"key": "a", "value": "b"}]},
    )
    [declared] = read(as_seen(resource), {}).declared.flow_logs
    assert (declared.flow_log_id, declared.flow_log.tags) == ("fl-1", {"a": "b"})


# -- how it is read -------------------------------------------------------------------------------


def test_policies_of_one_run_share_a_reading() -> None:
    aws = FakeAws([[live("fl-1")]])
    judge = Judge(is_preview=lambda: True, ask=aws)
    stack = as_seen(flow_log("a", "fl-1", vpcId="vpc-1"))
    first = judge.judgement(Name.MISSING, stack)
    assert judge.judgement(Name.REPLACED, stack) is first
    assert len(aws.asked) == 1
    assert judge.judgement(Name.MISSING, stack) is not first
    assert len(aws.asked) == 2


def test_a_region_is_asked_for_once_though_several_things_are_in_it() -> None:
    vpc = Resource(
        type=VPC,
        name="main",
        provider=AWS,
        properties={"id": "vpc-1", "arn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-1"},
    )
    aws = FakeAws([[]])
    judged(vpc, flow_log("a", "fl-1", vpcId="vpc-1"), flow_log("b", "fl-2", vpcId="vpc-1"), aws=aws)
    [(targets, narrowing)] = aws.asked
    assert {(target.account, target.region) for target in targets} == {(ACCOUNT, REGION)}
    assert narrowing == EVERYTHING


def test_after_an_update_what_is_not_listed_is_looked_up_by_id() -> None:
    aws, naps = FakeAws([[], [], [live("fl-1")]]), list[float]()
    judgement = judged(flow_log("a", "fl-1", vpcId="vpc-1"), aws=aws, preview=False, naps=naps)
    assert said(Name.MISSING, judgement) == []
    assert naps == [1, 2]
    assert [narrowing.flow_log_ids for _, narrowing in aws.asked] == [(), ("fl-1",), ("fl-1",)]
    assert judgement.inventory.narrowing == EVERYTHING


def test_patience_ends() -> None:
    naps: list[float] = []
    judgement = judged(flow_log("a", "fl-1", vpcId="vpc-1"), preview=False, naps=naps)
    assert [urn for urn, _ in said(Name.MISSING, judgement)] == [f"{URN}{FLOW_LOG}::a"]
    assert naps == [1, 2, 3, 4]


def test_more_than_aws_takes_by_id_are_listed_again() -> None:
    gone = [flow_log(f"n{n}", f"fl-{n:04x}", vpcId=f"vpc-{n}") for n in range(1001)]
    aws = FakeAws([[], [live(f"fl-{n:04x}", f"vpc-{n}") for n in range(1000)]])
    judgement = judged(*gone, aws=aws, preview=False)
    assert [urn for urn, _ in said(Name.MISSING, judgement)] == [f"{URN}{FLOW_LOG}::n1000"]
    assert [len(narrowing.flow_log_ids) for _, narrowing in aws.asked] == [0, 0, 1, 1, 1]


def test_what_was_read_holds_though_a_later_look_fails() -> None:
    first = FakeAws([[]])

    def once(targets: Sequence[Target], narrowing: Narrowing) -> Inventory:
        return fails(targets, narrowing) if narrowing.flow_log_ids else first(targets, narrowing)

    judgement = judged(flow_log("a", "fl-1", vpcId="vpc-1"), aws=once, preview=False)
    assert judgement.failure is None
    assert [urn for urn, _ in said(Name.MISSING, judgement)] == [f"{URN}{FLOW_LOG}::a"]


LATER: Json = [{"roleArn": UNKNOWN}]


@pytest.mark.parametrize(
    ("provider", "what"),
    [
        ({"region": REGION, "assumeRoles": LATER}, "role of its provider"),
        ({"region": REGION, "profile": UNKNOWN}, "profile of its provider"),
        ({"region": UNKNOWN}, "region of its provider"),
    ],
    ids=["role", "profile", "region"],
)
def test_where_a_new_one_will_be_may_not_be_known_which_blocks_nothing(
    provider: Properties, what: str
) -> None:
    told: list[str] = []
    aws = FakeAws([[]])
    judge = Judge(is_preview=lambda: True, ask=aws, announce=told.append)
    new = replace(
        new_flow_log("fresh", vpcId="vpc-1", logFormat=FORMAT, region=UNKNOWN),
        provider=Provider(name="later", inputs=provider),
    )
    judgement = judge.judgement(Name.UNVERIFIED, as_seen(new))
    assert said(Name.UNVERIFIED, judgement) == []
    assert [targets for targets, _ in aws.asked] == [()]
    assert [text.splitlines() for text in told] == [
        [
            "flow-log-drift did not judge:",
            f"  fresh  the {what}: not known before the deployment has run",
        ]
    ]


def test_one_that_is_there_is_looked_for_by_whoever_may() -> None:
    aws = FakeAws([[]])
    old = replace(
        flow_log("a", "fl-1", vpcId="vpc-1"),
        provider=Provider(name="later", inputs={"region": REGION, "assumeRoles": LATER}),
    )
    assert len(said(Name.MISSING, judged(old, aws=aws))) == 1
    assert [len(targets) for targets, _ in aws.asked] == [1]


def test_a_preview_does_not_wait() -> None:
    naps: list[float] = []
    judgement = judged(flow_log("a", "fl-1", vpcId="vpc-1"), naps=naps)
    assert len(said(Name.MISSING, judgement)) == 1
    assert naps == []


def fails(_targets: Sequence[Target], _narrowing: Narrowing) -> Inventory:
    raise CredentialsError("there are no AWS credentials", next_step="log in with `aws sso login`")


def test_nobody_could_be_asked() -> None:
    judgement = judged(flow_log("a", "fl-1", vpcId="vpc-1"), aws=fails)
    assert isinstance(judgement.failure, DriftError)
    assert {name: said(name, judgement) for name in (Name.MISSING, Name.UNVERIFIED)} == {
        Name.MISSING: [],
        Name.UNVERIFIED: [
            (None, "There are no AWS credentials.\n\nDo       Log in with `aws sso login`.")
        ],
    }


def test_places_need_not_be_readable() -> None:
    def refuses(_targets: Sequence[Target], narrowing: Narrowing) -> Inventory:
        listing = Listing(account=ACCOUNT, region=REGION, status=Coverage.DENIED, reason="no")
        return Inventory(listings=(listing,), narrowing=narrowing)

    stack = flow_log("a", "fl-1", vpcId="vpc-1")
    for aws, glob, count in (
        (refuses, f"{ACCOUNT}/*", 0),
        (refuses, "unknown/*", 1),
        (fails, f"{ACCOUNT}/*", 1),
        (fails, "*", 0),
        (fails, "unknown/*", 0),
    ):
        settings = Settings(lists={"exclude": (glob,)})
        assert len(said(Name.UNVERIFIED, judged(stack, aws=aws), settings)) == count


def test_advice_is_for_a_preview_which_has_no_options_for_credentials() -> None:
    advice = "Log in (aws sso login), set AWS_PROFILE, or correct the profile or assumeRoles"

    def another(_targets: Sequence[Target], narrowing: Narrowing) -> Inventory:
        listing = Listing(
            account=ACCOUNT,
            region=REGION,
            status=Coverage.WRONG_ACCOUNT,
            reason="the ambient credentials reached account 210987654321",
            next_step="Use credentials of account 123456789012: --profile NAME.",
        )
        return Inventory(listings=(listing,), narrowing=narrowing)

    def nobody(_targets: Sequence[Target], _narrowing: Narrowing) -> Inventory:
        raise CredentialsError(
            "there are no AWS credentials",
            next_step="Log in (aws sso login), set AWS_PROFILE, or pass --profile.",
        )

    for aws in (another, nobody):
        judgement = judged(flow_log("a", "fl-1", vpcId="vpc-1"), aws=aws)
        [(_, message)] = said(Name.UNVERIFIED, judgement)
        assert advice in " ".join(message.split())
        assert "--profile" not in message


def test_a_preview_has_no_option_for_the_region_either() -> None:
    def nowhere(_targets: Sequence[Target], _narrowing: Narrowing) -> Inventory:
        raise UsageError(
            "no region is named, neither by the declarations nor otherwise",
            next_step="name one with --region, or set AWS_REGION",
        )

    judgement = judged(flow_log("a", "fl-1", vpcId="vpc-1"), aws=nowhere)
    assert said(Name.UNVERIFIED, judgement) == [
        (
            None,
            """\
No region is named, neither by the declarations nor otherwise.

Do       Set AWS_REGION, or the region of the provider (pulumi config
         set aws:region).""",
        )
    ]


def test_without_flow_logs_nobody_has_to_be_asked() -> None:
    vpc = Resource(type=VPC, name="main", provider=AWS, properties={"id": "vpc-1"})
    assert said(Name.UNVERIFIED, judged(vpc, aws=fails)) == []


# -- what is said ---------------------------------------------------------------------------------


def test_exclusions() -> None:
    judgement = judged(
        flow_log("a", "fl-1", vpcId="vpc-1"), flow_log("legacy-b", "fl-2", vpcId="vpc-2")
    )
    settings = Settings(lists={"exclude": ("legacy-*",)})
    assert [urn for urn, _ in said(Name.MISSING, judgement, settings)] == [f"{URN}{FLOW_LOG}::a"]


def test_ignored_tags() -> None:
    declared = flow_log("a", "fl-1", vpcId="vpc-1", tagsAll={"Team": "net"})
    judgement = judged(declared, aws=FakeAws([[live("fl-1", team="ops")]]))
    assert len(said(Name.TAGS_MODIFIED, judgement)) == 1
    more = flow_log("a", "fl-1", vpcId="vpc-1", tagsAll={"Team": "net", "Cost": "1"})
    after = judged(more, aws=FakeAws([[live("fl-1", team="ops")]]), preview=False)
    ignoring = Settings(lists={"ignoredTags": ("Cost",)})
    [(_, message)] = said(Name.TAGS_MODIFIED, after, ignoring)
    assert message.splitlines()[1] == "Tags.Team of fl-1: changed outside of Pulumi."
    settings = Settings(lists={"ignoredTags": ("T*",)})
    assert said(Name.TAGS_MODIFIED, judgement, settings) == []


def test_unmanaged_are_those_on_resources_of_the_stack() -> None:
    aws = FakeAws(
        [[live("fl-1"), live("fl-2", log_destination="arn:aws:s3:::other"), live("fl-3", "vpc-9")]]
    )
    vpc = Resource(type=VPC, name="main", provider=AWS, properties={"id": "vpc-1"})
    judgement = judged(flow_log("a", "fl-1", vpcId="vpc-1"), vpc, aws=aws)
    assert said(Name.UNMANAGED, judgement) == [
        (
            vpc.urn,
            """\
vpc-1 | 123456789012 us-east-1
fl-2, created 2026-03-03 02:17 UTC, is none of this stack's.

Look     Find out whose it is: another stack may declare it, some
         AWS services make flow logs of their own, or this
         deployment is about to delete it.
Adopt    Take it into a program whose provider is of that account
         and region (`flow-log` is the name it gets there).
         pulumi import aws:ec2/flowLog:FlowLog flow-log fl-2
Delete   Or delete it, with credentials of account 123456789012, if
         nobody needs it.
         aws ec2 delete-flow-logs \\
           --flow-log-ids fl-2 \\
           --region us-east-1""",
        )
    ]
    for glob in ("fl-2", "vpc-1", "main"):
        assert said(Name.UNMANAGED, judgement, Settings(lists={"exclude": (glob,)})) == []


def test_a_field_that_cannot_be_known_blocks_nothing() -> None:
    told: list[str] = []
    judge = Judge(
        is_preview=lambda: True, ask=FakeAws([[live("fl-1", team="net")]]), announce=told.append
    )
    stack = as_seen(flow_log("a", "fl-1", vpcId="vpc-1", tagsAll={"Team": UNKNOWN}))
    judgement = judge.judgement(Name.UNVERIFIED, stack)
    assert [said(name, judgement) for name in (Name.UNVERIFIED, Name.TAGS_MODIFIED)] == [[], []]
    assert told == [
        "flow-log-drift did not judge:\n  a  Tags.Team: not known before the deployment has run"
    ]


def test_what_was_not_judged_stays_readable() -> None:
    told: list[str] = []
    judge = Judge(is_preview=lambda: True, ask=FakeAws([[]]), announce=told.append)
    alike = [new_flow_log(f"new-{n}", vpcId=UNKNOWN, logFormat=FORMAT) for n in range(40)]
    others = [
        new_flow_log(f"x{n}", vpcId="vpc-1", logFormat=FORMAT, tags={f"{n:02}": UNKNOWN})
        for n in range(12)
    ]
    judge.judgement(Name.MISSING, as_seen(*alike, *(without(one, "tagsAll") for one in others)))
    reason = "not known before the deployment has run"
    assert told == [
        "flow-log-drift did not judge:\n"
        f"  new-0, new-1, new-2 and 37 more  ResourceId: {reason}\n"
        + "".join(f"  {f'x{n}':<31}  Tags.{n:02}: {reason}\n" for n in range(9))
        + "  and something of 3 more"
    ]


def without(resource: Resource, name: str) -> Resource:
    """Return the resource without one of its properties."""
    left = {key: value for key, value in resource.properties.items() if key != name}
    return replace(resource, properties=left)


@pytest.mark.parametrize(
    ("asked_for", "deployed", "same"),
    [
        ({"logFormat": "${version}"}, {}, True),
        ({"trafficType": None}, {}, True),
        ({"iamRoleArn": "arn:aws:iam::1:role/new", "logDestinationType": "s3"}, {}, True),
        ({"vpcId": None, "subnetId": "subnet-1"}, {}, True),
        ({"logFormat": None}, {}, True),
        ({"tags": {"Team": "ops"}}, {}, False),
        ({}, {"destinationOptions": {"fileFormat": "parquet"}}, True),
        ({"destinationOptions": {"fileFormat": "parquet"}}, {}, False),
    ],
    ids=[
        "changed",
        "removed",
        "added",
        "of another resource",
        "computed",
        "a tag",
        "hidden by the provider",
        "not told by the provider",
    ],
)
def test_what_a_run_leaves_alone_is_compared_as_it_was_deployed(
    asked_for: Properties, deployed: Properties, same: bool
) -> None:
    program = {**inputs(vpcId="vpc-1", logFormat=FORMAT), **asked_for}
    stands = flow_log("a", "fl-1", vpcId="vpc-1", **deployed)
    judge = Judge(is_preview=lambda: True, ask=FakeAws([[live("fl-1")]]))
    said_so = seen_properties({name: value for name, value in program.items() if value})
    judge.asked(stands.urn, FLOW_LOG, as_sent(said_so))
    judgement = judge.judgement(Name.MODIFIED, as_seen(stands))
    differing = [
        difference.field
        for finding in judgement.report.findings
        for difference in finding.differences
    ]
    assert (differing == []) is same


def test_names_of_ways_to_aws_that_are_secret_are_not_said() -> None:
    role = "arn:aws:iam::333333333333:role/hush"

    def refuses(_targets: Sequence[Target], narrowing: Narrowing) -> Inventory:
        listing = Listing(
            account=ACCOUNT,
            region=REGION,
            status=Coverage.DENIED,
            reason=f"profile 'quiet' may not assume {role}; quietly",
            next_step=f"Let quiet assume {role}.",
        )
        return Inventory(listings=(listing,), narrowing=narrowing)

    def never(_targets: Sequence[Target], _narrowing: Narrowing) -> Inventory:
        raise CredentialsError("no profile quiet", next_step="make quiet")

    roles = json.dumps([{"roleArn": role}])
    for given in (
        {"profile": secret("quiet"), "assumeRoles": secret(roles)},
        {"profile": secret("quiet"), "assumeRoles": [{"roleArn": secret(role)}]},
    ):
        resource = replace(
            flow_log("a", "fl-1", vpcId="vpc-1"),
            provider=Provider(name="there", inputs={"region": REGION, **given}),
        )
        [(_, message)] = said(Name.UNVERIFIED, judged(resource, aws=refuses))
        plain = " ".join(message.split())
        assert "profile '[secret]' may not assume [secret]; quietly" in plain
        assert "Let [secret] assume [secret]." in plain
        [(_, message)] = said(Name.UNVERIFIED, judged(resource, aws=never))
        assert message == "No profile [secret].\n\nDo       Make [secret]."


def test_many_findings_stay_readable() -> None:
    judgement = judged(*(flow_log(f"n{n}", f"fl-{n}", vpcId=f"vpc-{n}") for n in range(7)))
    messages = [message for _, message in said(Name.MISSING, judgement)]
    assert ["Revert" in message for message in messages] == [True] * 5 + [False] * 2
    assert (
        messages[-1]
        == """\
vpc-6 | 123456789012 us-east-1
fl-6 is gone, and nothing stands in its place on vpc-6.

Look     As above; `drift check` has the commands for each."""
    )


# -- VPCs -----------------------------------------------------------------------------------------


def vpc(name: str, vpc_id: str, **tags: str) -> Resource:
    return Resource(type=VPC, name=name, provider=AWS, properties={"id": vpc_id, "tags": tags})


def subnet(name: str, vpc_id: str, *, of: Resource | None = None) -> Resource:
    depends = {"vpcId": [of.urn]} if of else {}
    properties = {"id": UNKNOWN if of else f"subnet-{name}", "vpcId": vpc_id}
    return Resource(type=SUBNET, name=name, provider=AWS, properties=properties, depends=depends)


def watching(name: str, property_name: str, resource: Resource) -> Resource:
    new = new_flow_log(name, **{property_name: UNKNOWN})
    return Resource(
        type=new.type,
        name=name,
        provider=AWS,
        properties=new.properties,
        depends={property_name: [resource.urn]},
    )


MAIN, NEW = vpc("main", "vpc-1"), vpc("new", UNKNOWN)


@pytest.mark.parametrize(
    ("resources", "bare"),
    [
        ([MAIN], ["No flow log watches vpc-1."]),
        ([NEW], ["No flow log watches new."]),
        ([MAIN, flow_log("a", "fl-1", vpcId="vpc-1")], []),
        ([NEW, watching("a", "vpcId", NEW)], []),
        ([MAIN, NEW, watching("a", "vpcId", NEW)], ["No flow log watches vpc-1."]),
        ([MAIN, new_flow_log("a", vpcId=UNKNOWN)], []),
        (
            [
                MAIN,
                subnet("x", "vpc-1"),
                subnet("y", "vpc-1"),
                flow_log("a", "f", subnetId="subnet-x"),
            ],
            ["No flow log watches vpc-1 itself, and 1 of its 2 subnets have none\neither."],
        ),
        (
            [
                MAIN,
                *(subnet(name, "vpc-1") for name in "xy"),
                *(flow_log(name, "f", subnetId=f"subnet-{name}") for name in "xy"),
            ],
            [],
        ),
        (
            [NEW, sub := subnet("x", UNKNOWN, of=NEW), watching("a", "subnetId", sub)],
            [],
        ),
        (
            # As by the outputs of a component, which come from everything in it.
            [
                NEW,
                sub,
                subnet("y", UNKNOWN, of=NEW),
                replace(watching("a", "subnetId", sub), depends={"subnetId": [NEW.urn, sub.urn]}),
            ],
            ["No flow log watches new itself, and 1 of its 2 subnets have none\neither."],
        ),
        (
            [
                MAIN,
                old := subnet("x", "vpc-1"),
                subnet("y", "vpc-1"),
                replace(
                    flow_log("a", "f", subnetId="subnet-x"),
                    depends={"subnetId": [MAIN.urn, old.urn]},
                ),
            ],
            ["No flow log watches vpc-1 itself, and 1 of its 2 subnets have none\neither."],
        ),
    ],
    ids=[
        "none",
        "none of a new one",
        "its own",
        "its own, both new",
        "of another",
        "of nobody knows what",
        "of some subnets",
        "of all subnets",
        "of all subnets, all new",
        "of a subnet out of a component, new",
        "of a subnet out of a component",
    ],
)
def test_vpc_without_flow_log(resources: list[Resource], bare: list[str]) -> None:
    messages = [message for _, message in said(Name.VPC_WITHOUT_FLOW_LOG, judged(*resources))]
    assert messages == bare


def test_a_vpc_that_a_flow_log_may_be_about_to_watch_is_listed() -> None:
    command = Resource(type="command:local:Command", name="cmd", properties={"stdout": UNKNOWN})
    for new in (watching("a", "vpcId", command), new_flow_log("a", vpcId=UNKNOWN)):
        told: list[str] = []
        judge = Judge(is_preview=lambda: True, ask=FakeAws([[]]), announce=told.append)
        judgement = judge.judgement(Name.VPC_WITHOUT_FLOW_LOG, as_seen(MAIN, command, new))
        assert said(Name.VPC_WITHOUT_FLOW_LOG, judgement) == []
        assert [line.split("  ", 2)[1:] for line in told[0].splitlines()[1:]] == [
            ["a", "   ResourceId and LogFormat: not known before the deployment has run"],
            ["main", "whether a flow log will watch it: not known before the deployment has run"],
        ]


def test_the_id_of_a_vpc_may_be_secret() -> None:
    hidden = replace(MAIN, properties={"id": secret("vpc-1"), "tags": {}})
    assert said(Name.VPC_WITHOUT_FLOW_LOG, judged(hidden)) == [
        (hidden.urn, "No flow log watches main.")
    ]
    [(urn, message)] = said(Name.UNMANAGED, judged(hidden, aws=FakeAws([[live("fl-9")]])))
    assert urn == hidden.urn
    assert message.startswith("[secret] | 123456789012 us-east-1\n")
    assert "vpc-1" not in message


def test_a_name_may_hold_colons() -> None:
    named = replace(MAIN, name="a::b")
    settings = Settings(lists={"exclude": ("a::b",)})
    assert len(said(Name.VPC_WITHOUT_FLOW_LOG, judged(named))) == 1
    assert said(Name.VPC_WITHOUT_FLOW_LOG, judged(named), settings) == []


def test_a_live_flow_log_of_another_stack_will_do() -> None:
    judgement = judged(MAIN, aws=FakeAws([[live("fl-9")]]))
    assert said(Name.VPC_WITHOUT_FLOW_LOG, judgement) == []


@pytest.mark.parametrize(
    ("tags", "exempt"),
    [
        ({"Environment": "sandbox-7"}, True),
        ({"Environment": "prod"}, False),
        ({"Environment": UNKNOWN}, True),
        ({}, False),
    ],
    ids=["fits", "does not", "not known yet", "no tag"],
)
def test_exempt_vpcs(tags: dict[str, str], exempt: bool) -> None:
    settings = Settings(tables={"exemptTags": {"Environment": "sandbox-*"}})
    judgement = judged(vpc("main", "vpc-1", **tags))
    assert (said(Name.VPC_WITHOUT_FLOW_LOG, judgement, settings) == []) is exempt
    named = Settings(lists={"exclude": ("main",)})
    assert said(Name.VPC_WITHOUT_FLOW_LOG, judgement, named) == []
