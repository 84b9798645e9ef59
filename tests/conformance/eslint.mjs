// graphql-eslint: its rules for schemas, the recommended ones and those for Relay, on the schema that the argument names.
import { readFileSync } from "node:fs";
import plugin from "@graphql-eslint/eslint-plugin";
import { ESLint } from "eslint";

const schema = readFileSync(process.argv[2], "utf8");
const recommended = { ...plugin.configs["flat/schema-recommended"].rules, ...plugin.configs["flat/schema-relay"].rules };
const rule = (name) => `@graphql-eslint/${name}`;
const [severity, { "ObjectTypeDefinition,ObjectTypeExtension": _, ...names }] = recommended[rule("naming-convention")];
const rules = {
  ...recommended,
  // Recommended for types and root fields only; here everything is described.
  [rule("require-description")]: ["error", {
    types: true, DirectiveDefinition: true, rootField: true,
    FieldDefinition: true, InputValueDefinition: true, EnumValueDefinition: true,
  }],
  // A client type is what brokers call it, and so are the client id and the account number.
  [rule("naming-convention")]: [severity, names],
  [rule("no-typename-prefix")]: "off",
  // Payloads, connections and values have no id; whatever has one is a Node, and that interface asks for it.
  [rule("strict-id-in-types")]: "off",
  // Lines of a run's log are no Nodes. Connections offer `nodes` beside `edges`, and short lists are no connections.
  [rule("relay-edge-types")]: ["error", { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false }],
};

const eslint = new ESLint({
  overrideConfigFile: true,
  overrideConfig: [{
    files: ["**/*.graphql"],
    plugins: { "@graphql-eslint": plugin },
    languageOptions: { parser: plugin.parser, parserOptions: { graphQLConfig: { schema } } },
    rules,
  }],
});
const [result] = await eslint.lintText(schema, { filePath: "schema.graphql" });
for (const { line, ruleId, message } of result.messages) console.error(`line ${line}: ${ruleId ?? "parser"}: ${message}`);
process.exitCode = result.messages.length ? 1 : 0;
