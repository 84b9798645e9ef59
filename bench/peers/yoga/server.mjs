import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { useGraphQlJit } from '@envelop/graphql-jit'
import DataLoader from 'dataloader'
import { createSchema, createYoga } from 'graphql-yoga'
import pg from 'pg'
import { reader } from '../common/database.mjs'

const { load, clients, transactions } = reader(pg)
const related = (loader, key) => (row, _arguments, context) => (row[key] == null ? null : context[loader].load(row[key]))

const yoga = createYoga({
  logging: false,
  graphiql: false,
  landingPage: false,
  schema: createSchema({
    typeDefs: readFileSync(new URL('../common/schema.graphql', import.meta.url), 'utf8'),
    resolvers: {
      Query: {
        clients: async (_root, { first, after }) => ({ nodes: await clients(first, after) }),
        client: (_root, { id }, context) => context.client.load(id),
        transactions: async (_root, { first, status }) => ({ nodes: await transactions(first, status) }),
      },
      Client: {
        country: related('country', 'country_id'),
        type: related('clientType', 'type_id'),
        manager: related('manager', 'manager_id'),
        verificationLevel: related('verificationLevel', 'verification_level_id'),
        accounts: related('accountsOf', 'id'),
      },
      Account: {
        currency: related('currency', 'currency_id'),
        product: related('product', 'product_id'),
        platform: related('platform', 'platform_id'),
        statement: row => row,
      },
      Transaction: {
        client: related('client', 'client_id'),
        creditAccount: related('account', 'credit_account_id'),
        method: related('method', 'method_id'),
      },
    },
  }),
  context: () => Object.fromEntries(Object.entries(load).map(([name, rows]) => [name, new DataLoader(rows)])),
  plugins: [useGraphQlJit()],
})

createServer(yoga).listen(Number(process.env.PORT), '127.0.0.1')
