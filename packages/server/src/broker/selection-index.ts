/** One token's place in the tree of patterns. */
class Branch<Member> {
  readonly tokens = new Map<string, Branch<Member>>();
  /** Members whose pattern ends here. */
  readonly ends = new Set<Member>();
  /** Members whose pattern goes on with a final `>`. */
  readonly tails = new Set<Member>();

  get isEmpty(): boolean {
    return this.tokens.size === 0 && this.ends.size === 0 && this.tails.size === 0;
  }
}

/**
 * Finds the members whose name or pattern selects a topic, in time that does not grow with the
 * number of topics and patterns.
 */
export class SelectionIndex<Member> {
  readonly #names = new Map<string, Set<Member>>();
  #patterns = new Branch<Member>();

  /** Adds a member under a name or pattern. */
  add(selection: string, member: Member): void {
    if (!isPatternText(selection)) {
      const members = this.#names.get(selection);
      if (members === undefined) this.#names.set(selection, new Set([member]));
      else members.add(member);
      return;
    }
    const tokens = selection.split(".");
    let branch = this.#patterns;
    for (const token of tokens) {
      if (token === ">") {
        branch.tails.add(member);
        return;
      }
      let next = branch.tokens.get(token);
      if (next === undefined) {
        next = new Branch();
        branch.tokens.set(token, next);
      }
      branch = next;
    }
    branch.ends.add(member);
  }

  /** Removes a member from a name or pattern it was added under. */
  remove(selection: string, member: Member): void {
    if (isPatternText(selection)) {
      removeFrom(this.#patterns, selection.split("."), 0, member);
      return;
    }
    const members = this.#names.get(selection);
    members?.delete(member);
    if (members?.size === 0) this.#names.delete(selection);
  }

  /** Calls back with every member that selects a topic, each once per selection it was added under. */
  forEachMatch(topic: string, callback: (member: Member) => void): void {
    this.#names.get(topic)?.forEach(callback);
    if (!this.#patterns.isEmpty) visit(this.#patterns, topic.split("."), 0, callback);
  }
}

function isPatternText(selection: string): boolean {
  return selection.includes("*") || selection.endsWith(">");
}

function visit<Member>(
  branch: Branch<Member>,
  tokens: readonly string[],
  depth: number,
  callback: (member: Member) => void,
): void {
  const token = tokens[depth];
  if (token === undefined) {
    branch.ends.forEach(callback);
    return;
  }
  branch.tails.forEach(callback);
  const named = branch.tokens.get(token);
  if (named !== undefined) visit(named, tokens, depth + 1, callback);
  const any = branch.tokens.get("*");
  if (any !== undefined) visit(any, tokens, depth + 1, callback);
}

function removeFrom<Member>(
  branch: Branch<Member>,
  tokens: readonly string[],
  depth: number,
  member: Member,
): void {
  const token = tokens[depth];
  if (token === undefined) branch.ends.delete(member);
  else if (token === ">") branch.tails.delete(member);
  else {
    const next = branch.tokens.get(token);
    if (next === undefined) return;
    removeFrom(next, tokens, depth + 1, member);
    if (next.isEmpty) branch.tokens.delete(token);
  }
}
