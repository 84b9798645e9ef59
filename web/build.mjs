/** Bundles the explorer: node build.mjs OUTPUT_FOLDER, after npm ci. */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { build } from "esbuild";

const outdir = process.argv[2];
const shared = { bundle: true, minify: true, target: "es2022", legalComments: "none", logLevel: "warning", outdir };

const scripts = await build({
  ...shared,
  entryPoints: {
    explorer: "browser/explorer.js",
    "editor.worker": "monaco-editor/esm/vs/editor/editor.worker.js",
    "graphql.worker": "monaco-graphql/esm/graphql.worker.js",
    "json.worker": "monaco-editor/esm/vs/language/json/json.worker.js",
  },
  format: "esm",
  splitting: true,
  metafile: true,
  define: { "process.env.NODE_ENV": '"production"' },
  // GraphiQL's own style sheet holds Monaco's too; what Monaco's modules import would come a second time.
  loader: { ".css": "empty", ".ttf": "empty" },
  // By these older names Prettier gives CommonJS, whose exports GraphiQL's imports do not find.
  alias: {
    "prettier/parser-babel": "prettier/plugins/babel",
    "prettier/parser-graphql": "prettier/plugins/graphql",
  },
});
const styles = await build({ ...shared, entryPoints: ["browser/explorer.css"], metafile: true });

/** The licences of what is in the bundles, which must go along with them. */
function licences() {
  const inputs = [scripts, styles].flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const folders = inputs.flatMap((path) => path.match(/.*node_modules\/(@[^/]+\/)?[^/]+/)?.[0] ?? []);
  return [...new Set(folders)].sort().map(licence).join("\n\n");
}

function licence(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|thirdpartynotices)/i.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
  return [`=== ${name} ${version} (${license})`, ...texts].join("\n\n");
}

writeFileSync(join(outdir, "LICENCES.txt"), licences());
