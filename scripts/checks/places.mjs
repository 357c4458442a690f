// Nothing may name the machine it was written on: no path of a home directory or of this checkout, and no
// registry host in the lockfile, which would break installs behind another registry.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFiles } from "../lib/files.mjs";
import { root } from "../lib/run.mjs";

const escape = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
const top = root.split("/")[1];
const places = [
  /(?<![\w.])\/(home|Users)\/\w/,
  /(?<![\w.])\/root\//,
  /\b[A-Z]:\\Users\\/,
  new RegExp(escape(root.replace(/\/$/, ""))),
  ...(top && !["tmp", "var", "usr", "opt"].includes(top) ? [new RegExp(`(?<![\\w.}])/${escape(top)}/`)] : []),
];

let found = 0;
for (const file of projectFiles()) {
  if (file === "scripts/checks/places.mjs") continue;
  const patterns = file === "pnpm-lock.yaml" ? [/https?:\/\//] : places;
  for (const [index, line] of readFileSync(join(root, file), "utf8").split("\n").entries()) {
    if (!patterns.some((pattern) => pattern.test(line))) continue;
    console.error(`${file}:${index + 1}: ${line.trim().slice(0, 120)}`);
    found += 1;
  }
}
process.exitCode = found > 0 ? 1 : 0;
