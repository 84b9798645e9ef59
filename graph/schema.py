"""The schema: every type, root field, mutation and subscription."""

from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from graph import access, import_jobs, live
from graph.accounts import Account
from graph.clients import Client
from graph.http.codes import Schema
from graph.imports import ImportActionInfo, ImportFile, ImportJob, ImportRun, import_actions
from graph.kit import bounded, followed, lookup, lookups, pages
from graph.kit.lookups import by_id, node, nodes
from graph.kit.registry import NAMES
from graph.kit.resolvers import argument
from graph.kit.scalars import SCALARS
from graph.partners import IbPartner, IbProgram, IbReferral
from graph.products import Platform, Product, ProductGroup
from graph.reference import ClientType, Country, Currency, Manager, Tag, VerificationLevel
from graph.staff import User
from graph.transactions import PaymentMethod, Transaction


@strawberry.type(description="What can be asked.")
class Query:
    viewer: access.Viewer | None = strawberry.field(resolver=access.viewer, description="Who asks; null without a sign-in.")
    node = node
    nodes = nodes

    client, clients = lookups(Client)
    account, accounts = lookups(Account, "account_id", "account_number")
    product, products = lookups(Product)
    product_groups = bounded(ProductGroup, "priority", bound=30)
    platforms = bounded(Platform, "name")
    countries = bounded(Country, "country_name", "enabled", bound=300)
    country = lookup(Country, code="alpha2_code")
    currencies = bounded(Currency, "alphabetic_code", "enabled", bound=300)
    currency = lookup(Currency, code="alphabetic_code")
    client_types = bounded(ClientType, "client_type_id")
    verification_levels = bounded(VerificationLevel, "verification_level_id")
    managers = bounded(Manager, "name", bound=500)
    tags = bounded(Tag, "name", bound=500)

    ib_programs = bounded(IbProgram, "ib_program_id")
    ib_partner, ib_partners = lookups(IbPartner)
    ib_referrals = pages(IbReferral)

    transaction, transactions = lookups(Transaction)
    payment_methods = bounded(PaymentMethod, "name")

    import_actions: list[ImportActionInfo] = strawberry.field(resolver=import_actions, description="What files can be imported as.")
    import_file = by_id(ImportFile)
    import_job, import_jobs = lookups(ImportJob)
    import_run = lookup(ImportRun)

    user, users = lookups(User)


@strawberry.type(description="What can be done.")
class Mutation:
    login: access.LoginPayload = strawberry.mutation(
        resolver=access.login,
        description="Signs a user in; after 5 failures for an email or 50 from an address within 15 minutes, RATE_LIMITED for as long.",
    )
    logout: access.LogoutPayload = strawberry.mutation(
        resolver=access.logout, description="Ends the caller's session: its token stops working at once."
    )
    import_file_upload: import_jobs.ImportFileUploadPayload = strawberry.mutation(
        resolver=import_jobs.import_file_upload, description="Keeps a file to import from; send it as a multipart request."
    )
    import_job_create: import_jobs.ImportJobCreatePayload = strawberry.mutation(
        resolver=import_jobs.import_job_create, description="Creates an import job and, unless told otherwise, runs it."
    )
    import_job_run: import_jobs.ImportJobRunPayload = strawberry.mutation(
        resolver=import_jobs.import_job_run, description="Runs an import job again."
    )
    import_run_cancel: import_jobs.ImportRunCancelPayload = strawberry.mutation(
        resolver=import_jobs.import_run_cancel, description="Stops a run; what was written until then stays and is counted."
    )


@strawberry.type(description="What can be followed.")
class Subscription:
    import_run = followed(
        ImportRun,
        live.changes_of_run,
        "A run as it is now, at each change (at most four a second), and at its end; then completes.",
        argument("import_run_id", "int", "The run's number."),
        is_named=True,
        until=("status", live.ENDED),
    )
    import_runs = followed(ImportRun, live.changes_of_runs, "Every run that changes, of every job that you may see.")


def types() -> list[Any]:
    """Every declared type: those that only an interface leads to must be named."""
    return [each for each in NAMES.values() if hasattr(each, "__declared__")]


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=types(),
    config=StrawberryConfig(scalar_map=SCALARS),
)
