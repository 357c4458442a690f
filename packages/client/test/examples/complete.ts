import ts from "typescript";

/** Where a name comes from that a program does not declare. */
export interface KnownName {
  readonly from: string;
  readonly isType: boolean;
}

/**
 * Makes a whole program of an example: adds the imports that a reader takes for granted, and a function
 * around what returns.
 *
 * @param code - the example
 * @param known - what can be imported, by name
 */
export function complete(code: string, known: ReadonlyMap<string, KnownName>): string {
  const { used, declared, returns } = namesOf(code);
  const imports = [...used]
    .filter((name) => !declared.has(name))
    .flatMap((name) => {
      const found = known.get(name);
      return found === undefined
        ? []
        : [`import { ${found.isType ? "type " : ""}${name} } from "${found.from}";`];
    });
  const body = returns ? `export function Example() {\n${code}}` : code;
  return `${imports.join("\n")}\n${body}\nexport {};\n`;
}

function namesOf(code: string): { used: Set<string>; declared: Set<string>; returns: boolean } {
  const file = ts.createSourceFile("example.tsx", code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const used = new Set<string>();
  const declared = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const isDeclared =
        (ts.isVariableDeclaration(parent) ||
          ts.isParameter(parent) ||
          ts.isBindingElement(parent) ||
          ts.isImportSpecifier(parent) ||
          ts.isFunctionDeclaration(parent) ||
          ts.isInterfaceDeclaration(parent) ||
          ts.isTypeAliasDeclaration(parent)) &&
        parent.name === node;
      const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node;
      if (isDeclared) declared.add(node.text);
      else if (!isMember) used.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { used, declared, returns: file.statements.some((statement) => ts.isReturnStatement(statement)) };
}
