// Produces an event and reads it back, typed by what the broker declares: tsx src/main.ts <url>
import { createClient } from "./events.js";

const [url = "http://127.0.0.1:3030"] = process.argv.slice(2);

await using client = createClient({ url });
const at = new Date("2026-01-02T03:04:05Z");
await client.produce.mutate({
  topic: "flights.departed",
  data: { flight: "LH123", at, passengers: 180n },
});
await client.produce.mutate({ topic: "weather.berlin", data: { kind: "wind", knots: 12 } });

for await (const { data } of client.subscribe({
  topic: "flights.departed",
  from: "earliest",
  until: "now",
})) {
  // A Date and a bigint, as the server's own code has them.
  console.log(`${data.flight} left at ${data.at.toISOString()} with ${data.passengers + 2n} on board`);
}
for await (const { topic, data } of client.subscribe({
  topic: "weather.*",
  from: "earliest",
  until: "now",
})) {
  console.log(topic, data.kind === "wind" ? `${data.knots} knots` : `rain for ${data.hours.length} hours`);
}
