"""IMPORT_USERS: clients, with their residential address and default phone number."""

from importers.actions.action import Action, Finding, Step, by_statement
from importers.emails import email_key
from importers.faults import Code
from importers.fields import IMPORT_USERS
from models.clients import Client
from models.imports import ImportAction

LOOK_UP = """
    insert into fate
    select stage.*,
        case when result = 'a' and not $dry_run then nextval('client_client_id_seq') when result <> 'e' then client.client_id end,
        result, faults
    from stage
    left join lateral (
        select * from client where lower(client.email) collate "C" = lower(stage.email) collate "C" limit 1
    ) as client on true
    left join lateral (
        select true as found from $visible_client as visible where visible.client_id = client.client_id limit 1
    ) as visible on true
    left join lateral (
        select true as found from import_seen where import_run_id = $run and import_seen.key = stage.key limit 1
    ) as note on true
    left join lateral (
        select * from address where address.client_id = client.client_id and type = 'residential' order by address_id limit 1
    ) as home on true
    left join lateral (
        select * from phone_number where phone_number.client_id = client.client_id and "default" limit 1
    ) as line on true
    cross join lateral (
        select array_remove(array[
            case when again or note.found or client.import_run_id = $run then 'duplicate' end,
            case when client.client_id is not null and visible.found is null then 'hidden' end
        ], null) as faults
    ) as found
    cross join lateral (
        select case
            when faulty or faults <> '{}' then 'e'
            when client.client_id is null then case when $create then 'a' else 's' end
            when $update and (
                row(client.first_name, client.middle_name, client.last_name, client.birthday, client.verification_level_id,
                    client.city, client.country_id, client.phone, home.address, home.city, home.country_id, home.postcode, line.number)
                is distinct from
                row(coalesce(stage.first_name, client.first_name), coalesce(stage.middle_name, client.middle_name),
                    coalesce(stage.last_name, client.last_name), coalesce(stage.date_of_birth, client.birthday),
                    coalesce(stage.verification_level, client.verification_level_id), coalesce(stage.city, client.city),
                    coalesce(stage.country, client.country_id), coalesce(stage.phone, client.phone),
                    coalesce(stage.address, home.address), coalesce(stage.city, home.city), coalesce(stage.country, home.country_id),
                    coalesce(stage.postal_code, home.postcode), coalesce(stage.phone, line.number))
            ) then 'u'
            else 's' end as result
    ) as decision"""

LOCK = """
    select count(*) from (
        select from client where client_id = any (array(select row_id from fate where result = 'u')) order by client_id for no key update
    ) as locked"""

# Another run that goes on would take the record for a new one, as the row is about to lose its number.
NOTE_FOR_OTHERS = """
    insert into import_seen (import_run_id, key)
    select client.import_run_id, fate.key
    from fate join client on client.client_id = fate.row_id
    join import_run as other on other.import_run_id = client.import_run_id and other.status = 'inProgress'
    where fate.result = 'u' and client.import_run_id <> $run
    order by client.import_run_id, fate.key
    on conflict do nothing"""

UPDATE = """
    update client
    set first_name = coalesce(fate.first_name, client.first_name), middle_name = coalesce(fate.middle_name, client.middle_name),
        last_name = coalesce(fate.last_name, client.last_name), birthday = coalesce(fate.date_of_birth, client.birthday),
        city = coalesce(fate.city, client.city), country_id = coalesce(fate.country, client.country_id),
        phone = coalesce(fate.phone, client.phone),
        verification_level_id = coalesce(fate.verification_level, client.verification_level_id),
        update_time = now(), import_run_id = $run
    from fate where fate.result = 'u' and client.client_id = fate.row_id"""

UPDATE_ADDRESS = """
    update address
    set address = coalesce(fate.address, address.address), city = coalesce(fate.city, address.city),
        country_id = coalesce(fate.country, address.country_id), postcode = coalesce(fate.postal_code, address.postcode),
        update_time = now()
    from fate cross join lateral (
        select address_id from address where address.client_id = fate.row_id and type = 'residential' order by address_id limit 1
    ) as home
    where fate.result = 'u' and address.address_id = home.address_id
        and row(address.address, address.city, address.country_id, address.postcode) is distinct from
            row(coalesce(fate.address, address.address), coalesce(fate.city, address.city), coalesce(fate.country, address.country_id),
                coalesce(fate.postal_code, address.postcode))"""

ADD_MISSING_ADDRESS = """
    insert into address (client_id, address, city, country_id, postcode)
    select row_id, address, city, country, postal_code
    from fate
    left join lateral (
        select true as found from address where address.client_id = fate.row_id and type = 'residential' limit 1
    ) as home on true
    where result = 'u' and home.found is null and num_nonnulls(address, city, country, postal_code) > 0
    order by record"""

UPDATE_PHONE = """
    update phone_number set number = fate.phone, confirmed = false, update_time = now()
    from fate
    where fate.result = 'u' and phone_number.client_id = fate.row_id and phone_number."default" and phone_number.number <> fate.phone"""

ADD_MISSING_PHONE = """
    insert into phone_number (client_id, number, "default")
    select row_id, phone, true
    from fate
    left join lateral (
        select true as found from phone_number where phone_number.client_id = fate.row_id and "default" limit 1
    ) as line on true
    where result = 'u' and line.found is null and phone is not null
    order by record"""

# In the order of the key, so that two imports of the same new clients wait for one another instead of locking each other out.
ADD = """
    insert into client (client_id, email, first_name, middle_name, last_name, birthday, city, country_id, phone, client_type_id,
        verification_level_id, import_run_id)
    select row_id, email, first_name, middle_name, last_name, date_of_birth, city, country, phone,
        (select client_type_id from client_type where "default"),
        coalesce(verification_level, (select verification_level_id from verification_level where "default")), $run
    from fate where result = 'a' order by (key collate "C")"""

ADD_ADDRESS = """
    insert into address (client_id, address, city, country_id, postcode)
    select row_id, address, city, country, postal_code
    from fate where result = 'a' and num_nonnulls(address, city, country, postal_code) > 0 order by record"""

ADD_PHONE = """
    insert into phone_number (client_id, number, "default")
    select row_id, phone, true from fate where result = 'a' and phone is not null order by record"""

USERS = Action(
    kind=ImportAction.IMPORT_USERS,
    permission="clients.import",
    fields=IMPORT_USERS,
    match_key=("email",),
    key=email_key,
    scope=(Client,),
    tables=("client", "address", "phone_number"),
    decide=by_statement(LOOK_UP),
    findings={
        "duplicate": Finding(Code.DUPLICATE_IN_FILE, "email", "The file has {email} in an earlier record already; the first one counts."),
        "hidden": Finding(Code.UNKNOWN_CLIENT, "email", "There is no client {email} whom you may change; ask who may see the client."),
    },
    steps=(
        Step("u", LOCK),
        Step("u", NOTE_FOR_OTHERS),
        Step("u", UPDATE),
        Step("u", UPDATE_ADDRESS),
        Step("u", ADD_MISSING_ADDRESS),
        Step("u", UPDATE_PHONE),
        Step("u", ADD_MISSING_PHONE),
        Step("a", ADD),
        Step("a", ADD_ADDRESS),
        Step("a", ADD_PHONE),
    ),
)
