"""Introducing brokers: programs, partners, referrals."""

import models
from graph.kit import auto, listed, many, node, one, through


@node(models.IbProgram)
class IbProgram:
    ib_program_id: auto
    name: auto
    description: auto
    enabled: auto
    create_time: auto


@node(
    models.IbPartner,
    filters=["ib_partner_id", "ib_program_id", "client_id", "active"],
    filters_by={"client": through(models.IbPartner.client)},
)
class IbPartner:
    ib_partner_id: auto
    level: auto
    referral_code: auto
    active: auto
    create_time: auto
    client = one(models.IbPartner.client)
    program = one(models.IbPartner.program)
    parent = one(models.IbPartner.own_referral, models.IbReferral.partner)
    children = listed(models.IbPartner.children)
    referrals = many(
        models.IbPartner.referrals,
        variants={"descendants": ("Whether clients attracted by the whole tree below count too.", models.in_tree_below)},
    )


@node(
    models.IbReferral,
    filters=["ib_partner_id", "client_id", "create_time"],
)
class IbReferral:
    """A client attracted by a partner."""

    ib_referral_id: auto
    create_time: auto
    partner = one(models.IbReferral.partner)
    client = one(models.IbReferral.client)
