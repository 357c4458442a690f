import { fileURLToPath } from "node:url";
import ts from "typescript";
import type { KnownName } from "./complete.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** Entries whose exports an example may use, the first that has a name first. */
const ENTRIES = {
  "@rtmsg/client": "packages/client/src/node.ts",
  "@rtmsg/client/react": "packages/client/src/react/index.ts",
  "@rtmsg/server": "packages/server/src/index.ts",
  "@rtmsg/server/protocol": "packages/server/src/protocol/index.ts",
  "@rtmsg/server/testing": "packages/server/src/testing/index.ts",
} as const;

/** Names of other packages. */
const OTHERS: Readonly<Record<string, string>> = {
  createTRPCClient: "@trpc/client",
  createWSClient: "@trpc/client",
  initTRPC: "@trpc/server",
  // Public by its effect only.
  socketUrl: "../../src/connection/socket-url.js",
  wsLink: "@trpc/client",
  WebSocketServer: "ws",
  z: "zod",
};

/** Everything that an example can import, by name. */
export function knownNames(world: string): Map<string, KnownName> {
  const known = new Map<string, KnownName>();
  for (const [, names = ""] of world.matchAll(/export (?:declare )?(?:const|function) (\w+|\{.*\})/g)) {
    for (const [name] of names.matchAll(/\w+/g)) known.set(name, { from: "./world.js", isType: false });
  }
  known.set("topics", { from: "./topics.js", isType: false });

  for (const [name, from] of Object.entries(OTHERS)) known.set(name, { from, isType: false });
  const files = Object.values(ENTRIES).map((file) => root + file);
  const program = ts.createProgram(files, { skipLibCheck: true, noLib: true, noResolve: false });
  const checker = program.getTypeChecker();
  for (const [from, file] of Object.entries(ENTRIES)) {
    const source = program.getSourceFile(root + file);
    const symbol = source && checker.getSymbolAtLocation(source);
    for (const exported of symbol === undefined ? [] : checker.getExportsOfModule(symbol)) {
      const target =
        (exported.flags & ts.SymbolFlags.Alias) === 0 ? exported : checker.getAliasedSymbol(exported);
      const isType = (target.flags & ts.SymbolFlags.Value) === 0;
      if (!known.has(exported.name)) known.set(exported.name, { from, isType });
    }
  }
  return known;
}
