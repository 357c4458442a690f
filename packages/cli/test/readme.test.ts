import type { Command } from "commander";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createProgram } from "../src/program.js";

const README = new URL("../README.md", import.meta.url);
const text = readFileSync(README, "utf8");

/** Each call of rtmsg in a block of shell commands, as its arguments. */
function callsOf(markdown: string): string[][] {
  const blocks = [...markdown.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = ""]) => block);
  return blocks
    .join("")
    .split("\n")
    .map((line) => line.replace(/ +#.*$/, ""))
    .flatMap((line) => line.split("|"))
    .map((part) => /\brtmsg ([^<>]*(?:'[^']*'[^<>]*)*)/.exec(part)?.[1]?.trim() ?? "")
    .filter((call) => call !== "")
    .map((call) =>
      (call.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^['"]|['"]$/g, "")),
    );
}

/** Finds the command that arguments call, and what they give it. */
function find(args: readonly string[]): { readonly command: Command; readonly rest: readonly string[] } {
  let command: Command = createProgram();
  let rest = [...args];
  for (;;) {
    const next = command.commands.find((one) => one.name() === rest[0]);
    if (next === undefined) return { command, rest };
    command = next;
    rest = rest.slice(1);
  }
}

describe("the README of the command line", () => {
  const calls = callsOf(text);

  it("shows every command", () => {
    const shown = new Set(calls.map(([name]) => name));
    expect(
      createProgram()
        .commands.map((command) => command.name())
        .filter((name) => !shown.has(name)),
    ).toEqual([]);
    expect(calls.length).toBeGreaterThan(25);
  });

  it.each(calls.map((args) => [args.join(" "), args] as const))(
    "shows what there is: rtmsg %s",
    (_call, args) => {
      const { command, rest } = find(args);
      expect(command.parent, `rtmsg has no command ${args[0]}`).not.toBeNull();
      const options = command.options.flatMap(({ long, short }) => [long, short]);
      for (const word of rest) {
        if (/^--?[a-z]/.test(word)) expect(options, `${word} of rtmsg ${args.join(" ")}`).toContain(word);
      }
      const positional = rest[0] === undefined || rest[0].startsWith("-") ? [] : [rest[0]];
      const required = command.registeredArguments.filter((argument) => argument.required).length;
      expect(positional.length).toBeGreaterThanOrEqual(Math.min(1, required));
    },
  );

  it("links to what is there", () => {
    const links = [...text.matchAll(/\]\(([^)#]+)/g)]
      .map(([, link = ""]) => link)
      .filter((link) => !/^https?:/.test(link));
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter((link) => !existsSync(new URL(link, README)))).toEqual([]);
  });
});
