/** A fenced block of a Markdown text. */
export interface Block {
  /** The line that it starts at, counted from 1. */
  readonly line: number;
  /** `ts`, `sh` and so on. */
  readonly language: string;
  /** What follows the language in the info string. */
  readonly info: string;
  readonly text: string;
}

/** The fenced blocks of a Markdown text, in order. */
export function readBlocks(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    line: markdown.slice(0, match.index).split("\n").length,
    language: match[1] ?? "",
    info: match[2] ?? "",
    text: match[3] ?? "",
  }));
}

/** The commands that stand within sentences. */
export function readInlineCommands(markdown: string): string[] {
  const prose = markdown.replaceAll(/^```[\s\S]*?^```$/gm, "");
  return [...prose.matchAll(/`((?:npm|npx|curl|rtmsg) [^`]+)`/g)].map((match) => match[1] ?? "");
}

/** The files that a Markdown text links to. */
export function readLinks(markdown: string): string[] {
  return [...markdown.matchAll(/\]\(([^)#:]+)\)/g)].map((match) => match[1] ?? "");
}
