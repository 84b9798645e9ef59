select json_build_object('data', json_build_object('client', (
    select json_build_object('id', client_id, 'email', email) from client where client_id = $1
)))
