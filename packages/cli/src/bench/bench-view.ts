import type { BenchReport, Latency } from "./bench-run.js";

/** Rates, times and faults, as lines of text. */
export function describeBench(report: BenchReport): string[] {
  const { produced, delivered, producedPerSecond, deliveredPerSecond, receipt, delivery } = report;
  const { errors, lost, doubled, reordered } = report;
  const refused = Object.entries(errors).map(([code, events]) => `${events.toLocaleString("en")} ${code}`);
  return [
    line("produced", `${number(producedPerSecond)}/s`, `${number(produced)} events`),
    line("delivered", `${number(deliveredPerSecond)}/s`, `${number(delivered)} events`),
    line("receipt", ...describeLatency(receipt)),
    line("delivery", ...describeLatency(delivery)),
    line("errors", refused.length === 0 ? "none" : refused.join(", ")),
    line("check", `${number(lost)} lost, ${number(doubled)} doubled, ${number(reordered)} reordered`),
  ];
}

function line(name: string, ...cells: readonly string[]): string {
  const [first = "", ...rest] = cells;
  return `  ${name.padEnd(10)} ${rest.length === 0 ? first : first.padStart(14)}${rest.map((text) => text.padStart(20)).join("")}`;
}

function describeLatency({ p50, p99, max }: Latency): string[] {
  return [`p50 ${ms(p50)}`, `p99 ${ms(p99)}`, `max ${ms(max)}`];
}

function ms(time: number): string {
  return `${time < 10 ? time.toFixed(2) : Math.round(time).toLocaleString("en")} ms`;
}

function number(n: number): string {
  return n.toLocaleString("en");
}
