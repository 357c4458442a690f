import { createReadStream } from "node:fs";
import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { LogBackup } from "../log/engine.js";

/** Answers with a copy of the log; resolves when it is sent, or the client has gone. */
export async function sendBackup(response: ServerResponse, { file, bytes }: LogBackup): Promise<void> {
  response.writeHead(200, {
    "content-type": "application/octet-stream",
    "content-length": bytes,
    "x-content-type-options": "nosniff",
  });
  try {
    await pipeline(createReadStream(file), response);
  } catch {
    // A client that went away misses bytes, and sees so by their number.
    response.destroy();
  }
}
