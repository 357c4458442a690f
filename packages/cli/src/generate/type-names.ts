/** What a generated module needs under its own name, or the platform has under it. */
const TAKEN =
  "Array Client ClientOptions Date DeclaredTopics Map Object Partial Readonly ReadonlyMap ReadonlySet Record RtmsgClient Set TopicMap Topics TopicType";

/** Gives types names that are distinct, and the same whenever they are asked for in the same order. */
export class TypeNames {
  readonly #taken = new Set(TAKEN.split(" "));

  /**
   * A name nobody has yet, made of a text: `orders.created` gives `OrdersCreated`, a second time
   * `OrdersCreated2`.
   */
  take(text: string): string {
    const name = pascalCase(text);
    for (let n = 1; ; n++) {
      const candidate = n === 1 ? name : `${name}${n}`;
      if (this.#taken.has(candidate)) continue;
      this.#taken.add(candidate);
      return candidate;
    }
  }
}

function pascalCase(text: string): string {
  const words = text
    .replaceAll("*", "Any")
    .replaceAll(">", "All")
    .split(/[^A-Za-z0-9]+/);
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^[A-Za-z]/.test(name) ? name : `Topic${name}`;
}
