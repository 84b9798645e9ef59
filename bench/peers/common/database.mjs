// What Mercurius and Yoga read: one named prepared statement for each way of asking, over a pool of ten connections.
// Times and dates stay text, since a Date object would only be made to be written out again.

const TIMESTAMPTZ = 1184
const DATE = 1082

const CLIENT = `id, email, first_name "firstName", last_name "lastName", name, nickname, birthday, city, locale, phone,
  risk_level "riskLevel", create_time "createTime", country_id, type_id, manager_id, verification_level_id`
const ACCOUNT = `id, account_number "accountNumber", caption, name, type, create_time "createTime", client_id, currency_id, product_id,
  platform_id, available_balance "availableBalance", current_balance "currentBalance", equity, margin, pnl`
const TRANSACTION = `id, type, status, amount, create_time "createTime", client_id, credit_account_id, method_id`

export function reader(pg) {
  pg.types.setTypeParser(TIMESTAMPTZ, text => text.replace(' ', 'T') + ':00')
  pg.types.setTypeParser(DATE, text => text)
  const pool = new pg.Pool({ connectionString: process.env.PEERS_DATABASE_URL, max: 10, min: 10, options: '-c timezone=UTC' })
  const names = new Map()

  async function rows(text, values) {
    let name = names.get(text)
    if (name === undefined) names.set(text, name = `s${names.size}`)
    return (await pool.query({ name, text, values })).rows
  }

  // The rows of some keys, in the order of the keys; null for a key without one.
  function byKey(table, columns) {
    const text = `select ${columns} from ${table} where id = any($1::int[])`
    return async ids => {
      const found = new Map()
      for (const row of await rows(text, [[...new Set(ids)]])) found.set(row.id, row)
      return ids.map(id => found.get(id) ?? null)
    }
  }

  const load = {
    country: byKey('country', 'id, alpha2_code "alpha2Code", alpha3_code "alpha3Code", name'),
    currency: byKey('currency', 'id, alphabetic_code "alphabeticCode", minor_unit "minorUnit", name'),
    clientType: byKey('client_type', 'id, name'),
    verificationLevel: byKey('verification_level', 'id, name'),
    manager: byKey('manager', 'id, office_id "officeId", email, name'),
    platform: byKey('platform', 'id, name'),
    product: byKey('product', 'id, name'),
    method: byKey('method', 'id, name'),
    client: byKey('client', CLIENT),
    account: byKey('account', ACCOUNT),
    async accountsOf(ids) {
      const found = new Map(ids.map(id => [id, []]))
      for (const row of await rows(`select ${ACCOUNT} from account where client_id = any($1::int[]) order by id`, [ids])) {
        found.get(row.client_id).push(row)
      }
      return ids.map(id => found.get(id))
    },
  }

  // A cursor is the time and the number of the row before, as in `2026-01-31 12:00:00.25+00|77`.
  function clients(first, after) {
    if (after == null) return rows(`select ${CLIENT} from client order by create_time desc, id desc limit $1`, [first])
    const [time, id] = after.split('|')
    return rows(
      `select ${CLIENT} from client where (create_time, id) < ($2::timestamptz, $3::int) order by create_time desc, id desc limit $1`,
      [first, time, Number(id)],
    )
  }

  function transactions(first, status) {
    if (status == null) return rows(`select ${TRANSACTION} from transaction order by create_time desc, id desc limit $1`, [first])
    return rows(`select ${TRANSACTION} from transaction where status = $2 order by create_time desc, id desc limit $1`, [first, status])
  }

  return { load, clients, transactions }
}
