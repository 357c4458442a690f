import { stockClientSuite } from "../suites/stock-client-suite.js";
import { serve } from "../support/serve.js";

stockClientSuite("startServer", serve);
