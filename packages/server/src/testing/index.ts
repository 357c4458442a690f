export {
  engineConformance,
  type EngineUnderTest,
  type LogRequest,
  type TestRunner,
} from "./engine-conformance.js";
export { Selection } from "../log/selection.js";
export { startTestServer, type TestServer } from "./test-server.js";
