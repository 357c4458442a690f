import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/**
 * Compiles programs that are in no file, with the options of the tests and in one go.
 *
 * @param sources - by name, which may name a folder; one without an extension is a `.ts`
 * @returns by name, what the compiler has to say about it: the error's number and text
 */
export function compile<Name extends string>(
  sources: Readonly<Record<Name, string>>,
): Record<Name, string[]> {
  const config = join(root, "tsconfig.tests.json");
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(config, (file) => ts.sys.readFile(file)).config,
    ts.sys,
    dirname(config),
  );
  const directory = join(root, "packages/client/test/compiled");
  const names = Object.keys(sources) as Name[];
  const pathOf = (name: Name): string => join(directory, name.includes(".") ? name : `${name}.ts`);
  const files = new Map(names.map((name) => [pathOf(name), sources[name]]));
  const host = ts.createCompilerHost({ ...options, incremental: false });
  host.fileExists = (file) => files.has(file) || ts.sys.fileExists(file);
  // Without the directory, and those below it, the sources would not find each other.
  host.directoryExists = (path) => `${path}/`.startsWith(`${directory}/`) || ts.sys.directoryExists(path);
  host.readFile = (file) => files.get(file) ?? ts.sys.readFile(file);
  const program = ts.createProgram([...files.keys()], { ...options, incremental: false }, host);
  const said = {} as Record<Name, string[]>;
  for (const name of names) {
    const diagnostics = ts.getPreEmitDiagnostics(program, program.getSourceFile(pathOf(name)));
    said[name] = diagnostics.map(
      ({ code, messageText }) => `${code} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
    );
  }
  return said;
}
