import { build } from "vite";

/** What vite makes of a program. */
export interface Bundle {
  readonly code: string;
  /** The modules that went into it, by path. */
  readonly modules: readonly string[];
  /** What it still imports. */
  readonly imports: readonly string[];
  /** What it warned about. */
  readonly warnings: readonly string[];
}

/**
 * Bundles a program for the browser, with vite's defaults.
 *
 * @param root - the folder of the app
 * @param entry - the program
 */
export async function bundle(root: string, entry: string): Promise<Bundle> {
  const warnings: string[] = [];
  const result = await build({
    root,
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: "silent",
    build: {
      write: false,
      lib: { entry, formats: ["es"], fileName: "app" },
      rolldownOptions: { onLog: (level, { message }) => void (level === "warn" && warnings.push(message)) },
    },
  });
  const output = Array.isArray(result) ? result[0]?.output : "output" in result ? result.output : undefined;
  const [chunk, ...others] = output ?? [];
  if (chunk === undefined || others.length > 0) throw new Error("vite did not make one file");
  const { code, imports, dynamicImports, moduleIds } = chunk;
  return { code, modules: moduleIds, imports: [...imports, ...dynamicImports], warnings };
}
