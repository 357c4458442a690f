import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readBlocks, readLinks, type Block } from "../readme/markdown.js";

export const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** A page of the documentation. */
export interface Page {
  /** From the root of the repository, such as `docs/recipes/auth.md`. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly links: readonly string[];
}

/** The page at a path. */
export function pageAt(path: string): Page {
  const text = readFileSync(join(root, path), "utf8");
  return { path, text, blocks: readBlocks(text), links: readLinks(text) };
}

/** The pages in a folder of the repository, those of the folders in it not. */
export function pagesIn(folder: string): Page[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => pageAt(`${folder}/${name}`));
}

/** The file that a block is, as its info string says: `file=`, `run=` or `test=`. */
export function fileOf({ info }: Block): string | undefined {
  return /^(?:file|run|test)=(\S+)$/.exec(info)?.[1];
}
