"""Sorts names as an alphabet does, on every server alike."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ALPHABETICAL = r"""create or replace function alphabetical(text) returns text language sql immutable parallel safe as $$
    select case when octet_length($1) = char_length($1) then lower($1 collate "C") else lower(
        replace(replace(replace(replace(replace(replace(replace(translate(
            regexp_replace(normalize($1, NFKD), '[\u0300-\u036f]', '', 'g'),
            'ØøŁłĐđÐðĦħıŦŧАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЄІЇЂЈЉЊЋЏΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩς',
            'oollddddhhittабвгдежзийклмнопрстуфхцчшщъыьэюяєіїђјљњћџαβγδεζηθικλμνξοπρστυφχψωσ'),
        'ß', 'ss'), 'Æ', 'ae'), 'æ', 'ae'), 'Œ', 'oe'), 'œ', 'oe'), 'Þ', 'th'), 'þ', 'th') collate "C") end $$"""


def upgrade() -> None:
    op.execute(ALPHABETICAL)
    op.execute('create index ix_client_alphabetical on client ((alphabetical(name) collate "C"), client_id)')
