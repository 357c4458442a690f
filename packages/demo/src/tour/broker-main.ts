// The broker of the tour, in a process of its own so that it can be killed: node broker-main.js <folder> <port>
import { lmdbEngine, startServer } from "@rtmsg/server";
import { topics } from "./topics.js";

const [path = "", port = "0"] = process.argv.slice(2);
const server = await startServer({ topics, port: Number(port), engine: lmdbEngine({ path }) });
process.send?.(server.url);
// Without the tour it has no purpose.
process.once("disconnect", () => process.exit());
