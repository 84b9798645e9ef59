"""The browser side: the GraphQL explorer, its plain stand-in, and how they are installed and served."""
