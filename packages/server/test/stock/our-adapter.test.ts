import { applyWSSHandler, getWSConnectionHandler } from "../../src/index.js";
import { adapterSuite } from "../suites/adapter-suite.js";
import { stockClientSuite } from "../suites/stock-client-suite.js";
import type { Adapter } from "../suites/support/adapter.js";
import { serveWith } from "../suites/support/serve-with.js";

const ours: Adapter = { name: "our adapter", isOurs: true, applyWSSHandler, getWSConnectionHandler };

stockClientSuite(ours.name, serveWith(ours));
adapterSuite(ours);
