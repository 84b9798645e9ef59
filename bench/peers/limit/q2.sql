select json_build_object('data', json_build_object('client', (
    select json_build_object(
        'id', c.client_id, 'email', c.email, 'firstName', c.first_name, 'lastName', c.last_name, 'name', c.name, 'nickname', c.nickname,
        'birthday', c.birthday, 'city', c.city, 'locale', c.locale, 'phone', c.phone, 'riskLevel', upper(c.risk_level),
        'createTime', c.create_time,
        'country', (select json_build_object('id', country_id, 'alpha2Code', alpha2_code, 'alpha3Code', alpha3_code, 'name', country_name)
            from country where country_id = c.country_id),
        'type', (select json_build_object('id', client_type_id, 'name', name) from client_type where client_type_id = c.client_type_id),
        'manager', (select json_build_object('id', manager_id, 'officeId', office_id, 'email', email, 'name', name)
            from manager where manager_id = c.manager_id),
        'verificationLevel', (select json_build_object('id', verification_level_id, 'name', name)
            from verification_level where verification_level_id = c.verification_level_id),
        'accounts', coalesce((
            select json_agg(json_build_object(
                'id', a.account_id, 'accountNumber', a.account_number, 'caption', a.caption, 'name', a.name, 'type', upper(a.type),
                'createTime', a.create_time,
                'currency', json_build_object('alphabeticCode', u.alphabetic_code, 'minorUnit', u.minor_unit, 'name', u.name),
                'product', json_build_object('id', p.product_id, 'name', p.name),
                'platform', case when l.platform_id is not null then json_build_object('id', l.platform_id, 'name', l.name) end,
                'statement', json_build_object('availableBalance', a.available_balance::text, 'currentBalance', a.current_balance::text,
                    'equity', a.equity::text, 'margin', a.margin::text, 'pnl', a.pnl::text)
            ) order by a.account_id)
            from account a
            join currency u on u.alphabetic_code = a.currency_code
            join product p using (product_id)
            left join platform l on l.platform_id = p.platform_id
            where a.client_id = c.client_id), '[]'::json))
    from client c where client_id = $1
)))
