// What the Relay compiler has to take: fragments, a page that goes on, an object that is asked for again by its id.
import { graphql } from "relay-runtime";

export const row = graphql`
  fragment ClientList_row on Client {
    id
    email
    country {
      countryName
    }
  }
`;

export const list = graphql`
  fragment ClientList_list on Query
  @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" })
  @refetchable(queryName: "ClientListPageQuery") {
    clients(first: $first, after: $after) @connection(key: "ClientList_clients") {
      edges {
        node {
          ...ClientList_row
        }
      }
    }
  }
`;

export const accounts = graphql`
  fragment ClientList_accounts on Client
  @argumentDefinitions(first: { type: "Int", defaultValue: 5 }, after: { type: "String" })
  @refetchable(queryName: "ClientListAccountsQuery") {
    accounts(first: $first, after: $after) @connection(key: "ClientList_accounts") {
      edges {
        node {
          accountNumber
        }
      }
    }
  }
`;

export const page = graphql`
  query ClientListQuery($filter: ClientFilter) {
    one: clients(filter: $filter, first: 1) {
      nodes {
        ...ClientList_accounts
      }
    }
    ...ClientList_list @arguments(first: 10)
  }
`;

export const followed = graphql`
  subscription ClientListImportSubscription($run: Int!) {
    importRun(importRunId: $run) {
      status
    }
  }
`;
