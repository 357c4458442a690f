import { fstatSync } from "node:fs";

/** How many bytes standard input has, where that is known: where it is a file. */
export function sizeOf({ fd }: { readonly fd: number }): number | undefined {
  try {
    const stat = fstatSync(fd);
    return stat.isFile() ? stat.size : undefined;
  } catch {
    // Closed, which reading it will say.
    return undefined;
  }
}
