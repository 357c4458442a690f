/**
 * How large a run is: `full` is what figures are taken from, `quick` gives an idea of them, and `smoke` only
 * shows that everything works.
 */
export type Size = "full" | "quick" | "smoke";
