import type { DataIssue } from "@rtmsg/client";
import { findNodeAtLocation, parseTree, printParseErrorCode, type Node, type ParseError } from "jsonc-parser";

/** Something that is wrong at a place of a JSON text. */
export interface PlacedIssue {
  readonly message: string;
  /** The field, such as `items[0].sku`; empty for the whole. */
  readonly field: string;
  /** The line, from 0. */
  readonly line: number;
  /** The first character. */
  readonly start: number;
  readonly end: number;
}

const OPTIONS = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false } as const;

/** A JSON text, with where its values are. */
export class JsonText {
  readonly #text: string;
  readonly #root: Node | undefined;
  readonly #errors: ParseError[] = [];

  constructor(text: string) {
    this.#text = text;
    this.#root = parseTree(text, this.#errors, OPTIONS);
  }

  /** The first thing that keeps it from being JSON. */
  get problem(): PlacedIssue | undefined {
    const [error] = this.#errors;
    if (error === undefined) return undefined;
    const words = printParseErrorCode(error.error)
      .replaceAll(/([A-Z])/g, " $1")
      .trim()
      .toLowerCase();
    return this.#placed(`It is not JSON: ${words}`, "", error.offset, error.offset + error.length);
  }

  /** The value. @throws SyntaxError where the text is not JSON */
  value(): unknown {
    return JSON.parse(this.#text);
  }

  /** Where an issue is: at its value, or where that is missing at what should hold it. */
  place({ path, message }: DataIssue): PlacedIssue {
    const field = fieldOf(path);
    for (let length = path.length; length >= 0; length--) {
      const node = this.#root && findNodeAtLocation(this.#root, path.slice(0, length));
      if (node === undefined) continue;
      // What is missing is said where its object begins, and of a value at its name.
      const end = length < path.length ? node.offset + 1 : node.offset + node.length;
      return this.#placed(message, field, node.offset, end);
    }
    return this.#placed(message, field, 0, 0);
  }

  #placed(message: string, field: string, start: number, end: number): PlacedIssue {
    const line = this.#text.slice(0, start).split("\n").length - 1;
    return { message, field, line, start, end };
  }
}

/** A path as it is written in code: `items[0].sku`. */
function fieldOf(path: readonly (string | number)[]): string {
  return path
    .map((step, index) => (typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${step}`))
    .join("");
}
