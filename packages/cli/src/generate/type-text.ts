/** TypeScript's text of a type: one member of a union, or several. */
export interface TypeText {
  /** The members of the union, none of which is a union. */
  readonly members: readonly string[];
}

export const UNKNOWN: TypeText = { members: ["unknown"] };
export const NEVER: TypeText = { members: ["never"] };

/** A type that is no union. */
export function single(text: string): TypeText {
  return { members: [text] };
}

/** The union of types; `unknown` takes everything in. */
export function union(types: readonly TypeText[]): TypeText {
  const members = [...new Set(types.flatMap((type) => type.members))].filter((member) => member !== "never");
  if (members.includes("unknown")) return UNKNOWN;
  return members.length === 0 ? NEVER : { members };
}

/** The intersection of types. */
export function intersection(types: readonly TypeText[]): TypeText {
  const parts = types.filter((type) => type !== UNKNOWN);
  if (parts.length <= 1) return parts[0] ?? UNKNOWN;
  return single(`(${parts.map(operand).join(" & ")})`);
}

/** The text as it stands alone. */
export function alone(type: TypeText): string {
  return type.members.join(" | ");
}

/** The text as it stands before `[]` or beside `&`. */
export function operand(type: TypeText): string {
  return type.members.length === 1 && type.members[0]?.startsWith("readonly ") !== true
    ? alone(type)
    : `(${alone(type)})`;
}

/** A property's name as source text. */
export function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
