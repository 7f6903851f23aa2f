// Write docs/react/: one reference page for each hook, generated from the types and their comments.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const sources = join(import.meta.dirname, "react/src");
const target = join(import.meta.dirname, "../docs/react");
/** By entry point: what a host imports its hooks from. */
const entries = { "": "index", "/connections": "connections", "/paid": "paid" };
const fileOf = (name) => join(sources, `${name}.ts`);
const program = ts.createProgram(Object.values(entries).map(fileOf), {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  jsx: ts.JsxEmit.ReactJSX,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
  strict: true,
  exactOptionalPropertyTypes: true,
  types: [],
});
const checker = program.getTypeChecker();
const FLAGS = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;
const comment = (symbol) => ts.displayPartsToString(symbol.getDocumentationComment(checker)).replaceAll("\n", " ");
const cell = (text) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const isOwn = (symbol) => symbol.declarations?.some((node) => node.getSourceFile().fileName.startsWith(sources));

function describeMember(symbol, node) {
  const deprecated = symbol.getJsDocTags(checker).find(({ name }) => name === "deprecated");
  const note = deprecated ? `Deprecated. ${ts.displayPartsToString(deprecated.text)}` : comment(symbol);
  const type = checker.typeToString(checker.getTypeOfSymbolAtLocation(symbol, node), undefined, FLAGS);
  return `| \`${symbol.name}\` | \`${cell(type.length > 200 ? "see the types" : type)}\` | ${cell(note)} |`;
}

function describeHook(symbol, entry) {
  const declared = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const node = declared.valueDeclaration;
  const signature = node && checker.getSignatureFromDeclaration(node);
  if (!signature) return null;
  const result = signature.getReturnType();
  const members = result.getProperties();
  const rows = members.filter(isOwn).map((member) => describeMember(member, node));
  const isQuery = members.some(({ name }) => name === "fetchStatus");
  return [
    `# ${symbol.name}`,
    comment(declared),
    entry && `Import it from \`@tidings/react${entry}\`.`,
    `\`\`\`ts\n${symbol.name}${checker.signatureToString(signature, undefined, FLAGS)}\n\`\`\``,
    rows.length > 0 ? `| result | type | |\n|---|---|---|\n${rows.join("\n")}` : "",
    isQuery
      ? "The other fields are those of TanStack Query's `UseQueryResult`, such as `data`, `error` and `refetch`."
      : "",
  ]
    .filter(Boolean)
    .join("\n\n");
}

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const [entry, name] of Object.entries(entries)) {
  const module = checker.getSymbolAtLocation(program.getSourceFile(fileOf(name)));
  for (const symbol of checker.getExportsOfModule(module)) {
    if (!/^use[A-Z]/.test(symbol.name)) continue;
    const page = describeHook(symbol, entry);
    if (page) writeFileSync(join(target, `${symbol.name}.md`), `${page}\n`);
  }
}
