import { expect, it } from "vitest";
import { explainStartFailure } from "../src/start-failure.js";

it("says that a port may not be listened on only where it is a port", () => {
  const refused = (message: string, syscall: string): Error =>
    Object.assign(new Error(message), { code: "EACCES", syscall });
  const port = refused("listen EACCES: permission denied 0.0.0.0:80", "listen");
  expect(explainStartFailure(port, "0.0.0.0", 80).message).toBe(
    "Port 80 on 0.0.0.0 may not be listened on: choose one from 1024 with --port",
  );
  const file = refused("EACCES: permission denied, open '/data/data.mdb'", "open");
  expect(explainStartFailure(file, "127.0.0.1", 3_030).message).toBe(
    "EACCES: permission denied, open '/data/data.mdb'",
  );
});
