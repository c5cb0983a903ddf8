"""The CrossGuard policy pack: what `pulumi preview` is told, by the same core as the command.

    from drift.policy.serving import policies, serve

`serve` is the whole pack; `policies` are for a pack of your own. Only this package imports pulumi
and pulumi_policy, and at start-up little else: the engine waits for it. What judges, and what asks
AWS, is imported once there is something to judge.
"""
