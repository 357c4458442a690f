// A plugin of typedoc: every public symbol has an example, its own or one of its members'.
import { Converter, ReflectionKind } from "typedoc";

const KINDS =
  ReflectionKind.Function |
  ReflectionKind.Class |
  ReflectionKind.Interface |
  ReflectionKind.TypeAlias |
  ReflectionKind.Variable;

function hasExample(reflection) {
  if (reflection.comment?.getTag("@example")) return true;
  let found = false;
  reflection.traverse((child) => {
    found ||= hasExample(child);
    return !found;
  });
  return found;
}

/** What typedoc calls. */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const symbol of project.getReflectionsByKind(KINDS)) {
      if (symbol.parent?.kindOf(ReflectionKind.Project | ReflectionKind.Module) && !hasExample(symbol))
        app.logger.warn(`${symbol.getFullName()} has no example`);
    }
  });
}
