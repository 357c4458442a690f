import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import typescript6 from "typescript";
import typescript5 from "typescript-5";

type TypeScript = Pick<typeof typescript6, "version"> & typeof typescript6;

/** The compilers that generated modules are for. */
export const COMPILERS: readonly TypeScript[] = [typescript5 as unknown as TypeScript, typescript6];

/** Sources that are in no file stand here, where the packages can be found. */
const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "../compiled");

/**
 * Compiles modules that are in no file, as strictly as there are options for, against the packages
 * as they are built.
 *
 * @param ts - the compiler
 * @param sources - by name; they import each other as `./name.js`
 * @returns what the compiler has to say
 */
export function compile(ts: TypeScript, sources: Readonly<Record<string, string>>): string[] {
  const files = new Map(Object.entries(sources).map(([name, text]) => [join(FOLDER, `${name}.ts`), text]));
  const options: typescript6.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    isolatedModules: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    skipLibCheck: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
    types: ["node"],
  };
  const host = ts.createCompilerHost(options);
  host.fileExists = (file) => files.has(file) || ts.sys.fileExists(file);
  // Without the directory, the sources would not find each other.
  host.directoryExists = (path) => path === FOLDER || ts.sys.directoryExists(path);
  host.readFile = (file) => files.get(file) ?? ts.sys.readFile(file);
  const program = ts.createProgram([...files.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, code, messageText }) => {
    const line = file === undefined ? "" : file.text.slice(0, start).split("\n").length;
    return `${file?.fileName ?? ""}:${line} ${code} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}
