import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ERROR_STATUS, isRtmsgError, RtmsgError } from "../../src/protocol/index.js";

describe("errors", () => {
  it("travel with their code, message and details, and come back the same", () => {
    const error = new RtmsgError("GAP", "gone", { requested: "k3v9x2ab-1", earliest: 7, epoch: "k3v9x2ab" });
    const body = JSON.parse(JSON.stringify(error)) as unknown;
    expect(body).toEqual({
      code: "GAP",
      message: "gone",
      requested: "k3v9x2ab-1",
      earliest: 7,
      epoch: "k3v9x2ab",
    });
    expect(RtmsgError.fromBody(body)).toEqual(error);
  });

  it("do not send their cause", () => {
    const error = new RtmsgError("INTERNAL", "wrong", {}, { cause: new Error("secret") });
    expect(JSON.stringify(error)).not.toContain("secret");
  });

  it("are told apart by code", () => {
    const error = new RtmsgError("CLOSED", "closed");
    expect(isRtmsgError(error)).toBe(true);
    expect(isRtmsgError(error, "CLOSED")).toBe(true);
    expect(isRtmsgError(error, "GAP")).toBe(false);
    expect(isRtmsgError(new Error("CLOSED"))).toBe(false);
  });

  it("are known in every package, though each has the class built in", () => {
    const foreign = Object.assign(new Error("gone"), { name: "RtmsgError", code: "GAP", details: {} });
    expect(isRtmsgError(foreign, "GAP")).toBe(true);
    expect(isRtmsgError(Object.assign(foreign, { code: "NOT_OURS" }))).toBe(false);
  });

  it("have the status of their code", () => {
    for (const [code, status] of Object.entries(ERROR_STATUS)) {
      expect(RtmsgError.fromBody({ code })?.status).toBe(status);
    }
  });

  it("are not made of what is no error of rtmsg", () => {
    for (const body of [
      null,
      undefined,
      1,
      "GAP",
      [],
      {},
      { code: 1 },
      { code: "toString" },
      { code: "NOPE" },
    ]) {
      expect(RtmsgError.fromBody(body)).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.anything(), (body) => {
        expect(() => RtmsgError.fromBody(body)).not.toThrow();
      }),
    );
  });
});
