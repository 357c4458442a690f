/** The data of every event that the benchmark appends: 200 bytes of JSON. */
export const EVENT_DATA = Buffer.from(JSON.stringify({ order: 4_711, note: "x".repeat(176) }));
