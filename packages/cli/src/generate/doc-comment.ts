/**
 * A doc comment, or nothing where there is nothing to say.
 *
 * @param lines - paragraphs, of one line or more
 * @param indent - what goes before each line
 */
export function docComment(lines: readonly string[], indent: string): string {
  const text = lines.flatMap((line) => line.trim().split(/\r?\n/)).map(harmless);
  if (text.length === 0) return "";
  if (text.length === 1) return `${indent}/** ${text[0]} */\n`;
  return `${indent}/**\n${text.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`;
}

/** What a JSON Schema says for readers. */
export function annotations(schema: Readonly<Record<string, unknown>>): string[] {
  const { description, deprecated } = schema;
  const lines: string[] = [];
  if (typeof description === "string" && description.trim() !== "") lines.push(description);
  if (deprecated === true) lines.push("@deprecated");
  if (schema["default"] !== undefined) lines.push(`@default ${JSON.stringify(schema["default"])}`);
  return lines;
}

/** A text that neither ends the comment that it stands in nor its line. */
function harmless(line: string): string {
  return line.replaceAll("*/", "*\\/").replaceAll(/[\u2028\u2029]/g, " ");
}
