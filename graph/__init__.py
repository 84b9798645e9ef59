"""The GraphQL API: names, descriptions, arguments, mutations, subscriptions."""
