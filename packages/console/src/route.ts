import { signal, type ReadonlySignal } from "@preact/signals";

/** What the address names, after its `#`: the server knows `/` alone. */
export type Route =
  | { readonly page: "overview" | "topics" | "connections" }
  | { readonly page: "topic"; readonly topic: string };

/** The address of a page. */
export function addressOf(route: Route): string {
  if (route.page === "topic") return `#/topics/${encodeURIComponent(route.topic)}`;
  return route.page === "overview" ? "#/" : `#/${route.page}`;
}

/** What an address names; the overview where that is nothing. */
function routeOf(hash: string): Route {
  const [first, second] = hash.replace(/^#\/?/, "").split("/");
  if (first === "topics" && second) return { page: "topic", topic: decode(second) };
  if (first === "topics" || first === "connections") return { page: first };
  return { page: "overview" };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const current = signal<Route>(routeOf(location.hash));
addEventListener("hashchange", () => (current.value = routeOf(location.hash)));

/** The page that is shown. */
export const route: ReadonlySignal<Route> = current;

/** Goes to a page. */
export function go(to: Route): void {
  location.hash = addressOf(to);
}
