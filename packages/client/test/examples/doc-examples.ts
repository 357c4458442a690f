import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../../../", import.meta.url));

/** An example of a doc comment. */
export interface DocExample {
  /** The file, and which of its examples. */
  readonly name: string;
  readonly code: string;
}

/** The examples of a package's doc comments. */
export function docExamples(name: string): DocExample[] {
  const source = `${packages}${name}/src`;
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).toSorted();
  return files
    .filter((file) => /\.tsx?$/.test(file))
    .flatMap((file) => {
      const text = readFileSync(`${source}/${file}`, "utf8");
      const codes = [...text.matchAll(/@example\s[^@]*?```tsx?\n(.*?)```/gs)].map(([, code = ""]) => code);
      return codes.map((code, index) => ({
        name: `${name}/${file.replace(/\.tsx?$/, "")}#${index + 1}`,
        code: code.replaceAll(/^\s*\* ?/gm, ""),
      }));
    });
}
