// `npm run docs`: writes the reference of the client into docs/api. Fails on a public symbol that has no words or
// no example.
import "./lib/prepare.mjs";
import { bin, node } from "./lib/run.mjs";

process.exitCode = (await node([bin("typedoc")], { stdout: "inherit" })).code;
