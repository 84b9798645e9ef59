// GraphQL Code Generator: the TypeScript of the schema and of some operations, two files in the folder that the arguments name.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codegen } from "@graphql-codegen/core";
import * as schemaTypes from "@graphql-codegen/typescript";
import * as operationTypes from "@graphql-codegen/typescript-operations";
import { parse } from "graphql";

const [schemaFile, folder] = process.argv.slice(2);
const schema = parse(readFileSync(schemaFile, "utf8"));
const document = parse(readFileSync(new URL("codegen/operations.graphql", import.meta.url), "utf8"));
const text = { input: "string", output: "string" };
const config = {
  // Every scalar that the schema has of its own: another one must be thought of here.
  strictScalars: true,
  scalars: {
    Date: text,
    DateTime: text,
    Decimal: text,
    BigInt: { input: "number", output: "number" },
    JSON: { input: "unknown", output: "unknown" },
    Upload: { input: "File", output: "never" },
  },
};

// Since their version 6, each of the two declares what it needs: in one file they would declare it twice.
for (const [name, plugin] of Object.entries({ schemaTypes, operationTypes })) {
  const filename = join(folder, `${name}.ts`);
  const documents = [{ location: "operations.graphql", document }];
  writeFileSync(filename, await codegen({ filename, schema, documents, config, plugins: [{ [name]: {} }], pluginMap: { [name]: plugin } }));
}
