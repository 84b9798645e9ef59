select json_build_object('data', json_build_object('transactions', json_build_object('nodes', coalesce(json_agg(page), '[]'::json))))
from (
    select
        transaction_id id, upper(type) "type", upper(status) status, create_time "createTime", credit_amount::text amount,
        (select x from (select account_number "accountNumber" from account where account_id = t.credit_account_id) x) "creditAccount",
        (select x from (select client_id id, email from client where client_id = t.client_id) x) client,
        (select x from (select method_id id, name from payment_method where method_id = t.method_id) x) "method"
    from transaction t where t.status = 'done'
    order by create_time desc, transaction_id desc limit 100
) page
