-- The same rows in the simple shape that the documentation of the other servers starts from: a table for each type, integer keys,
-- no access rules. What stands in one row with us stands in one row here, so that nobody has to read more than we do.
create table country (id int primary key, alpha2_code text not null, alpha3_code text not null, name text not null);
create table currency (id int primary key, alphabetic_code text not null, minor_unit int not null, name text not null);
create table client_type (id int primary key, name text not null);
create table verification_level (id int primary key, name text not null);
create table manager (id int primary key, office_id int, email text not null, name text not null);
create table platform (id int primary key, name text not null);
create table product (id int primary key, name text not null);
create table method (id int primary key, name text not null);
create table client (
    id int primary key, email text not null, first_name text, last_name text, middle_name text, name text not null, nickname text,
    birthday date, city text, locale text, phone text, risk_level text not null, internal_type text not null, status text not null,
    country_id int references country, type_id int references client_type, manager_id int references manager,
    verification_level_id int references verification_level, create_time timestamptz not null, update_time timestamptz not null
);
create table account (
    id int primary key, account_number text not null, client_id int not null references client, caption text, name text not null,
    type text not null, permissions text[] not null, currency_id int not null references currency, product_id int not null references product,
    platform_id int references platform, create_time timestamptz not null, archive_time timestamptz,
    available_balance numeric(38, 18) not null, current_balance numeric(38, 18) not null, credit numeric(38, 18) not null,
    equity numeric(38, 18) not null, free_margin numeric(38, 18) not null, hold numeric(38, 18) not null, margin numeric(38, 18) not null,
    margin_level numeric(38, 18) not null, pnl numeric(38, 18) not null
);
create table transaction (
    id int primary key, client_id int not null references client, credit_account_id int references account,
    debit_account_id int references account, amount numeric(38, 18), type text not null, status text not null,
    method_id int references method, create_time timestamptz not null
);
