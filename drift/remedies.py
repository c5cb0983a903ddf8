"""The ways out of a finding, as commands that can be pasted: every name is quoted for the shell."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Final

from drift.findings import Action, Difference, Remedy
from drift.model import DeclaredFlowLog, Listing, LiveFlowLog, Provider, urn_name
from drift.property_names import property_name

_GAP: Final = "Nothing is recorded between the deletion and the new flow log."


def for_replaced(
    declared: DeclaredFlowLog, live: LiveFlowLog, differences: Sequence[Difference]
) -> tuple[Remedy, ...]:
    """Delete the stand-in and deploy again, or take the stand-in over."""
    return (
        Remedy(
            action=Action.REVERT,
            text=(
                f"Delete the stand-in first{_with_credentials(live)} (creating beside it can end "
                "in FlowLogAlreadyExists), let Pulumi see that its own is gone, deploy it again. "
                f"{_GAP}"
            ),
            commands=(_delete(live), _refresh(declared), _up(declared)),
        ),
        Remedy(
            action=Action.ADOPT,
            text=(
                "Let Pulumi see that its own is gone, and import the stand-in."
                f"{_change_program(declared, differences)}"
            ),
            commands=(_refresh(declared), _import(declared, live)),
        ),
    )


def for_missing(declared: DeclaredFlowLog) -> tuple[Remedy, ...]:
    """Deploy it again, or stop declaring it."""
    return (
        Remedy(
            action=Action.REVERT,
            text="Let Pulumi see that it is gone, deploy it again.",
            commands=(_refresh(declared), _up(declared)),
        ),
        Remedy(
            action=Action.ADOPT,
            text=(
                "If it is not wanted any more: let Pulumi see that it is gone, and take it out of "
                "the program."
            ),
            commands=(_refresh(declared),),
        ),
    )


def for_modified(
    declared: DeclaredFlowLog, live: LiveFlowLog, differences: Sequence[Difference]
) -> tuple[Remedy, ...]:
    """Deploy what is declared, which replaces it, or declare what is deployed."""
    return (
        Remedy(
            action=Action.REVERT,
            text=(
                f"Delete it first{_with_credentials(live)} (creating its replacement beside it can "
                "end in FlowLogAlreadyExists), let Pulumi see that it is gone, deploy what is "
                f"declared. {_GAP}"
            ),
            commands=(_delete(live), _refresh(declared), _up(declared)),
        ),
        _declare_what_is_live(declared, differences),
    )


def for_tags_modified(
    declared: DeclaredFlowLog, differences: Sequence[Difference], *, pending: bool
) -> tuple[Remedy, ...]:
    """Put the declared tags back, or declare the live ones; tags are changed in place."""
    if pending:
        return (
            Remedy(
                action=Action.REVERT,
                text="Nothing to do but to deploy.",
                commands=(_up(declared),),
            ),
        )
    return (
        Remedy(
            action=Action.REVERT,
            text="Read AWS into the state, then put the declared tags back; nothing is replaced.",
            commands=(_refresh(declared), _up(declared)),
        ),
        _declare_what_is_live(declared, differences),
    )


def for_collision(declared: DeclaredFlowLog, live: LiveFlowLog) -> tuple[Remedy, ...]:
    """Take the twin over, or remove it."""
    return (
        Remedy(
            action=Action.ADOPT,
            text="Import the twin instead of creating another one.",
            commands=(_import(declared, live),),
        ),
        Remedy(
            action=Action.DELETE,
            text=f"Or delete the twin before the deployment{_with_credentials(live)}. {_GAP}",
            commands=(_delete(live),),
        ),
    )


def for_unmanaged(live: LiveFlowLog) -> tuple[Remedy, ...]:
    """Declare it, or delete it; first find out whose it is."""
    return (
        Remedy(
            action=Action.INSPECT,
            text=(
                "Find out whose it is: another stack that was not given as a SOURCE may declare "
                "it, and some AWS services make flow logs of their own."
            ),
        ),
        Remedy(
            action=Action.ADOPT,
            text=(
                "Take it into a program whose provider is of that account and region (`flow-log` "
                "is the name it gets there)."
            ),
            commands=(
                shlex.join(["pulumi", "import", Provider.AWS, "flow-log", live.flow_log_id]),
            ),
        ),
        Remedy(
            action=Action.DELETE,
            text=f"Or delete it{_with_credentials(live)}, if nobody needs it.",
            commands=(_delete(live),),
        ),
    )


def for_undelivered(live: LiveFlowLog) -> tuple[Remedy, ...]:
    """Look at what AWS says, and at the role, bucket or stream behind it."""
    return (
        Remedy(
            action=Action.INSPECT,
            text=(
                "`Access error` is the delivery role or the bucket policy; `Rate limited` is "
                "CloudWatch Logs throttling. Once that is mended AWS delivers by itself."
            ),
            commands=(f"aws ec2 describe-flow-logs {_aws(live)}",),
        ),
    )


def for_unread(listing: Listing) -> tuple[Remedy, ...]:
    """Say how that account and region can be read next time."""
    if listing.next_step is None:
        return ()
    if listing.missing_permission is None:
        return (Remedy(action=Action.INSPECT, text=listing.next_step),)
    return (
        Remedy(
            action=Action.GRANT,
            text=listing.next_step,
            commands=(
                "drift permissions",
                shlex.join(["drift", "permissions", "--check", "--region", listing.region]),
            ),
        ),
    )


def _declare_what_is_live(declared: DeclaredFlowLog, differences: Sequence[Difference]) -> Remedy:
    return Remedy(
        action=Action.ADOPT,
        text=(
            f"Read AWS into the state.{_change_program(declared, differences)} "
            # A refresh leaves out of the state's inputs what the program has left out so far.
            "Deploying that changes nothing in AWS, only what the state says."
        ),
        commands=(_refresh(declared),),
    )


def _change_program(declared: DeclaredFlowLog, differences: Sequence[Difference]) -> str:
    """Name the properties that the program has to say differently, as the program spells them."""
    if not differences:
        return ""
    names = dict.fromkeys(property_name(declared, difference.field) for difference in differences)
    return f" Then change the program to say what is live: {', '.join(names)}."


def _with_credentials(live: LiveFlowLog) -> str:
    """Name the account that an `aws` command has to be run in: drift's credentials are its own."""
    return "" if live.account is None else f", with credentials of account {live.account}"


def _refresh(declared: DeclaredFlowLog) -> str:
    # Of one that is gone it clears the state. `pulumi state delete` would refuse what is protected,
    # and what another resource depends on.
    return _pulumi("refresh", declared, "--target", declared.urn)


def _up(declared: DeclaredFlowLog) -> str:
    return _pulumi("up", declared, "--target", declared.urn)


def _import(declared: DeclaredFlowLog, live: LiveFlowLog) -> str:
    # The program declares it already: no code is wanted.
    options = ["--generate-code=false"]
    if not declared.protected:
        # What is imported is protected unless one says otherwise.
        options.append("--protect=false")
    for option, urn in (("--parent", declared.parent_urn), ("--provider", declared.provider_urn)):
        if urn is not None:
            options += [option, f"{urn_name(urn)}={urn}"]
    words = [declared.provider, declared.name, live.flow_log_id]
    if declared.name.startswith("-"):
        # A name is free text; after `--` it is no option.
        return _pulumi("import", declared, *options, after=["--", *words])
    return _pulumi("import", declared, *words, *options)


def _pulumi(command: str, declared: DeclaredFlowLog, *words: str, after: Sequence[str] = ()) -> str:
    return shlex.join(["pulumi", *command.split(), *words, "--stack", declared.stack, *after])


def _delete(live: LiveFlowLog) -> str:
    return f"aws ec2 delete-flow-logs {_aws(live)}"


def _aws(live: LiveFlowLog) -> str:
    words = ["--flow-log-ids", live.flow_log_id]
    if live.region is not None:
        words += ["--region", live.region]
    return shlex.join(words)
