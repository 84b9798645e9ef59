-- A lateral subquery for the accounts of each client took a third longer.
with page as materialized (
    select client_id, email, first_name, last_name, name, nickname, birthday, city, locale, phone, risk_level, create_time,
        country_id, client_type_id, manager_id, verification_level_id
    from client where (create_time, client_id) < ($1::timestamptz, $2::int)
    order by create_time desc, client_id desc limit 50
), held as (
    select a.client_id, json_agg(each order by a.account_id) accounts
    from account a
    join currency u on u.alphabetic_code = a.currency_code
    join product p using (product_id)
    left join platform l on l.platform_id = p.platform_id
    cross join lateral (select
        a.account_id id, a.account_number "accountNumber", a.caption, a.name, upper(a.type) "type", a.create_time "createTime",
        (select x from (select u.alphabetic_code "alphabeticCode", u.minor_unit "minorUnit", u.name) x) currency,
        (select x from (select p.product_id id, p.name) x) product,
        case when l.platform_id is not null then (select x from (select l.platform_id id, l.name) x) end platform,
        (select x from (
            select a.available_balance::text "availableBalance", a.current_balance::text "currentBalance", a.equity::text equity,
                a.margin::text margin, a.pnl::text pnl) x) statement
    ) each
    where a.client_id = any (array(select client_id from page))
    group by a.client_id
)
select json_build_object('data', json_build_object('clients', json_build_object('nodes', coalesce(
    json_agg(row order by "createTime" desc, id desc), '[]'::json))))
from (
    select
        c.client_id id, c.email, c.first_name "firstName", c.last_name "lastName", c.name, c.nickname, c.birthday, c.city, c.locale, c.phone,
        upper(c.risk_level) "riskLevel", c.create_time "createTime",
        case when o.country_id is not null then (select x from (
            select o.country_id id, o.alpha2_code "alpha2Code", o.alpha3_code "alpha3Code", o.country_name "name") x) end country,
        case when t.client_type_id is not null then (select x from (select t.client_type_id id, t.name) x) end "type",
        case when m.manager_id is not null then (select x from (
            select m.manager_id id, m.office_id "officeId", m.email, m.name) x) end manager,
        case when v.verification_level_id is not null then (select x from (
            select v.verification_level_id id, v.name) x) end "verificationLevel",
        coalesce(held.accounts, '[]'::json) accounts
    from page c
    left join held using (client_id)
    left join country o using (country_id)
    left join client_type t using (client_type_id)
    left join manager m using (manager_id)
    left join verification_level v using (verification_level_id)
) row
