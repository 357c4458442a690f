import { existsSync, readFileSync } from "node:fs";

/** Resident memory of a process that is not a mapped file; undefined where the system does not tell. */
export function anonymousBytesOf(pid: number | "self"): number | undefined {
  const file = `/proc/${pid}/status`;
  const match = existsSync(file) ? /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(file, "utf8")) : null;
  return match === null ? undefined : Number(match[1]) * 1_024;
}
