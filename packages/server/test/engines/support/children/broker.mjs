// A broker in a process of its own, to be killed. Prints its address, and ends with the reason on stderr when
// it cannot start. Arguments: the data folder, and "durable" or "relaxed".
import { lmdbEngine, startServer } from "../../../../dist/index.js";

const [path, durability = "durable"] = process.argv.slice(2);

process.on("unhandledRejection", (error) => {
  console.error("Unhandled rejection", error);
  process.exit(3);
});

try {
  const server = await startServer({ port: 0, engine: lmdbEngine({ path, durability }) });
  console.log(server.url);
  process.once("SIGTERM", () => void server.close());
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
