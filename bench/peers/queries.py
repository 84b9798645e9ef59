"""What is asked, in the words of each server; aliases give all answers the same keys."""

from dataclasses import dataclass

# Q1 walks these many pages by cursor; Q2 and Q5 ask for these many clients.
PAGES = 200
CLIENTS = 1_000
TITLES = {
    "Q1": "Q1, page of 50 clients with their accounts",
    "Q2": "Q2, one client in depth",
    "Q3": "Q3, 100 transactions",
    "Q5": "Q5, one row",
}


@dataclass(frozen=True)
class Dialect:
    """The texts of one schema, and the text that walks the pages of Q1 if its cursors are the server's own."""

    texts: dict[str, str]
    walk: str | None = None


def dialect(client: str, *, q1: str, one: str, q3: str, row: str) -> dict[str, str]:
    return {"Q1": q1 % f"nodes {{ {client} }}", "Q2": one % client, "Q3": q3, "Q5": one % row}


OWN = "email firstName lastName name nickname birthday city locale phone riskLevel createTime"
FIGURES = "availableBalance currentBalance equity margin pnl"

OURS_CLIENT = f"""id: clientId {OWN}
    country {{ id: countryId alpha2Code alpha3Code name: countryName }}
    type {{ id: clientTypeId name }}
    manager {{ id: managerId officeId email name }}
    verificationLevel {{ id: verificationLevelId name }}
    accounts {{ nodes {{ id: accountId accountNumber caption name type createTime
        currency {{ alphabeticCode minorUnit name }}
        product {{ id: productId name }}
        platform {{ id: platformId name }}
        statement {{ {FIGURES} }} }} }}"""
OURS_Q1 = "query Q1($after: String) { clients(first: 50, after: $after, orderBy: {field: CREATE_TIME, direction: DESC}) { %s } }"
OURS = Dialect(
    dialect(
        OURS_CLIENT,
        q1=OURS_Q1,
        one="query One($id: Int!) { client(clientId: $id) { %s } }",
        q3="""query Q3 {
            transactions(first: 100, filter: {status: {eq: DONE}}, orderBy: {field: CREATE_TIME, direction: DESC}) { nodes {
                id: transactionId type status createTime creditDetails { amount account { accountNumber } }
                client { id: clientId email } method { id: methodId name } } } }""",
        row="id: clientId email",
    ),
    walk=OURS_Q1 % "pageInfo { endCursor hasNextPage }",
)

PLAIN_CLIENT = f"""id {OWN}
    country {{ id alpha2Code alpha3Code name }}
    type {{ id name }}
    manager {{ id officeId email name }}
    verificationLevel {{ id name }}
    accounts {{ id accountNumber caption name type createTime
        currency {{ alphabeticCode minorUnit name }}
        product {{ id name }}
        platform {{ id name }}
        statement {{ {FIGURES} }} }}"""
PLAIN = Dialect(
    dialect(
        PLAIN_CLIENT,
        q1="query Q1($after: String) { clients(first: 50, after: $after) { %s } }",
        one="query One($id: Int!) { client(id: $id) { %s } }",
        q3="""query Q3 { transactions(first: 100, status: "DONE") { nodes {
            id type status createTime amount creditAccount { accountNumber } client { id email } method { id name } } } }""",
        row="id email",
    )
)

POSTGRAPHILE_CLIENT = f"""id: rowId {OWN}
    country: countryByCountryId {{ id: rowId alpha2Code alpha3Code name }}
    type: clientTypeByTypeId {{ id: rowId name }}
    manager: managerByManagerId {{ id: rowId officeId email name }}
    verificationLevel: verificationLevelByVerificationLevelId {{ id: rowId name }}
    accounts: accountsByClientIdList(orderBy: PRIMARY_KEY_ASC) {{ id: rowId accountNumber caption name type createTime
        currency: currencyByCurrencyId {{ alphabeticCode minorUnit name }}
        product: productByProductId {{ id: rowId name }}
        platform: platformByPlatformId {{ id: rowId name }}
        {FIGURES} }}"""
POSTGRAPHILE_Q1 = """query Q1($after: Cursor) {
    clients: allClients(first: 50, after: $after, orderBy: [CREATE_TIME_DESC, PRIMARY_KEY_DESC]) { %s } }"""
POSTGRAPHILE = Dialect(
    dialect(
        POSTGRAPHILE_CLIENT,
        q1=POSTGRAPHILE_Q1,
        one="query One($id: Int!) { client: clientByRowId(rowId: $id) { %s } }",
        q3="""query Q3 {
            transactions: allTransactions(first: 100, condition: {status: "DONE"}, orderBy: [CREATE_TIME_DESC, PRIMARY_KEY_DESC]) { nodes {
                id: rowId type status createTime amount creditAccount: accountByCreditAccountId { accountNumber }
                client: clientByClientId { id: rowId email } method: methodByMethodId { id: rowId name } } } }""",
        row="id: rowId email",
    ),
    walk=POSTGRAPHILE_Q1 % "pageInfo { endCursor hasNextPage }",
)

# The bare handler knows its statements by name.
LIMIT = Dialect({name: name for name in TITLES})
