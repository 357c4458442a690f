import { applyWSSHandler, getWSConnectionHandler } from "@trpc/server/adapters/ws";
import { adapterSuite } from "../suites/adapter-suite.js";
import { stockClientSuite } from "../suites/stock-client-suite.js";
import type { Adapter } from "../suites/support/adapter.js";
import { serveWith } from "../suites/support/serve-with.js";

const stock: Adapter = { name: "tRPC's own adapter", isOurs: false, applyWSSHandler, getWSConnectionHandler };

stockClientSuite(stock.name, serveWith(stock));
adapterSuite(stock);
