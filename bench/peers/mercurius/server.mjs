import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import mercurius from 'mercurius'
import pg from 'pg'
import { reader } from '../common/database.mjs'

const { load, clients, transactions } = reader(pg)

// Mercurius remembers what a loader answered by its arguments for the length of a request; collecting the keys is all that is wanted.
const options = { cache: false }

const related = (rows, key) => ({
  opts: options,
  async loader(queries) {
    const found = await rows(queries.map(({ obj }) => obj[key]).filter(id => id != null))
    let next = 0
    return queries.map(({ obj }) => (obj[key] == null ? null : found[next++]))
  },
})

const server = Fastify({ logger: false })

server.register(mercurius, {
  schema: readFileSync(new URL('../common/schema.graphql', import.meta.url), 'utf8'),
  jit: 1,
  graphiql: false,
  resolvers: {
    Query: {
      clients: async (_root, { first, after }) => ({ nodes: await clients(first, after) }),
      client: async (_root, { id }) => (await load.client([id]))[0],
      transactions: async (_root, { first, status }) => ({ nodes: await transactions(first, status) }),
    },
    Account: { statement: row => row },
  },
  loaders: {
    Client: {
      country: related(load.country, 'country_id'),
      type: related(load.clientType, 'type_id'),
      manager: related(load.manager, 'manager_id'),
      verificationLevel: related(load.verificationLevel, 'verification_level_id'),
      accounts: related(load.accountsOf, 'id'),
    },
    Account: {
      currency: related(load.currency, 'currency_id'),
      product: related(load.product, 'product_id'),
      platform: related(load.platform, 'platform_id'),
    },
    Transaction: {
      client: related(load.client, 'client_id'),
      creditAccount: related(load.account, 'credit_account_id'),
      method: related(load.method, 'method_id'),
    },
  },
})

server.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
