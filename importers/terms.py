"""What cells are read by: the names of countries and verification levels, as a run's user sees them."""

from datetime import UTC, datetime

from importers.connections import Connection, as_sql
from importers.countries import CountryNames, country_ids
from importers.dates import ISO, parse_date_format
from importers.values import Terms, name_keys
from models.access import Viewer, visible
from models.reference import Country, VerificationLevel


async def terms_of(connection: Connection, viewer: Viewer, date_format: str | None, blanks: frozenset[str] = frozenset()) -> Terms:
    """The terms for all of a run; what is added to these tables meanwhile counts for the next one."""
    countries = await connection.fetch(as_sql(visible(Country, viewer)))
    levels = await connection.fetch(as_sql(visible(VerificationLevel, viewer)))
    return Terms(
        today=datetime.now(UTC).date(),
        dates=parse_date_format(date_format) if date_format else ISO,
        countries=country_ids(
            {
                row["country_id"]: CountryNames(row["alpha2_code"], row["alpha3_code"], row["numeric_code"], row["country_name"])
                for row in countries
            }
        ),
        regions={row["country_id"]: row["alpha2_code"] for row in countries},
        verification_levels=name_keys((row["verification_level_id"], row["name"]) for row in levels),
        blanks=blanks,
    )
